"""Agreed steps to be followed: what is late, what is due soon, and whom to remind."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.reference.working_days import add_working_days, count_back_working_days
from saas.web.dates import SOON
from tenants.casework.models import AgreedStep, SenCase
from tenants.subscribers.models import Subscriber

# Reminders go out so many working days before a step is due, and again so many after.
REMIND_BEFORE = SOON
REMIND_AFTER = (1, 6, 11)


@dataclass(frozen=True)
class OpenStep:
    """A step that is not done, as a list shows it: no name of a child."""

    tenant_id: uuid.UUID
    id: uuid.UUID
    case_id: uuid.UUID
    reference: str
    authority: str
    slug: str
    wording: str
    part: str | None
    responsible: str
    who: str
    due_on: dt.date
    mediator_id: uuid.UUID | None
    coordinator_id: uuid.UUID | None


def _open_steps() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            AgreedStep.tenant_id,
            AgreedStep.id,
            AgreedStep.case_id,
            SenCase.reference,
            Subscriber.name,
            Subscriber.slug,
            AgreedStep.wording,
            AgreedStep.part,
            AgreedStep.responsible,
            AgreedStep.who,
            AgreedStep.due_on,
            SenCase.mediator_id,
            SenCase.coordinator_id,
        )
        .join(
            SenCase,
            sa.and_(SenCase.tenant_id == AgreedStep.tenant_id, SenCase.id == AgreedStep.case_id),
        )
        .join(Subscriber, Subscriber.id == AgreedStep.tenant_id)
        .where(AgreedStep.done_on.is_(None))
        .order_by(AgreedStep.due_on, AgreedStep.id)
    )


def open_steps(
    session: ScopedSession,
    *,
    today: dt.date,
    late: bool,
    limit: int,
    offset: int = 0,
    mediator: uuid.UUID | None = None,
) -> list[OpenStep]:
    """Steps not done that the session's role may see, the oldest due first.

    Args:
        late: those overdue alone; otherwise those due from today on.
        mediator: only cases to which this person is appointed.
    """
    due = AgreedStep.due_on < today if late else AgreedStep.due_on >= today
    statement = _open_steps().where(due)
    if mediator is not None:
        statement = statement.where(SenCase.mediator_id == mediator)
    rows = session.execute(statement.limit(limit).offset(offset))
    return [OpenStep(*row) for row in rows]


def count_open_steps(
    session: ScopedSession, *, today: dt.date, mediator: uuid.UUID | None = None
) -> tuple[int, int]:
    """How many steps are overdue, and how many are to come."""
    late = sa.func.count().filter(AgreedStep.due_on < today)
    ahead = sa.func.count().filter(AgreedStep.due_on >= today)
    statement = sa.select(late, ahead).where(AgreedStep.done_on.is_(None))
    if mediator is not None:
        statement = statement.join(
            SenCase,
            sa.and_(SenCase.tenant_id == AgreedStep.tenant_id, SenCase.id == AgreedStep.case_id),
        ).where(SenCase.mediator_id == mediator)
    found = session.execute(statement).one()
    return int(found[0]), int(found[1])


def days_to_remind_of(today: dt.date) -> list[dt.date]:
    """The due dates whose steps are reminded of today: those ahead, and those just missed.

    Both are counted in working days, so on a day on which nobody works there are none.
    """
    window = (today + dt.timedelta(days=n) for n in range(-30, 31))
    return [
        due
        for due in window
        if count_back_working_days(due, REMIND_BEFORE) == today
        or any(add_working_days(due, after) == today for after in REMIND_AFTER)
    ]


def steps_to_remind_of(today: dt.date) -> list[OpenStep]:
    """The steps of every authority whose doers are to be reminded today, read and nothing else."""
    days = days_to_remind_of(today)
    if not days:
        return []
    with scoped(Scope.all_cases(None)) as session:
        rows = session.execute(_open_steps().where(AgreedStep.due_on.in_(days)))
        return [OpenStep(*row) for row in rows]
