"""Reminding an authority of an invoice, and pausing that."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from billing.credits.actions import lock_account
from billing.debts.models import Reminder, ReminderPause
from billing.debts.reminding import pauses, reminders_due
from billing.ledger.invoices import Invoice
from billing.refusal import BillingRefused
from billing.tasks import add_task
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.together import OF, TENANT, Asked


def remind(
    session: ScopedSession, invoice_id: uuid.UUID, *, today: dt.date, at: dt.datetime
) -> Reminder:
    """Remind of one invoice at the stage it has reached. The letter goes out with the commit.

    Raises:
        BillingRefused: it needs no reminder now, or it is held.
    """
    lock_account(session)
    due = next(iter(reminders_due(session, today, Invoice.id == invoice_id)), None)
    if due is None:
        raise BillingRefused("invoice", "No reminder of this invoice is due")
    if due.held:
        raise BillingRefused("invoice", f"No reminder goes out. {due.held}")
    reminder = Reminder(
        tenant_id=session.tenant,
        id=new_id(),
        invoice_id=invoice_id,
        stage_days=due.stage_days,
        sent_on=today,
        sent_at=at,
        sent_by=session.scope.person,
        owed_pence=due.balance.owed_pence,
        interest_pence=due.late.interest_pence if due.late else 0,
        compensation_pence=due.late.compensation_pence if due.late else 0,
        claimed=False,
    )
    session.add(reminder)
    session.flush()
    add_task(session, "send reminder", reminder.id, at=at)
    audit(
        session, "reminder sent", subject_kind="invoice", subject_id=invoice_id, at=at,
        stage=due.stage_days,
    )  # fmt: skip
    return reminder


def remind_everyone(*, today: dt.date, at: dt.datetime) -> int:
    """Send every reminder that is due; how many. Each is a transaction of its own, and one stage
    of one invoice is reminded of once, however often this runs."""
    with scoped(Scope.all_accounts(None)) as session:
        due = [
            (d.balance.invoice.tenant_id, d.balance.invoice.id)
            for d in reminders_due(session, today)
            if not d.held
        ]
    sent = 0
    for tenant, invoice_id in due:
        try:
            with scoped(Scope.finance(tenant, None)) as session:
                remind(session, invoice_id, today=today, at=at)
            sent += 1
        except BillingRefused:
            # Paid, disputed, paused or reminded since the list was read.
            continue
    return sent


# The reminders of an invoice, the first first.
reminders_of = Asked(
    sa.select(
        Reminder.sent_on, Reminder.claimed, Reminder.interest_pence, Reminder.compensation_pence
    )
    .where(Reminder.tenant_id == TENANT, Reminder.invoice_id == OF)
    .order_by(Reminder.stage_days),
    lambda _, rows: rows,
)


def pause_reminders(
    session: ScopedSession, invoice_id: uuid.UUID | None, *, reason: str, at: dt.datetime
) -> ReminderPause:
    """Send no reminder of an invoice, or of any of the tenant's, until it is resumed.

    Raises:
        BillingRefused: no reason, or they are paused already.
    """
    lock_account(session)
    if not reason.strip():
        raise BillingRefused("reason", "Say why no reminder is to go out")
    if find_pause(session, invoice_id) is not None:
        raise BillingRefused("reason", "Reminders are paused already")
    pause = ReminderPause(
        tenant_id=session.tenant,
        id=new_id(),
        invoice_id=invoice_id,
        reason=reason.strip(),
        begun_at=at,
        begun_by=session.scope.person,
        ended_at=None,
        ended_by=None,
    )
    session.add(pause)
    session.flush()
    _audit_pause(session, "reminders paused", invoice_id, at=at)
    return pause


def resume_reminders(
    session: ScopedSession, invoice_id: uuid.UUID | None, *, at: dt.datetime
) -> None:
    """End the pause.

    Raises:
        BillingRefused: there is none.
    """
    pause = find_pause(session, invoice_id)
    if pause is None:
        raise BillingRefused("reason", "Reminders are not paused")
    pause.ended_at, pause.ended_by = at, session.scope.person
    session.flush()
    _audit_pause(session, "reminders resumed", invoice_id, at=at)


def find_pause(session: ScopedSession, invoice_id: uuid.UUID | None) -> ReminderPause | None:
    """The tenant's pause of just this: an invoice, or all of them."""
    found = (p for p in pauses(session) if p.invoice_id == invoice_id)
    return next(found, None)


def _audit_pause(
    session: ScopedSession, action: str, invoice_id: uuid.UUID | None, *, at: dt.datetime
) -> None:
    audit(
        session,
        action,
        subject_kind="invoice" if invoice_id else "authority",
        subject_id=invoice_id or session.tenant,
        at=at,
    )
