"""Reminders at 7, 14 and 30 days: by the job, once each, and not of what is held."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from email.message import EmailMessage

import pytest
import sqlalchemy as sa
from flask import Flask

from billing.credits.actions import credit
from billing.debts.actions import (
    pause_reminders,
    remind,
    remind_everyone,
    resume_reminders,
)
from billing.debts.models import Reminder
from billing.debts.reminding import reminders_due
from billing.disputes.actions import answer, dispute
from billing.ledger.invoices import Invoice
from billing.ledger.queries import lines_of
from billing.payments.actions import record_payment
from billing.refusal import BillingRefused
from billing.sending import send_task
from billing.supplier import Supplier
from billing.tasks import BillingTask
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from saas.messages.transport import Transport
from tests.billing.making import Q1, account_of, issue_period
from tests.factories import make_tenant

ISSUED = dt.date(2026, 4, 5)
DUE = ISSUED + dt.timedelta(days=30)


def overdue(days: int) -> dt.date:
    return DUE + dt.timedelta(days=days)


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def invoiced(app: Flask) -> tuple[Tenancy, Invoice]:
    tenant = make_tenant(app)
    account_of(app, tenant)
    return tenant, issue_period(app, tenant, Q1, on=ISSUED)


def stages(tenant: Tenancy) -> list[int]:
    with scoped(Scope.finance(tenant.id, None)) as session:
        return list(session.scalars(sa.select(Reminder.stage_days).order_by(Reminder.stage_days)))


def run(day: dt.date) -> None:
    remind_everyone(today=day, at=noon(day))


def test_each_stage_is_reminded_of_on_its_day_and_once(app: Flask) -> None:
    tenant, _ = invoiced(app)
    seen = {}
    for days in (0, 6, 7, 7, 8, 13, 14, 20, 29, 30, 31, 90):
        run(overdue(days))
        seen[days] = stages(tenant)
    assert seen == {
        0: [], 6: [], 7: [7], 8: [7], 13: [7], 14: [7, 14], 20: [7, 14], 29: [7, 14],
        30: [7, 14, 30], 31: [7, 14, 30], 90: [7, 14, 30],
    }  # fmt: skip


def test_a_stage_that_passed_while_nobody_worked_is_not_made_up_for(app: Flask) -> None:
    tenant, _ = invoiced(app)
    run(overdue(18))
    assert stages(tenant) == [14]


Holding = Callable[[ScopedSession, Invoice], object]


def _pay(session: ScopedSession, invoice: Invoice) -> object:
    return record_payment(
        session, received_on=DUE, amount_pence=invoice.gross_pence, method="bank",
        source="bank:1", invoice_ids=[invoice.id], today=overdue(2), at=noon(overdue(2)),
    )  # fmt: skip


def _take_back(session: ScopedSession, invoice: Invoice) -> object:
    ours = session.get(Invoice, (session.tenant, invoice.id))
    assert ours is not None
    return credit(session, ours, None, reason="Wrong", today=overdue(2), at=noon(overdue(2)))


@pytest.mark.parametrize(
    "hold",
    [
        _pay,
        _take_back,
        lambda session, invoice: pause_reminders(session, invoice.id, reason="Talk", at=noon(DUE)),
        lambda session, _: pause_reminders(session, None, reason="New system", at=noon(DUE)),
    ],
    ids=["paid", "credited", "invoice paused", "authority paused"],
)
def test_what_is_paid_credited_or_paused_is_not_reminded_of(app: Flask, hold: Holding) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        hold(session, invoice)
    run(overdue(7))
    assert stages(tenant) == []
    with scoped(Scope.finance(tenant.id, None)) as session, pytest.raises(BillingRefused):
        remind(session, invoice.id, today=overdue(7), at=noon(overdue(7)))


def test_a_part_paid_invoice_is_reminded_of_what_is_left(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        record_payment(
            session, received_on=DUE, amount_pence=1_000_000, method="bank", source="bank:part",
            invoice_ids=[invoice.id], today=DUE, at=noon(DUE),
        )  # fmt: skip
    run(overdue(7))
    with scoped(Scope.finance(tenant.id, None)) as session:
        assert session.scalars(sa.select(Reminder.owed_pence)).all() == [440_000]


def test_a_disputed_line_holds_reminders_until_it_is_answered_and_credited(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.authority(tenant.id, None)) as session:
        (line,) = lines_of(session, invoice.id)
        line_id = line.id
        raised = dispute(session, invoice.id, line_id, reason="Not ours", at=noon(DUE)).id
    run(overdue(7))
    assert stages(tenant) == []
    with scoped(Scope.finance(tenant.id, None)) as session:
        answer(session, raised, upheld=True, text="You are right", at=noon(overdue(8)))
    run(overdue(8))
    assert stages(tenant) == [], "the credit note is still to come"
    with scoped(Scope.finance(tenant.id, None)) as session:
        ours = session.get(Invoice, (tenant.id, invoice.id))
        assert ours is not None
        credit(session, ours, {line_id: 100_000}, reason="Agreed", today=overdue(9),
               at=noon(overdue(9)))  # fmt: skip
    run(overdue(10))
    assert stages(tenant) == [7]


def test_a_dispute_that_was_not_upheld_holds_nothing(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.authority(tenant.id, None)) as session:
        (line,) = lines_of(session, invoice.id)
        raised = dispute(session, invoice.id, line.id, reason="Not ours", at=noon(DUE)).id
    with scoped(Scope.finance(tenant.id, None)) as session:
        answer(session, raised, upheld=False, text="It was held", at=noon(overdue(1)))
    run(overdue(7))
    assert stages(tenant) == [7]


def test_a_pause_that_ended_lets_reminders_go_on_and_may_begin_again(app: Flask) -> None:
    tenant, invoice = invoiced(app)
    with scoped(Scope.finance(tenant.id, None)) as session:
        pause_reminders(session, invoice.id, reason="They call back", at=noon(DUE))
        with pytest.raises(BillingRefused, match="paused already"):
            pause_reminders(session, invoice.id, reason="Twice", at=noon(DUE))
        (due,) = reminders_due(session, overdue(7))
        assert due.held == "Paused: They call back"
        resume_reminders(session, invoice.id, at=noon(overdue(7)))
        with pytest.raises(BillingRefused, match="not paused"):
            resume_reminders(session, invoice.id, at=noon(overdue(7)))
    run(overdue(7))
    with scoped(Scope.finance(tenant.id, None)) as session:
        pause_reminders(session, invoice.id, reason="Again", at=noon(overdue(8)))
    run(overdue(14))
    assert stages(tenant) == [7]


class Postbox(Transport):
    """Keeps what it is given."""

    def __init__(self) -> None:
        self.mails: list[tuple[str, str, str]] = []

    def send(self, mail: EmailMessage, *, returns_to: str = "") -> None:
        body = mail.get_body(("plain",))
        assert body is not None
        self.mails.append((mail["To"], mail["Subject"], body.get_content()))


def test_the_letter_goes_to_the_billing_contact_with_what_is_owed_and_nothing_claimed(
    app: Flask,
) -> None:
    tenant, invoice = invoiced(app)
    run(overdue(14))
    post = Postbox()
    with scoped(Scope.finance(tenant.id, None)) as session:
        (subject,) = session.scalars(
            sa.select(BillingTask.subject_id).where(BillingTask.kind == "send reminder")
        )
    supplier = Supplier.of(app.extensions["settings"])
    send_task(tenant.id, "send reminder", subject, post, supplier, at=noon(overdue(14)))
    ((to, heading, text),) = post.mails
    assert to == f"invoices@{tenant.slug}.example"
    assert heading == f"Reminder: invoice {invoice.number}"
    plain = " ".join(text.split())
    # 14 days of £14,400 at 11.75%: 1,440,000 x 0.1175 x 14 / 365 = 6,489.86 pence.
    assert "£14,400.00 is still owed" in plain
    assert "interest of £64.90" in plain and "compensation of £100.00" in plain
    assert "We have not claimed them" in plain
