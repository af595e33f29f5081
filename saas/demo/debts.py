"""The demo's late payers: reminded on their days, claimed against, paused."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from billing.debts.actions import pause_reminders, resume_reminders
from billing.debts.interest import reference_day
from billing.debts.rates import base_rates, record_rate
from billing.debts.reminding import STAGES
from billing.ledger.balances import balance_of
from billing.ledger.invoices import Invoice
from billing.payments.actions import record_payment
from billing.periods import ONE_DAY, financial_year_start
from billing.supplier import Supplier
from billing.tasks import BillingTask
from saas.database.scope import ScopedSession
from saas.demo.reminding import claim_if_due, noon, remind_if_due

# By the month of the reference day: no bank's figures, and no two half-years alike.
INVENTED_RATES = {12: Decimal("4.00"), 6: Decimal("3.75")}
INVENTED_SOURCE = "Invented for this demonstration: not the Bank of England's figure"
PROMISED = "Their finance director has promised payment this month"
ASKED_FOR_TIME = "Their legal team asked for time to look at the claim"
# How long after it was due finance claims what the law gives.
CLAIMED_AFTER = dt.timedelta(days=35)


def seed_base_rates(session: ScopedSession, *, today: dt.date) -> None:
    """A rate for each half-year of this financial year where none is recorded, marked as of the
    demo alone."""
    known = base_rates(session)
    days = {reference_day(day) for day in (financial_year_start(today), today)}
    if today.month <= 3:
        days.add(dt.date(today.year - 1, 6, 30))
    for day in sorted(days - known.keys()):
        record_rate(
            session,
            day=day,
            percent=INVENTED_RATES[day.month],
            source=INVENTED_SOURCE,
            today=today,
            at=noon(day + ONE_DAY),
        )


def pay(
    session: ScopedSession, invoice: Invoice, pence: int, *, on: dt.date, today: dt.date
) -> None:
    """Money for an invoice that came in by bank transfer."""
    record_payment(
        session,
        received_on=on,
        amount_pence=pence,
        method="bank",
        source=f"demo:{invoice.number}",
        reference=invoice.number,
        payer=invoice.words["customer"]["name"],
        invoice_ids=[invoice.id],
        today=today,
        at=noon(on),
    )


def pay_late(
    session: ScopedSession, invoice: Invoice, supplier: Supplier, *, today: dt.date
) -> None:
    """The story of an invoice that was paid 19 days late, as far as it has come: a reminder, a
    promise that pauses the next, the money, and the claim for the delay, which was paid in time."""

    def day(after: int) -> dt.date:
        return invoice.due_on + dt.timedelta(days=after)

    if day(STAGES[0]) > today:
        return
    remind_if_due(session, invoice, day=day(STAGES[0]))
    if day(9) > today:
        return
    pause_reminders(session, invoice.id, reason=PROMISED, at=noon(day(9)))
    if day(19) > today:
        return
    owed = balance_of(session, invoice).owed_pence
    pay(session, invoice, owed, on=day(19), today=today)
    resume_reminders(session, invoice.id, at=noon(day(19)))
    if day(24) > today:
        return
    claimed = claim_if_due(session, invoice, supplier, day=day(24))
    if claimed is None:
        return
    paid_on = claimed.due_on - dt.timedelta(days=2)
    if paid_on <= today:
        pay(session, claimed, claimed.gross_pence, on=paid_on, today=today)


def chase(
    session: ScopedSession,
    invoices: Sequence[Invoice],
    supplier: Supplier,
    *,
    today: dt.date,
    claims: bool,
) -> None:
    """Remind of what is still owed as the job would have, on its days; claim where finance did."""
    for invoice in invoices:
        if balance_of(session, invoice).owed_pence <= 0:
            continue
        for stage in STAGES:
            day = invoice.due_on + dt.timedelta(days=stage)
            if day <= today:
                remind_if_due(session, invoice, day=day)
        day = invoice.due_on + CLAIMED_AFTER
        claimed = None
        if claims and day <= today:
            claimed = claim_if_due(session, invoice, supplier, day=day)
        if claimed is not None:
            pause_reminders(session, invoice.id, reason=PROMISED, at=noon(day))
            _chase_claim(session, claimed, today=today)
        session.execute(
            sa.update(BillingTask)
            .where(BillingTask.tenant_id == session.tenant, BillingTask.done_at.is_(None))
            .values(done_at=noon(invoice.due_on))
        )


def _chase_claim(session: ScopedSession, claimed: Invoice, *, today: dt.date) -> None:
    """A claim not paid either: reminded of once, and held since they asked for time."""
    day = claimed.due_on + dt.timedelta(days=STAGES[0])
    if day > today:
        return
    remind_if_due(session, claimed, day=day)
    day += dt.timedelta(days=3)
    if day <= today:
        pause_reminders(session, claimed.id, reason=ASKED_FOR_TIME, at=noon(day))
