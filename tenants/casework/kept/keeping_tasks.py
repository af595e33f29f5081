"""Keeps the table of tasks equal to what the facts of the cases say."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kept.authority_tasks import DaysBefore, Task, authority_tasks
from tenants.casework.kept.models import AuthorityTask
from tenants.casework.record import CaseRecord

_DAYS = ("due_on", "from_on", "until_on")


_before = DaysBefore()


def due_before_meetings(before: DaysBefore) -> None:
    """From now on these tasks are due so long before a meeting. Those that are kept follow when
    their case changes, or is derived again."""
    global _before
    _before = before


def task_id(case_id: uuid.UUID, task: Task) -> uuid.UUID:
    """The one id that a task of a case has."""
    return uuid.uuid5(case_id, f"{task.kind} {task.step_id or ''}")


def task_columns(
    tenant_id: uuid.UUID, case_id: uuid.UUID, record: CaseRecord
) -> list[dict[str, Any]]:
    """The rows of what the authority must do in a case."""
    return [
        {
            "tenant_id": tenant_id,
            "id": task_id(case_id, task),
            "case_id": case_id,
            "kind": task.kind.value,
            "step_id": task.step_id,
            **{name: getattr(task, name) for name in _DAYS},
        }
        for task in authority_tasks(record, _before)
    ]


def keep_tasks(session: ScopedSession, case_id: uuid.UUID, record: CaseRecord) -> bool:
    """Make the kept tasks of a case those of its record. Returns whether anything changed."""
    wanted = {row["id"]: row for row in task_columns(session.tenant, case_id, record)}
    of_case = sa.and_(AuthorityTask.tenant_id == session.tenant, AuthorityTask.case_id == case_id)
    kept = {
        row.id: row
        for row in session.execute(
            sa.select(
                AuthorityTask.id,
                AuthorityTask.due_on,
                AuthorityTask.from_on,
                AuthorityTask.until_on,
            ).where(of_case)
        )
    }
    gone = kept.keys() - wanted.keys()
    if gone:
        session.execute(sa.delete(AuthorityTask).where(of_case, AuthorityTask.id.in_(gone)))
    new = [row for id, row in wanted.items() if id not in kept]
    if new:
        session.execute(sa.insert(AuthorityTask), new)
    moved = [
        row
        for id, row in wanted.items()
        if id in kept and any(getattr(kept[id], name) != row[name] for name in _DAYS)
    ]
    for row in moved:
        session.execute(
            sa.update(AuthorityTask)
            .where(of_case, AuthorityTask.id == row["id"])
            .values({name: row[name] for name in _DAYS})
        )
    return bool(gone or new or moved)
