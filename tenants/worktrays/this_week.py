"""The meetings of today and the week to come: when, where, and what is still missing for them."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import distinct_on

from saas.database.lookups import among, looked_up
from saas.database.scope import ScopedSession
from saas.database.together import Question, Together
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.kinds import FactKind, Stage
from tenants.casework.models import CaseFact, SenCase
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


def _of_these(
    of: type[CaseFact | AuthorityTask], meeting: sa.CTE, asked: TrayFilter
) -> sa.ColumnElement[bool]:
    """Whether a row is of the case of one of these meetings."""
    if given(asked.tenant):
        return sa.and_(of.tenant_id == asked.tenant, among(of.case_id, meeting.c.id))
    # An index begins with the authority, so that over all of them it is looked up by both.
    both = sa.select(meeting.c.tenant_id, meeting.c.id)
    return sa.tuple_(of.tenant_id, of.case_id).in_(both)


@functools.lru_cache(maxsize=64)
def _statement(shape: Shape) -> sa.Select[*tuple[Any, ...]]:
    """The meetings, with what was said when the day was fixed (the last word counts) and what is
    missing: both are looked up for the page at once."""
    asked = filter_of(shape)
    meeting = (
        narrowed(
            joined_cases([SenCase.tenant_id, CasePosition.meeting_on], here=here_of(asked)), asked
        )
        .where(
            CasePosition.stage == Stage.FIXED.value,
            CasePosition.meeting_on.between(
                sa.bindparam("first", type_=sa.Date), sa.bindparam("last", type_=sa.Date)
            ),
        )
        .order_by(CasePosition.meeting_on, CasePosition.case_id)
        .limit(sa.bindparam("most_meetings", type_=sa.Integer))
    ).cte("meeting")
    words = (
        sa.select(CaseFact.case_id, CaseFact.detail)
        .ext(distinct_on(CaseFact.case_id))
        .join(meeting, meeting.c.id == CaseFact.case_id)
        .where(
            _of_these(CaseFact, meeting, asked),
            CaseFact.kind == FactKind.MEETING_FIXED.value,
            CaseFact.detail["meeting_on"].astext
            == sa.func.to_char(meeting.c.meeting_on, "YYYY-MM-DD"),
        )
        .order_by(CaseFact.case_id, CaseFact.recorded_at.desc(), CaseFact.id.desc())
    )
    asked_for = AuthorityTask.kind.in_([kind.value for kind in MISSING_WORDS])
    tasks = kinds_to_do(_of_these(AuthorityTask, meeting, asked), asked_for)
    said, missing = looked_up(words, "said"), looked_up(tasks, "missing")
    return (
        sa.select(*meeting.c, said.c.detail.label("fixed"), missing.c.kinds.label("missing"))
        .select_from(meeting)
        .outerjoin(said, said.c.case_id == meeting.c.id)
        .outerjoin(missing, missing.c.case_id == meeting.c.id)
        .order_by(meeting.c.meeting_on, meeting.c.id)
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
