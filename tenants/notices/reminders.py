"""What comes near or has passed: agreed steps, certificates, the authority's tasks. Once a day.

Each reminder has a key, so that it is given once, however often the day's work is done.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.reference.working_days import add_working_days
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.models import AgreedStep
from tenants.notices import topics
from tenants.notices.models import CaseNotice

# Days before an agreed step's due date on which those concerned are reminded of it.
SOON = 7
# An overdue step is told of once, and again after each further week, so many times.
OVERDUE_TIMES = 4
# Working days before a task of the authority's is due on which it is reminded of it.
TASKS_SOON = 2
# Agreed steps have reminders of their own; dates to offer and answer are asked for as they come.
REMINDED_OF = (
    TaskKind.CONSENT.value,
    TaskKind.TELL_ICB.value,
    TaskKind.NAME_REPRESENTATIVE.value,
    TaskKind.UPLOAD_SUMMARY.value,
    TaskKind.SIGN.value,
)


# Tasks that are done without any fact of the case: conditions on the task, by those who know.
_done: list[Callable[[], sa.ColumnElement[bool]]] = []


def leave_out(done: Callable[[], sa.ColumnElement[bool]]) -> None:
    """Remind nobody of a task of which this condition holds. Asking twice changes nothing."""
    if done not in _done:
        _done.append(done)


def remind_steps(session: ScopedSession, *, today: dt.date, at: dt.datetime) -> int:
    """Have those concerned told of the tenant's agreed steps that are due soon or overdue.

    The session is the worker's. A step is told of to the authority and the provider; the family
    is not chased.

    Returns:
        How many new reminders were written.
    """
    steps = session.execute(
        sa.select(AgreedStep.id, AgreedStep.case_id, AgreedStep.due_on).where(
            AgreedStep.tenant_id == session.tenant,
            AgreedStep.done_on.is_(None),
            AgreedStep.due_on >= today - dt.timedelta(weeks=OVERDUE_TIMES),
            AgreedStep.due_on <= today + dt.timedelta(days=SOON),
        )
    )
    rows = []
    for step in steps:
        if step.due_on >= today:
            event, turn = topics.STEP_DUE_SOON, 0
        else:
            event, turn = topics.STEP_OVERDUE, (today - step.due_on).days // 7
        key = f"{event}:{step.id}:{step.due_on.isoformat()}:{turn}"
        rows.append(_row(session, step.case_id, event, key, "parties", step.due_on, at))
    return _write(session, rows)


def remind_certificates(session: ScopedSession, *, today: dt.date, at: dt.datetime) -> int:
    """Have the provider told of certificates that are due by the next working day, or late.

    Returns:
        How many new reminders were written.
    """
    cases = session.execute(
        sa.select(CasePosition.case_id, CasePosition.certificate_due).where(
            CasePosition.tenant_id == session.tenant,
            CasePosition.is_open,
            CasePosition.certificate_on.is_(None),
            CasePosition.certificate_due <= add_working_days(today, 1),
            CasePosition.certificate_due >= today - dt.timedelta(days=31),
        )
    )
    rows = []
    for case in cases:
        late = case.certificate_due < today
        key = f"{topics.CERTIFICATE_AT_RISK}:{case.case_id}:{case.certificate_due}:{late:d}"
        rows.append(
            _row(
                session,
                case.case_id,
                topics.CERTIFICATE_AT_RISK,
                key,
                "provider",
                case.certificate_due,
                at,
            )
        )
    return _write(session, rows)


def remind_tasks(session: ScopedSession, *, today: dt.date, at: dt.datetime) -> int:
    """Have the authority reminded of what it must do before a meeting, and of what waits for it.

    What has a day: before it, and after each week that it is over. What has none (a signature, an
    answer whether to take part): after each week since it could be done.

    Returns:
        How many new reminders were written.
    """
    since = sa.func.coalesce(AuthorityTask.due_on, AuthorityTask.from_on)
    tasks = session.execute(
        sa.select(
            AuthorityTask.id,
            AuthorityTask.case_id,
            AuthorityTask.due_on,
            AuthorityTask.from_on,
        ).where(
            AuthorityTask.tenant_id == session.tenant,
            AuthorityTask.kind.in_(REMINDED_OF),
            since >= today - dt.timedelta(weeks=OVERDUE_TIMES),
            since <= add_working_days(today, TASKS_SOON),
            sa.or_(AuthorityTask.from_on.is_(None), AuthorityTask.from_on <= today),
            sa.or_(AuthorityTask.until_on.is_(None), AuthorityTask.until_on >= today),
            *(~done() for done in _done),
        )
    )
    rows = []
    for task in tasks:
        counted = task.due_on or task.from_on
        weeks = (today - counted).days // 7
        if task.due_on is not None and task.due_on >= today:
            event, turn = topics.TASK_DUE_SOON, 0
        elif task.due_on is not None or weeks > 0:
            event, turn = topics.TASK_WAITS, weeks
        else:
            continue
        key = f"{event}:{task.id}:{counted.isoformat()}:{turn}"
        rows.append(_row(session, task.case_id, event, key, "authority", task.due_on, at))
    return _write(session, rows)


def _row(
    session: ScopedSession,
    case_id: uuid.UUID,
    event: str,
    key: str,
    audience: str,
    due_on: dt.date | None,
    at: dt.datetime,
) -> dict[str, Any]:
    return {
        "tenant_id": session.tenant,
        "id": new_id(),
        "case_id": case_id,
        "event": event,
        "audience": audience,
        "detail": {"due_on": due_on.isoformat()} if due_on else {},
        "once_key": key,
        "caused_at": at,
        "caused_by": None,
    }


def _write(session: ScopedSession, rows: list[dict[str, Any]]) -> int:
    if not rows:
        return 0
    written = session.execute(
        insert(CaseNotice)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["tenant_id", "once_key"])
        .returning(CaseNotice.id)
    )
    return len(written.all())
