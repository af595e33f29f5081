"""Agreed steps to be followed: what is late, and what comes next."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from werkzeug.datastructures import MultiDict

from saas.database.scope import ScopedSession
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Side
from tenants.casework.models import AgreedStep, SenCase
from tenants.subscribers.models import Subscriber


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


# A case that was closed with a step undone is followed no more.
_POSITION = sa.and_(
    CasePosition.tenant_id == AgreedStep.tenant_id, CasePosition.case_id == AgreedStep.case_id
)


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
        .join(CasePosition, _POSITION)
        .join(Subscriber, Subscriber.id == AgreedStep.tenant_id)
        .where(AgreedStep.done_on.is_(None), CasePosition.is_open)
        .order_by(AgreedStep.due_on, AgreedStep.id)
    )


class StepList(StrEnum):
    """The lists of steps: what an authority has left undone is one of its own."""

    OVERDUE = "overdue"
    OTHERS_OVERDUE = "others-overdue"
    AHEAD = "ahead"


@dataclass(frozen=True)
class StepCounts:
    """How many steps each list has."""

    overdue: int
    others_overdue: int
    ahead: int

    def of(self, which: StepList) -> int:
        return {
            StepList.OVERDUE: self.overdue,
            StepList.OTHERS_OVERDUE: self.others_overdue,
            StepList.AHEAD: self.ahead,
        }[which]


def asked_list(args: MultiDict[str, str]) -> StepList:
    """The list that an address asks for; the authority's overdue steps without any word."""
    asked = args.get("view", "")
    return StepList(asked) if asked in set(StepList) else StepList.OVERDUE


def _in_list(which: StepList, today: dt.date) -> sa.ColumnElement[bool]:
    late = AgreedStep.due_on < today
    theirs = AgreedStep.responsible == Side.AUTHORITY.value
    return {
        StepList.OVERDUE: sa.and_(late, theirs),
        StepList.OTHERS_OVERDUE: sa.and_(late, ~theirs),
        StepList.AHEAD: AgreedStep.due_on >= today,
    }[which]


def open_steps(
    session: ScopedSession,
    *,
    today: dt.date,
    which: StepList,
    limit: int,
    offset: int = 0,
    mediator: uuid.UUID | None = None,
) -> list[OpenStep]:
    """Steps not done in open cases that the session's role may see, the oldest due first.

    Args:
        mediator: only cases to which this person is appointed.
    """
    statement = _open_steps().where(_in_list(which, today))
    if mediator is not None:
        statement = statement.where(SenCase.mediator_id == mediator)
    rows = session.execute(statement.limit(limit).offset(offset))
    return [OpenStep(*row) for row in rows]


def count_open_steps(
    session: ScopedSession, *, today: dt.date, mediator: uuid.UUID | None = None
) -> StepCounts:
    """How many steps are in each list."""
    statement = (
        sa.select(*(sa.func.count().filter(_in_list(which, today)) for which in StepList))
        .select_from(AgreedStep)
        .join(CasePosition, _POSITION)
        .where(AgreedStep.done_on.is_(None), CasePosition.is_open)
    )
    if mediator is not None:
        statement = statement.join(
            SenCase,
            sa.and_(SenCase.tenant_id == AgreedStep.tenant_id, SenCase.id == AgreedStep.case_id),
        ).where(SenCase.mediator_id == mediator)
    found = session.execute(statement).one()
    return StepCounts(*(int(number) for number in found))
