"""The meetings of today and the week to come: when, where, and what is still missing for them."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.kinds import FactKind, Stage
from tenants.casework.models import CaseFact
from tenants.worktrays.task_queries import kinds_to_do
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
from tenants.worktrays.trays import narrowed

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
    asked_for = AuthorityTask.kind.in_([kind.value for kind in MISSING_WORDS])
    return kinds_to_do(tenant, asked_for).label("missing")


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
        .limit(sa.bindparam("most", type_=sa.Integer))
    )


def meetings_soon(
    session: ScopedSession, asked: TrayFilter, *, today: dt.date
) -> tuple[list[MeetingSoon], bool]:
    """The meetings from today on for a week: the first of them, and whether there are more."""
    return meetings_between(session, asked, today, today + AHEAD, today=today, most=MOST)


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
    rows = session.execute(
        _statement(shape_of(asked)),
        {**values_of(asked, today), "first": first, "last": last, "most": most + 1},
    ).all()
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
            missing=tuple(MISSING_WORDS[TaskKind(kind)] for kind in sorted(row.missing)),
        )
        for row in rows
    ]
    # On a day, the one for which most is missing stands first.
    return sorted(found, key=lambda one: (one.on, -len(one.missing), one.time)), more
