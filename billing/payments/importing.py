"""From a bank's statement to recorded payments, across authorities."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from billing.ledger.balances import balances
from billing.ledger.payments import Payment, PaymentSeen
from billing.payments.actions import place_oldest_first, record_payment
from billing.payments.putting_right import (
    SAME_WITHIN,
    recognise,
    standing_receipts,
    unseen_by_hand,
)
from billing.payments.statements import BankLine, OpenInvoice, Suggestion, suggest
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy


@dataclass(frozen=True)
class Matched:
    """A line of the statement with what it may be for.

    `recorded` when it was imported before; `same` are receipts recorded by hand that may be it.
    What a payer did before is proposed, and never applied by itself.
    """

    line: BankLine
    suggestion: Suggestion | None
    recorded: bool
    same: tuple[Payment, ...] = ()
    # For whom this payer paid before, where it was always the same authority.
    paid_before_for: uuid.UUID | None = None

    @property
    def tenant_id(self) -> uuid.UUID | None:
        """Whose the money probably is."""
        if self.suggestion is not None:
            return self.suggestion.invoices[0].tenant_id
        return self.paid_before_for


def open_invoices(session: ScopedSession, names: Mapping[uuid.UUID, Tenancy]) -> list[OpenInvoice]:
    return [
        OpenInvoice(
            id=b.invoice.id,
            tenant_id=b.invoice.tenant_id,
            authority=names[b.invoice.tenant_id].name,
            number=b.invoice.number,
            purchase_order=b.invoice.purchase_order_number,
            owed_pence=b.owed_pence,
        )
        for b in balances(session)
        if b.owed_pence > 0
    ]


def match_lines(
    session: ScopedSession, lines: Sequence[BankLine], names: Mapping[uuid.UUID, Tenancy]
) -> list[Matched]:
    """What each line may be for. An invoice is suggested once, for the surest line."""
    known = _known_sources(session, [line.key for line in lines])
    by_hand = _recorded_by_hand(session, lines)
    payers = _payers_before(session, {line.payer for line in lines if line.payer})
    left = open_invoices(session, names)
    found: dict[str, Suggestion | None] = {}
    new = [line for line in lines if line.key not in known]
    for sureness in (3, 2, 1):
        for line in new:
            if line.key in found:
                continue
            suggestion = suggest(line, left)
            if suggestion is not None and suggestion.sureness >= sureness:
                found[line.key] = suggestion
                taken = {invoice.id for invoice in suggestion.invoices}
                left = [invoice for invoice in left if invoice.id not in taken]
    return [
        Matched(
            line,
            found.get(line.key),
            line.key in known,
            by_hand.get(line.key, ()),
            payers.get(line.payer),
        )
        for line in lines
    ]


def _known_sources(session: ScopedSession, keys: Sequence[str]) -> set[str]:
    """The lines that are recorded, or recognised; one that was taken back is new again."""
    again = sa.func.split_part(Payment.source, ":again:", 1)
    reversed_ones = sa.select(Payment.of_payment_id).where(Payment.method == "reversal")
    stands = Payment.id.not_in(reversed_ones)
    recorded = sa.select(again).where(again.in_(keys), stands)
    seen = (
        sa.select(PaymentSeen.source)
        .join(
            Payment,
            sa.and_(
                Payment.tenant_id == PaymentSeen.tenant_id, Payment.id == PaymentSeen.payment_id
            ),
        )
        .where(PaymentSeen.source.in_(keys), stands)
    )
    return {*session.scalars(recorded), *session.scalars(seen)}


def _payers_before(session: ScopedSession, payers: set[str]) -> dict[str, uuid.UUID]:
    """For whom a payer's money was recorded before; a payer of several is left out."""
    whose: dict[str, set[uuid.UUID]] = {}
    for payer, tenant in session.execute(
        standing_receipts()
        .with_only_columns(Payment.payer, Payment.tenant_id)
        .order_by(None)
        .where(Payment.payer.in_(payers))
        .distinct()
    ):
        whose.setdefault(payer, set()).add(tenant)
    return {payer: next(iter(of)) for payer, of in whose.items() if len(of) == 1}


def _recorded_by_hand(
    session: ScopedSession, lines: Sequence[BankLine]
) -> dict[str, tuple[Payment, ...]]:
    """The receipts recorded by hand that a line may be, by the line's key."""
    if not lines:
        return {}
    first, last = min(line.on for line in lines), max(line.on for line in lines)
    candidates = session.scalars(
        unseen_by_hand().where(
            Payment.received_on.between(first - SAME_WITHIN, last + SAME_WITHIN),
            Payment.amount_pence.in_({line.pence for line in lines}),
        )
    ).all()
    return {
        line.key: alike
        for line in lines
        if (
            alike := tuple(
                one
                for one in candidates
                if one.amount_pence == line.pence and abs(one.received_on - line.on) <= SAME_WITHIN
            )
        )
    }


def record_line(
    line: BankLine,
    tenancy: Tenancy,
    invoice_ids: Sequence[uuid.UUID],
    *,
    person: uuid.UUID | None,
    today: dt.date,
    at: dt.datetime,
) -> None:
    """Record one line as a payment of an authority, in a transaction of its own. Repeatable.

    Args:
        invoice_ids: what it is for, in turn; none is the oldest first.
    """
    with scoped(Scope.finance(tenancy.id, person)) as session:
        payment = record_payment(
            session,
            received_on=line.on,
            amount_pence=line.pence,
            method="bank",
            source=line.key,
            reference=line.reference,
            payer=line.payer,
            invoice_ids=invoice_ids,
            today=today,
            at=at,
        )
        if not invoice_ids:
            place_oldest_first(session, payment, at=at)


def recognise_line(
    key: str, tenant: uuid.UUID, payment_id: uuid.UUID, *, person: uuid.UUID | None, at: dt.datetime
) -> None:
    """Say that a line is money that was recorded by hand, in a transaction of its own.

    Raises:
        BillingRefused: there is no such payment.
    """
    with scoped(Scope.finance(tenant, person)) as session:
        recognise(session, payment_id, key, at=at)
