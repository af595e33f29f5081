"""Reminders and claims of the demonstration: made on a day only where the rules make them due."""

from __future__ import annotations

import datetime as dt

from billing.debts.actions import remind
from billing.debts.claims import claim, claimable
from billing.debts.reminding import reminders_due
from billing.ledger.invoices import Invoice
from billing.supplier import Supplier
from saas.database.scope import ScopedSession


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def remind_if_due(session: ScopedSession, invoice: Invoice, *, day: dt.date) -> None:
    """Remind of an invoice as the job would have on that day, or not at all."""
    due = reminders_due(session, day, Invoice.id == invoice.id)
    if due and not due[0].held:
        remind(session, invoice.id, today=day, at=noon(day))


def claim_if_due(
    session: ScopedSession, invoice: Invoice, supplier: Supplier, *, day: dt.date
) -> Invoice | None:
    """Claim what the law gives on that day; None where it gives nothing."""
    if claimable(session, invoice, today=day).why:
        return None
    return claim(session, invoice, supplier, today=day, at=noon(day))
