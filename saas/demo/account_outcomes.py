"""What became of an account's invoices: paid, credited, reminded of, claimed for."""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Sequence

import sqlalchemy as sa

from billing.credits.actions import credit, left_to_credit
from billing.debts.models import Reminder
from billing.debts.reminding import STAGES
from billing.ledger.balances import balance_of
from billing.ledger.credit_notes import CreditNote
from billing.ledger.deliveries import PaperDelivery
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.supplier import Supplier
from billing.tasks import BillingTask
from saas.database.scope import Scope, ScopedSession, scoped
from saas.demo.debts import chase, pay, pay_late
from saas.demo.reminding import noon, remind_if_due
from saas.identity.signed_in import Tenancy

# The one that people look at first: billed by the quarter, with its order in place.
SHOWN_FIRST = "trafford"


def settle(tenancy: Tenancy, place: int, supplier: Supplier, *, today: dt.date) -> None:
    """What became of the invoices of an authority: paid, credited, reminded of, claimed for.

    In one transaction, so it is told whole or not at all.
    """
    rng = random.Random(f"the payments of {tenancy.slug} {today.isoformat()}")
    with scoped(Scope.finance(tenancy.id, None)) as session:
        if _is_settled(session):
            return
        consider_sent(session, at=noon(today))
        issued = list(
            session.scalars(
                sa.select(Invoice)
                .where(Invoice.tenant_id == tenancy.id)
                .order_by(Invoice.issued_on, Invoice.series_number)
            )
        )
        if tenancy.slug == SHOWN_FIRST:
            _pay_shown_first(session, issued, supplier, today=today)
        else:
            _pay_past(session, issued, place, today=today, rng=rng)
        consider_sent(session, at=noon(today))
        # Whoever is shown first has its late payer's story told already.
        known = issued[tenancy.slug == SHOWN_FIRST :]
        chase(session, known, supplier, today=today, claims=place % 9 == 4)


def _is_settled(session: ScopedSession) -> bool:
    """Whether anything became of this authority's invoices already."""
    return any(
        session.scalar(sa.select(sa.exists().where(table.tenant_id == session.tenant)))
        for table in (Payment, Reminder, CreditNote)
    )


def _pay_shown_first(
    session: ScopedSession, issued: Sequence[Invoice], supplier: Supplier, *, today: dt.date
) -> None:
    """One of everything: the first invoice was paid late, of the second something was taken back,
    and all but the first were paid in time."""
    for invoice in issued[:1]:
        pay_late(session, invoice, supplier, today=today)
    for number, invoice in enumerate(issued[1:]):
        if number == 0:
            _take_back_a_tenth(session, invoice, today=today)
        paid_on = invoice.due_on - dt.timedelta(days=4)
        if paid_on <= today:
            owed = balance_of(session, invoice).owed_pence
            pay(session, invoice, owed, on=paid_on, today=today)


def _pay_past(
    session: ScopedSession,
    issued: list[Invoice],
    place: int,
    *,
    today: dt.date,
    rng: random.Random,
) -> None:
    """Most pay in time; a few pay late, in part or not at all, and one had something taken back."""
    for number, invoice in enumerate(issued):
        last = number == len(issued) - 1
        if place % 9 == 4 and last:
            continue
        if place % 11 == 6 and last and len(issued) > 1:
            _take_back_a_tenth(session, invoice, today=today)
        days = rng.choice((-9, -6, -4, -2, -1, 0, 0, 3, 12))
        paid_on = invoice.due_on + dt.timedelta(days=days)
        if paid_on > today:
            continue
        reminded_on = invoice.due_on + dt.timedelta(days=STAGES[0])
        if reminded_on < paid_on:
            remind_if_due(session, invoice, day=reminded_on)
        owed = balance_of(session, invoice).owed_pence
        amount = owed // 2 if place % 13 == 8 and last else owed
        # One paid the sum of an older invoice: what is too much waits on no invoice.
        amount += 25_000 if place % 17 == 3 and last else 0
        pay(session, invoice, amount, on=paid_on, today=today)


def _take_back_a_tenth(session: ScopedSession, invoice: Invoice, *, today: dt.date) -> None:
    fees = (left for left in left_to_credit(session, invoice.id) if left.line.kind == "fee")
    fee = next(fees, None)
    if fee is None:
        # An invoice of use alone: a mediation is taken back whole or not at all.
        return
    day = min(invoice.issued_on + dt.timedelta(days=9), today)
    credit(
        session,
        invoice,
        {fee.line.id: fee.net_pence // 10},
        reason="Service credit: the quarterly report came late",
        today=day,
        at=noon(day),
    )


def consider_sent(session: ScopedSession, *, at: dt.datetime) -> None:
    """Papers of the past were e-mailed then; of those for a portal, some of the last wait."""
    waiting = session.scalars(
        sa.select(PaperDelivery)
        .where(PaperDelivery.tenant_id == session.tenant, PaperDelivery.done_at.is_(None))
        .order_by(PaperDelivery.written_at.desc())
    ).all()
    for place, delivery in enumerate(waiting):
        number = int(delivery.document_id.hex[-6:], 16)
        if delivery.way == "email":
            delivery.done_at = delivery.written_at
        elif place or number % 3:
            delivery.done_at = delivery.written_at + dt.timedelta(days=1)
            delivery.note = f"Receipt {number % 10**6:06d}"
    session.execute(
        sa.update(BillingTask)
        .where(BillingTask.tenant_id == session.tenant, BillingTask.done_at.is_(None))
        .values(done_at=at)
    )
