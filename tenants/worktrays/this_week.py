"""The meetings of today and the week to come: when, where, and what is still missing for them."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import Question, Together
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.kinds import FactKind, Stage
from tenants.casework.models import CaseFact
from tenants.worktrays.task_queries import (
    FIRST_TASKS,
    TaskRow,
    kinds_to_do,
    read_first_tasks,
)
from tenants.worktrays.tray_filter import (
    Shape,
    TrayFilter,
    filter_of,
    given,
    of_session,
    shape_of,
    values_of,
)
from tenants.worktrays.tray_row import here_of, joined_cases, the_child
from tenants.worktrays.trays import TrayCounts, counts_statement, narrowed

AHEAD = dt.timedelta(days=6)
# So many stand above a list; the others are in it.
MOST = 10
MISSING_WORDS = {
    TaskKind.NAME_REPRESENTATIVE: "no representative who may decide",
    TaskKind.UPLOAD_SUMMARY: "no summary of the authority",
}


@dataclass(frozen=True)
class MeetingSoon:
    """A meeting that stands, in the words of a line."""

    case_id: uuid.UUID
    reference: str
    who: str
    authority_slug: str
    authority_name: str
    on: dt.date
    time: str
    place: str
    link: str
    missing: tuple[str, ...]


def _fixed(tenant: Any) -> sa.Label[Any]:
    """What was said when the day was fixed; the last word counts."""
    return (
        sa.select(CaseFact.detail)
        .where(
            CaseFact.tenant_id == tenant,
            CaseFact.case_id == CasePosition.case_id,
            CaseFact.kind == FactKind.MEETING_FIXED.value,
            CaseFact.detail["meeting_on"].astext
            == sa.func.to_char(CasePosition.meeting_on, "YYYY-MM-DD"),
        )
        .order_by(CaseFact.recorded_at.desc(), CaseFact.id.desc())
        .limit(1)
        .correlate(CasePosition)
        .scalar_subquery()
        .label("fixed")
    )


def _missing(tenant: Any) -> sa.Label[Any]:
    found = kinds_to_do(
        AuthorityTask.tenant_id == tenant,
        AuthorityTask.case_id == CasePosition.case_id,
        AuthorityTask.kind.in_([kind.value for kind in MISSING_WORDS]),
    )
    return found.correlate(CasePosition).scalar_subquery().label("missing")


@functools.lru_cache(maxsize=64)
def _statement(shape: Shape) -> sa.Select[*tuple[Any, ...]]:
    asked = filter_of(shape)
    tenant = asked.tenant if given(asked.tenant) else CasePosition.tenant_id
    return (
        narrowed(
            joined_cases(
                [CasePosition.meeting_on, _fixed(tenant), _missing(tenant)], here=here_of(asked)
            ),
            asked,
        )
        .where(
            CasePosition.stage == Stage.FIXED.value,
            CasePosition.meeting_on.between(
                sa.bindparam("first", type_=sa.Date), sa.bindparam("last", type_=sa.Date)
            ),
        )
        .order_by(CasePosition.meeting_on, CasePosition.case_id)
        .limit(sa.bindparam("most_meetings", type_=sa.Integer))
    )


@dataclass(frozen=True)
class AboveAList:
    """What stands above a list of cases: its numbers, the first meetings from today on for a week
    and whether there are more of them, and what the authority must do first and how much in all."""

    counts: TrayCounts
    meetings: list[MeetingSoon]
    more_meetings: bool
    tasks: list[TaskRow]
    all_tasks: int


@functools.lru_cache(maxsize=64)
def _above_a_list(shape: Shape, waiting_for: str, *, with_tasks: bool) -> Together:
    asked: dict[str, Question] = {
        "counts": counts_statement(shape, waiting_for),
        "meetings": _statement(shape),
    }
    return Together(asked | ({"tasks": FIRST_TASKS} if with_tasks else {}))


def above_a_list(
    session: ScopedSession, asked: TrayFilter, *, today: dt.date, waiting_for: str, tasks: int
) -> AboveAList:
    """What stands above a list, by one statement.

    Args:
        tasks: how many of the authority's tasks stand there.
    """
    asked = of_session(asked, session)
    together = _above_a_list(shape_of(asked), waiting_for, with_tasks=tasks > 0)
    found = together.ask(
        session,
        **values_of(asked, today),
        first=today,
        last=today + AHEAD,
        most_meetings=MOST + 1,
        most=tasks,
        after=0,
    )
    (counts,) = found["counts"]
    return AboveAList(
        TrayCounts(*counts),
        *_read(found["meetings"], MOST),
        *read_first_tasks(found.get("tasks", ())),
    )


def meetings_between(
    session: ScopedSession,
    asked: TrayFilter,
    first: dt.date,
    last: dt.date,
    *,
    today: dt.date,
    most: int,
) -> tuple[list[MeetingSoon], bool]:
    """The meetings of some days, of the cases that a viewer has; the next one first.

    Returns:
        The first of them, and whether there are more.
    """
    asked = of_session(asked, session)
    values = {**values_of(asked, today), "first": first, "last": last, "most_meetings": most + 1}
    return _read(session.execute(_statement(shape_of(asked)), values).all(), most)


def _read(rows: Sequence[Any], most: int) -> tuple[list[MeetingSoon], bool]:
    more, rows = len(rows) > most, rows[:most]
    found = [
        MeetingSoon(
            case_id=row.id,
            reference=row.reference,
            who=the_child(row),
            authority_slug=row.authority_slug,
            authority_name=row.authority_name,
            on=row.meeting_on,
            time=str((row.fixed or {}).get("time", "")),
            place=str((row.fixed or {}).get("place", "")),
            link=str((row.fixed or {}).get("video_link", "")),
            missing=tuple(MISSING_WORDS[TaskKind(kind)] for kind in sorted(row.missing or ())),
        )
        for row in rows
    ]
    # On a day, the one for which most is missing stands first.
    return sorted(found, key=lambda one: (one.on, -len(one.missing), one.time)), more
