"""Recording money that came in, and placing it on invoices."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from billing.credits.actions import lock_account
from billing.ledger.balances import balance_of, balances, left_of, place
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment, PaymentSeen
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
    if known is not None and not was_reversed(session, known):
        return known
    if known is not None:
        # It was taken back as a mistake: now it is recorded once more, under a name of its own.
        source = f"{source}:again:{new_id()}"
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
    """The payment that was recorded under this name last, or is known to be the same money."""
    again = Payment.source.startswith(f"{source}:again:")
    found = session.scalar(
        sa.select(Payment)
        .where(Payment.tenant_id == session.tenant, sa.or_(Payment.source == source, again))
        .order_by(Payment.recorded_at.desc(), Payment.id.desc())
        .limit(1)
    )
    return found or session.scalar(
        sa.select(Payment)
        .join(
            PaymentSeen,
            sa.and_(
                PaymentSeen.tenant_id == Payment.tenant_id, PaymentSeen.payment_id == Payment.id
            ),
        )
        .where(PaymentSeen.tenant_id == session.tenant, PaymentSeen.source == source)
    )


def was_reversed(session: ScopedSession, payment: Payment) -> bool:
    """Whether a payment was taken back as one that never came, or came for another authority."""
    found = session.scalar(
        sa.select(Payment.id).where(
            Payment.tenant_id == session.tenant,
            Payment.of_payment_id == payment.id,
            Payment.method == "reversal",
        )
    )
    return found is not None


def _place(
    session: ScopedSession,
    payment: Payment,
    invoice: Invoice,
    pence: int,
    *,
    at: dt.datetime,
    reason: str = "",
) -> None:
    place(session, payment, invoice, pence, at=at, reason=reason)
    if balance_of(session, invoice).owed_pence == 0:
        # Stripe has the invoice, too: there it was paid out of band. That holds for money that
        # Stripe took in for another invoice as well; where it paid this one, nothing is done. It is
        # asked again, because what was placed before may have been taken back since.
        ask_again(session, PAID_ELSEWHERE, invoice.id, at=at)


def allocate(
    session: ScopedSession,
    payment: Payment,
    invoice: Invoice,
    pence: int,
    *,
    at: dt.datetime,
    reason: str = "",
) -> None:
    """Place part of a payment on an invoice; below zero takes it back.

    Raises:
        BillingRefused: more than is left of the payment, or than is owed.
    """
    lock_account(session)
    balance = balance_of(session, invoice)
    left = left_of(session, payment)
    if pence > left:
        raise BillingRefused("amount", f"Only £{left / 100:,.2f} of this payment is left")
    if pence > balance.owed_pence:
        raise BillingRefused("amount", f"Only £{balance.owed_pence / 100:,.2f} is owed on it")
    if pence < 0 and -pence > balance.paid_pence:
        raise BillingRefused("amount", "That much was never paid on this invoice")
    if pence:
        _place(session, payment, invoice, pence, at=at, reason=reason)
        audit(session, "payment allocated", subject_kind="invoice", subject_id=invoice.id, at=at)


def place_oldest_first(session: ScopedSession, payment: Payment, *, at: dt.datetime) -> int:
    """Place what is left of a payment on the oldest open invoices; how much was placed, pence."""
    lock_account(session)
    left = left_of(session, payment)
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
    reason: str = "",
) -> Payment:
    """Record that unapplied money went back.

    Raises:
        BillingRefused: more than is unapplied of the payment.
    """
    lock_account(session)
    left = left_of(session, payment)
    if not 0 < amount_pence <= left:
        raise BillingRefused(
            "amount",
            f"Only £{max(0, left) / 100:,.2f} of this payment is left to refund: take it off its "
            "invoices first",
        )
    if on < payment.received_on:
        raise BillingRefused("on", "It cannot have gone back before it came in")
    return take_back(
        session, payment, amount_pence, "refund", on=on, reference=reference, reason=reason, at=at
    )


def take_back(
    session: ScopedSession,
    payment: Payment,
    pence: int,
    method: str,
    *,
    on: dt.date,
    reason: str,
    at: dt.datetime,
    reference: str = "",
) -> Payment:
    """Record what goes back of a payment, as a payment below zero."""
    made = Payment(
        tenant_id=session.tenant,
        id=new_id(),
        received_on=on,
        amount_pence=-pence,
        method=method,
        reference=(reference.strip() or payment.reference)[:140],
        payer=payment.payer,
        source=f"{method}:{payment.id}:{new_id()}",
        of_payment_id=payment.id,
        reason=reason.strip(),
        recorded_at=at,
        recorded_by=session.scope.person,
    )
    session.add(made)
    session.flush()
    done = {"refund": "payment refunded", "reversal": "payment reversed"}[method]
    audit(session, done, subject_kind="payment", subject_id=payment.id, at=at)
    return made
