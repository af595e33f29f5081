"""What waits to be done at Stripe: the names of its tasks, and having one done once more."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from billing.tasks import BillingTask, add_task
from saas.database.scope import ScopedSession

INVOICE = "stripe invoice"
CREDIT_NOTE = "stripe credit note"
PAID_ELSEWHERE = "stripe paid elsewhere"
CUSTOMER = "stripe customer"
CASH = "stripe cash"
# Its subject is the tenant, and what was found stays in its detail.
COMPARE = "stripe compare"


def find_task(session: ScopedSession, kind: str, subject: uuid.UUID) -> BillingTask | None:
    return session.scalar(
        sa.select(BillingTask).where(
            BillingTask.tenant_id == session.tenant,
            BillingTask.kind == kind,
            BillingTask.subject_id == subject,
        )
    )


def ask_again(
    session: ScopedSession,
    kind: str,
    subject: uuid.UUID,
    *,
    at: dt.datetime,
    detail: dict[str, Any] | None = None,
) -> str:
    """Have a task done once more, or written down if it never was; what that is, in words."""
    task = find_task(session, kind, subject)
    if task is None:
        add_task(session, kind, subject, at=at, detail=detail)
        return "queued"
    waited = task.done_at is None
    task.done_at, task.next_at, task.attempts = None, at, 0
    if detail:
        task.detail = {**task.detail, **detail}
    session.flush()
    return "waits in the queue" if waited else "queued again"
