"""Recording money that came in, and placing it on invoices."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from billing.credits.actions import lock_account
from billing.ledger.balances import allocated, balance_of, balances, place
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.refusal import BillingRefused
from billing.stripe_tasks import PAID_ELSEWHERE, ask_again
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession


def record_payment(
    session: ScopedSession,
    *,
    received_on: dt.date,
    amount_pence: int,
    method: str,
    source: str,
    at: dt.datetime,
    today: dt.date,
    reference: str = "",
    payer: str = "",
    invoice_ids: Sequence[uuid.UUID] = (),
) -> Payment:
    """Record a payment and place it on these invoices in turn; what is over stays unapplied.

    Args:
        source: names the money itself (a line of a statement, Stripe's payment): recorded once.

    Raises:
        BillingRefused: naming the field.
    """
    lock_account(session)
    known = find_by_source(session, source)
    if known is not None:
        return known
    if received_on > today:
        raise BillingRefused("received_on", "The payment must have come in today or in the past")
    if amount_pence <= 0:
        raise BillingRefused("amount", "Enter the amount that came in")
    payment = Payment(
        tenant_id=session.tenant,
        id=new_id(),
        received_on=received_on,
        amount_pence=amount_pence,
        method=method,
        reference=reference.strip()[:140],
        payer=payer.strip()[:140],
        source=source,
        recorded_at=at,
        recorded_by=session.scope.person,
    )
    session.add(payment)
    session.flush()
    audit(session, "payment recorded", subject_kind="payment", subject_id=payment.id, at=at,
          method=method)  # fmt: skip
    left = amount_pence
    for invoice_id in invoice_ids:
        invoice = session.get(Invoice, (session.tenant, invoice_id))
        if invoice is None:
            raise BillingRefused("invoice", "There is no such invoice")
        pence = min(left, balance_of(session, invoice).owed_pence)
        if pence > 0:
            if method == "stripe":
                # Stripe told of it: there it is paid already.
                place(session, payment, invoice, pence, at=at)
            else:
                _place(session, payment, invoice, pence, at=at)
            left -= pence
    return payment


def find_by_source(session: ScopedSession, source: str) -> Payment | None:
    return session.scalar(
        sa.select(Payment).where(Payment.tenant_id == session.tenant, Payment.source == source)
    )


def _place(
    session: ScopedSession, payment: Payment, invoice: Invoice, pence: int, *, at: dt.datetime
) -> None:
    place(session, payment, invoice, pence, at=at)
    if balance_of(session, invoice).owed_pence == 0:
        # Stripe has the invoice, too: there it was paid out of band. That holds for money that
        # Stripe took in for another invoice as well; where it paid this one, nothing is done. It is
        # asked again, because what was placed before may have been taken back since.
        ask_again(session, PAID_ELSEWHERE, invoice.id, at=at)


def allocate(
    session: ScopedSession, payment: Payment, invoice: Invoice, pence: int, *, at: dt.datetime
) -> None:
    """Place part of a payment on an invoice; below zero takes it back.

    Raises:
        BillingRefused: more than is left of the payment, or than is owed.
    """
    lock_account(session)
    balance = balance_of(session, invoice)
    left = payment.amount_pence - allocated(session, payment.id)
    if pence > left:
        raise BillingRefused("amount", f"Only £{left / 100:,.2f} of this payment is left")
    if pence > balance.owed_pence:
        raise BillingRefused("amount", f"Only £{balance.owed_pence / 100:,.2f} is owed on it")
    if pence < 0 and -pence > balance.paid_pence:
        raise BillingRefused("amount", "That much was never paid on this invoice")
    if pence:
        _place(session, payment, invoice, pence, at=at)
        audit(session, "payment allocated", subject_kind="invoice", subject_id=invoice.id, at=at)


def place_oldest_first(session: ScopedSession, payment: Payment, *, at: dt.datetime) -> int:
    """Place what is left of a payment on the oldest open invoices; how much was placed, pence."""
    lock_account(session)
    left = payment.amount_pence - allocated(session, payment.id)
    placed = 0
    for balance in balances(session, Invoice.tenant_id == session.tenant):
        pence = min(left - placed, balance.owed_pence)
        if pence > 0:
            _place(session, payment, balance.invoice, pence, at=at)
            placed += pence
    return placed


def refund(
    session: ScopedSession,
    payment: Payment,
    *,
    amount_pence: int,
    on: dt.date,
    reference: str,
    at: dt.datetime,
) -> Payment:
    """Record that unapplied money went back.

    Raises:
        BillingRefused: more than is unapplied of the payment.
    """
    lock_account(session)
    source = f"refund:{payment.id}"
    back = int(
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(Payment.amount_pence), 0)).where(
                Payment.tenant_id == session.tenant, Payment.source.startswith(source)
            )
        )
        or 0
    )
    left = payment.amount_pence - allocated(session, payment.id) + back
    if not 0 < amount_pence <= left:
        raise BillingRefused("amount", f"Only £{left / 100:,.2f} of this payment is left to refund")
    made = Payment(
        tenant_id=session.tenant,
        id=new_id(),
        received_on=on,
        amount_pence=-amount_pence,
        method="refund",
        reference=reference.strip()[:140],
        payer=payment.payer,
        source=f"{source}:{new_id()}",
        recorded_at=at,
        recorded_by=session.scope.person,
    )
    session.add(made)
    session.flush()
    audit(session, "payment refunded", subject_kind="payment", subject_id=payment.id, at=at)
    return made
