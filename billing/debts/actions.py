"""Reminding an authority of an invoice."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from billing.credits.actions import lock_account
from billing.debts.ledger import reminders_due
from billing.debts.models import Reminder
from billing.refusal import BillingRefused
from billing.tasks import add_task
from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession


def remind(
    session: ScopedSession,
    invoice_id: uuid.UUID,
    *,
    claim: bool,
    today: dt.date,
    at: dt.datetime,
) -> Reminder:
    """Remind of one invoice at the stage it has reached.

    Args:
        claim: ask for the statutory interest and compensation, not only mention them.

    Raises:
        BillingRefused: it needs no reminder now, or what would be claimed cannot be computed.
    """
    lock_account(session)
    due = next(
        (d for d in reminders_due(session, today) if d.balance.invoice.id == invoice_id), None
    )
    if due is None:
        raise BillingRefused("invoice", "No reminder of this invoice is due")
    if claim and due.late is None:
        raise BillingRefused("claim", due.why or "There is nothing to claim")
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
        claimed=claim,
    )
    session.add(reminder)
    session.flush()
    add_task(session, "send reminder", reminder.id, at=at)
    audit(
        session, "reminder sent", subject_kind="invoice", subject_id=invoice_id, at=at,
        stage=due.stage_days, claimed=claim,
    )  # fmt: skip
    return reminder


def reminders_of(session: ScopedSession, invoice_id: uuid.UUID) -> list[Reminder]:
    return list(
        session.scalars(
            sa.select(Reminder)
            .where(Reminder.tenant_id == session.tenant, Reminder.invoice_id == invoice_id)
            .order_by(Reminder.stage_days)
        )
    )
