"""Agreed steps to be followed: what is late, and what comes next."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
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


def _of_one_of(cases: sa.Select[*tuple[Any, ...]]) -> sa.ColumnElement[bool]:
    """Whether a step is of one of these cases.

    "IS TRUE" keeps PostgreSQL from making a join of it. It puts the cases into a table in its
    memory, and goes through the steps in their order until a page is full; a join would look up the
    case of each step that was ever left undone, and ask the wall for each.
    """
    case = sa.tuple_(AgreedStep.tenant_id, AgreedStep.case_id)
    return case.in_(cases).is_(True)


def _followed(session: ScopedSession, mediator: uuid.UUID | None) -> sa.ColumnElement[bool]:
    """Whether a step is undone in a case that is open: one that was closed is followed no more."""
    open_cases = sa.select(CasePosition.tenant_id, CasePosition.case_id).where(CasePosition.is_open)
    conditions: list[sa.ColumnElement[bool]] = [AgreedStep.done_on.is_(None)]
    if session.scope.tenant is not None:
        # Named beside the wall, so that the wall is asked once.
        tenant = sa.bindparam("tenant", session.scope.tenant, type_=sa.Uuid)
        open_cases = open_cases.where(CasePosition.tenant_id == tenant)
        conditions.append(AgreedStep.tenant_id == tenant)
    if mediator is not None:
        appointed = sa.select(SenCase.tenant_id, SenCase.id).where(SenCase.mediator_id == mediator)
        conditions.append(_of_one_of(appointed))
    return sa.and_(*conditions, _of_one_of(open_cases))


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
    page = aliased(
        AgreedStep,
        sa.select(AgreedStep)
        .where(_followed(session, mediator), _in_list(which, today))
        .order_by(AgreedStep.due_on, AgreedStep.id)
        .limit(limit)
        .offset(offset)
        .subquery(),
    )
    shown: list[Any] = [
        page.tenant_id,
        page.id,
        page.case_id,
        SenCase.reference,
        Subscriber.name,
        Subscriber.slug,
        page.wording,
        page.part,
        page.responsible,
        page.who,
        page.due_on,
        SenCase.mediator_id,
        SenCase.coordinator_id,
    ]
    rows = session.execute(
        sa.select(*shown)
        .join(SenCase, sa.and_(SenCase.tenant_id == page.tenant_id, SenCase.id == page.case_id))
        .join(Subscriber, Subscriber.id == page.tenant_id)
        .order_by(page.due_on, page.id)
    )
    return [OpenStep(*row) for row in rows]


def count_open_steps(
    session: ScopedSession, *, today: dt.date, mediator: uuid.UUID | None = None
) -> StepCounts:
    """How many steps are in each list."""
    statement = (
        sa.select(*(sa.func.count().filter(_in_list(which, today)) for which in StepList))
        .select_from(AgreedStep)
        .where(_followed(session, mediator))
    )
    found = session.execute(statement).one()
    return StepCounts(*(int(number) for number in found))
