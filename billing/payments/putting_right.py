"""A receipt recorded wrongly is split, moved, taken back or recognised, with its trail."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from billing.credits.actions import lock_account
from billing.ledger.balances import Balance, balances, left_of
from billing.ledger.invoices import Invoice
from billing.ledger.payments import BACK, Payment, PaymentAllocation, PaymentSeen
from billing.payments.actions import allocate, record_payment, take_back, was_reversed
from billing.refusal import BillingRefused
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped

# A receipt that is written down by hand stands on the statement within so many days.
SAME_WITHIN = dt.timedelta(days=5)


@dataclass(frozen=True)
class Place:
    """An invoice on which a payment is, or can be: pence with VAT."""

    invoice: Invoice
    placed_pence: int
    # What this payment could settle of it, with what it settles already.
    most_pence: int


def placed_on(session: ScopedSession, payment: Payment) -> dict[uuid.UUID, int]:
    """How much of a payment is on which invoice, in pence."""
    rows = session.execute(
        sa.select(PaymentAllocation.invoice_id, sa.func.sum(PaymentAllocation.amount_pence))
        .where(
            PaymentAllocation.tenant_id == session.tenant,
            PaymentAllocation.payment_id == payment.id,
        )
        .group_by(PaymentAllocation.invoice_id)
    )
    return {invoice: int(pence) for invoice, pence in rows if pence}


def allocations_of(
    session: ScopedSession, payment: Payment
) -> list[tuple[PaymentAllocation, Invoice]]:
    """Every time that something of a payment was placed or taken off, in order."""
    rows = session.execute(
        sa.select(PaymentAllocation, Invoice)
        .join(
            Invoice,
            sa.and_(
                Invoice.tenant_id == PaymentAllocation.tenant_id,
                Invoice.id == PaymentAllocation.invoice_id,
            ),
        )
        .where(
            PaymentAllocation.tenant_id == session.tenant,
            PaymentAllocation.payment_id == payment.id,
        )
        .order_by(PaymentAllocation.allocated_at, PaymentAllocation.id)
    )
    return [(allocation, invoice) for allocation, invoice in rows]


def places_of(session: ScopedSession, payment: Payment) -> list[Place]:
    """Where a payment is and could be placed: its own invoices and the open ones, oldest first."""
    placed = placed_on(session, payment)
    known: Sequence[Balance] = balances(session, Invoice.tenant_id == session.tenant)
    return [
        Place(
            one.invoice,
            placed.get(one.invoice.id, 0),
            max(0, one.owed_pence) + placed.get(one.invoice.id, 0),
        )
        for one in known
        if one.owed_pence > 0 or one.invoice.id in placed
    ]


def place_as(
    session: ScopedSession,
    payment: Payment,
    wanted: Mapping[uuid.UUID, int],
    *,
    reason: str,
    at: dt.datetime,
) -> None:
    """Place a payment as it should have been: so much on each invoice, and none on the others.

    Raises:
        BillingRefused: naming the invoice; nothing is placed otherwise then.
    """
    lock_account(session)
    _check_stands(session, payment)
    now = placed_on(session, payment)
    changes = {invoice: wanted.get(invoice, 0) - now.get(invoice, 0) for invoice in {*wanted, *now}}
    changes = {invoice: pence for invoice, pence in changes.items() if pence}
    if not changes:
        raise BillingRefused("reason", "Nothing is placed otherwise than it was")
    if any(pence < 0 for pence in changes.values()) and not reason.strip():
        raise BillingRefused("reason", "Say why it is taken off an invoice")
    for place in places_of(session, payment):
        if wanted.get(place.invoice.id, 0) > place.most_pence:
            raise BillingRefused(
                f"on-{place.invoice.id}",
                f"At most £{place.most_pence / 100:,.2f} can be on {place.invoice.number}: no more "
                "is owed on it",
            )
    if sum(wanted.values()) > payment.amount_pence:
        raise BillingRefused(
            "reason",
            f"That is £{sum(wanted.values()) / 100:,.2f}, and "
            f"£{payment.amount_pence / 100:,.2f} came in",
        )
    # What is taken off one is free for another.
    for invoice_id, pence in sorted(changes.items(), key=lambda one: one[1]):
        invoice = session.get(Invoice, (session.tenant, invoice_id))
        if invoice is None:
            raise BillingRefused("invoice", "There is no such invoice")
        try:
            allocate(session, payment, invoice, pence, at=at, reason=reason.strip())
        except BillingRefused as refused:
            raise BillingRefused(f"on-{invoice_id}", refused.message) from None


def reverse(session: ScopedSession, payment: Payment, *, reason: str, at: dt.datetime) -> Payment:
    """Take a receipt back that never came: off its invoices, and out of the account.

    Raises:
        BillingRefused: no reason is given, or something of it went back already.
    """
    lock_account(session)
    _check_stands(session, payment)
    if not reason.strip():
        raise BillingRefused("reason", "Say why the payment is taken back")
    for invoice_id, pence in placed_on(session, payment).items():
        invoice = session.get(Invoice, (session.tenant, invoice_id))
        if invoice is not None:
            allocate(session, payment, invoice, -pence, at=at, reason=reason.strip())
    if left_of(session, payment) != payment.amount_pence:
        raise BillingRefused("reason", "Part of it was refunded: a refund is money that went")
    return take_back(
        session,
        payment,
        payment.amount_pence,
        "reversal",
        on=payment.received_on,
        reason=reason,
        at=at,
    )


def move(
    session: ScopedSession,
    payment: Payment,
    to: uuid.UUID,
    *,
    reason: str,
    today: dt.date,
    at: dt.datetime,
) -> None:
    """Move a receipt to the authority whose it is. Interrupted, it is done by doing it again.

    Raises:
        BillingRefused: it is this authority's already, or cannot be taken back here.
    """
    if to == session.tenant:
        raise BillingRefused("to", "It is in this authority's account already")
    reverse(session, payment, reason=reason, at=at)
    with scoped(Scope.finance(to, session.scope.person)) as other:
        record_payment(
            other,
            received_on=payment.received_on,
            amount_pence=payment.amount_pence,
            method=payment.method,
            source=f"moved:{payment.id}",
            reference=payment.reference,
            payer=payment.payer,
            today=today,
            at=at,
        )


def standing_receipts() -> sa.Select[Payment]:
    """Money that came in and was not taken back, the earliest first."""
    back = aliased(Payment)
    reversed_one = sa.exists().where(
        back.tenant_id == Payment.tenant_id,
        back.of_payment_id == Payment.id,
        back.method == "reversal",
    )
    return (
        sa.select(Payment)
        .where(Payment.method.not_in(BACK), ~reversed_one)
        .order_by(Payment.received_on, Payment.id)
    )


def unseen_by_hand() -> sa.Select[Payment]:
    """What was recorded by hand and seen on no statement yet."""
    seen = sa.exists().where(
        PaymentSeen.tenant_id == Payment.tenant_id, PaymentSeen.payment_id == Payment.id
    )
    return standing_receipts().where(Payment.source.startswith("manual:"), ~seen)


def alike(session: ScopedSession, on: dt.date, pence: int) -> Payment | None:
    """A receipt of the tenant that may be the same money: the same amount, within some days."""
    return session.scalar(
        standing_receipts()
        .where(
            Payment.tenant_id == session.tenant,
            Payment.amount_pence == pence,
            Payment.received_on.between(on - SAME_WITHIN, on + SAME_WITHIN),
        )
        .limit(1)
    )


def recognise(
    session: ScopedSession, payment_id: uuid.UUID, source: str, *, at: dt.datetime
) -> None:
    """Say that a line of the bank's is money that was recorded by hand. Safe to repeat.

    Raises:
        BillingRefused: there is no such payment.
    """
    payment = session.get(Payment, (session.tenant, payment_id))
    if payment is None:
        raise BillingRefused("payment", "There is no such payment")
    known = session.scalar(
        sa.select(PaymentSeen.id).where(
            PaymentSeen.tenant_id == session.tenant, PaymentSeen.source == source
        )
    )
    if known is not None:
        return
    session.add(
        PaymentSeen(
            tenant_id=session.tenant,
            id=new_id(),
            payment_id=payment.id,
            source=source,
            seen_at=at,
            seen_by=session.scope.person,
        )
    )
    audit(session, "payment recognised", subject_kind="payment", subject_id=payment.id, at=at)
    session.flush()


def _check_stands(session: ScopedSession, payment: Payment) -> None:
    if payment.method in BACK:
        raise BillingRefused("reason", "This is what went back of another payment")
    if payment.method == "stripe":
        raise BillingRefused("reason", "Stripe took this money in: it is refunded there")
    if was_reversed(session, payment):
        raise BillingRefused("reason", "This payment was taken back already")
