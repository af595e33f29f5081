"""The meetings of today and the week to come: when, where, and what is still missing for them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kept.models import AuthorityTask, CasePosition
from tenants.casework.kinds import FactKind, Stage
from tenants.casework.models import CaseFact
from tenants.worktrays.task_queries import standing
from tenants.worktrays.trays import TrayFilter, joined_cases, narrowed, the_child

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

    Three queries, however many they are.

    Returns:
        The first of them, and whether there are more.
    """
    rows = session.execute(
        narrowed(joined_cases([CasePosition.tenant_id, CasePosition.meeting_on]), asked, today)
        .where(
            CasePosition.stage == Stage.FIXED.value,
            CasePosition.meeting_on.between(first, last),
        )
        .order_by(CasePosition.meeting_on, CasePosition.case_id)
        .limit(most + 1)
    ).all()
    more, rows = len(rows) > most, rows[:most]
    ids = [row.id for row in rows]
    fixed = _fixed(session, ids)
    missing = _missing(session, ids, today)
    found = [
        MeetingSoon(
            case_id=row.id,
            reference=row.reference,
            who=the_child(row),
            authority_slug=row.authority_slug,
            authority_name=row.authority_name,
            on=row.meeting_on,
            time=str(fixed.get((row.id, row.meeting_on.isoformat()), {}).get("time", "")),
            place=str(fixed.get((row.id, row.meeting_on.isoformat()), {}).get("place", "")),
            link=str(fixed.get((row.id, row.meeting_on.isoformat()), {}).get("video_link", "")),
            missing=tuple(missing.get(row.id, ())),
        )
        for row in rows
    ]
    # On a day, the one for which most is missing stands first.
    return sorted(found, key=lambda one: (one.on, -len(one.missing), one.time)), more


def _fixed(
    session: ScopedSession, ids: Sequence[uuid.UUID]
) -> dict[tuple[uuid.UUID, str], dict[str, object]]:
    """What was said when a day was fixed, by case and day; the last word counts."""
    if not ids:
        return {}
    facts = session.execute(
        sa.select(CaseFact.case_id, CaseFact.detail)
        .where(CaseFact.case_id.in_(ids), CaseFact.kind == FactKind.MEETING_FIXED.value)
        .order_by(CaseFact.recorded_at, CaseFact.id)
    )
    return {(case_id, str(detail.get("meeting_on"))): detail for case_id, detail in facts}


def _missing(
    session: ScopedSession, ids: Sequence[uuid.UUID], today: dt.date
) -> dict[uuid.UUID, list[str]]:
    if not ids:
        return {}
    kinds = [kind.value for kind in MISSING_WORDS]
    found: dict[uuid.UUID, list[str]] = {}
    for case_id, kind in session.execute(
        sa.select(AuthorityTask.case_id, AuthorityTask.kind)
        .where(AuthorityTask.case_id.in_(ids), AuthorityTask.kind.in_(kinds), standing(today))
        .order_by(AuthorityTask.kind)
    ):
        found.setdefault(case_id, []).append(MISSING_WORDS[TaskKind(kind)])
    return found
