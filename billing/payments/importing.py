"""From a bank's statement to recorded payments, across authorities."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from billing.ledger.balances import balances
from billing.ledger.payments import Payment
from billing.payments.actions import record_payment
from billing.payments.statements import BankLine, OpenInvoice, Suggestion, suggest
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy


@dataclass(frozen=True)
class Matched:
    """A line of the statement with what it may be for; `recorded` when it was imported before."""

    line: BankLine
    suggestion: Suggestion | None
    recorded: bool


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
    known = set(
        session.scalars(
            sa.select(Payment.source).where(Payment.source.in_([line.key for line in lines]))
        )
    )
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
    return [Matched(line, found.get(line.key), line.key in known) for line in lines]


def record_line(
    line: BankLine,
    tenancy: Tenancy,
    invoice_ids: Sequence[uuid.UUID],
    *,
    person: uuid.UUID | None,
    today: dt.date,
    at: dt.datetime,
) -> None:
    """Record one line as a payment of an authority, in a transaction of its own. Repeatable."""
    with scoped(Scope.finance(tenancy.id, person)) as session:
        record_payment(
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
