"""What is printed every morning: the meetings to come, the clocks at risk, whom to telephone."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.reference.working_days import add_working_days
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind, Side
from tenants.casework.models import CaseFact, CaseParty, SenCase
from tenants.subscribers.queries import all_tenancies
from tenants.worktrays.this_week import meetings_between
from tenants.worktrays.tray_filter import TrayFilter

# The next working week: what is not on the sheet does not happen while the service is away.
WORKING_DAYS_AHEAD = 5
MOST = 400


@dataclass(frozen=True)
class Call:
    """Somebody of a case, and the number at which they are reached."""

    name: str
    relation: str
    telephone: str


@dataclass(frozen=True)
class SheetMeeting:
    """A meeting that stands."""

    on: dt.date
    time: str
    place: str
    reference: str
    authority: str
    mediator: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class SheetClock:
    """A case whose next clock is overdue or due within the working week."""

    due: dt.date
    reference: str
    authority: str
    next_step: str
    calls: tuple[Call, ...]


@dataclass(frozen=True)
class DaySheet:
    """The sheet of one day. `more` says that not everything has room on it."""

    day: dt.date
    until: dt.date
    meetings: Sequence[SheetMeeting]
    clocks: Sequence[SheetClock]
    more: bool


def day_sheet(session: ScopedSession, *, today: dt.date, most: int = MOST) -> DaySheet:
    """The sheet of today, over every authority that the session may read.

    A fixed number of queries, however much there is.
    """
    until = add_working_days(today, WORKING_DAYS_AHEAD)
    names = {tenancy.id: tenancy.name for tenancy in all_tenancies(session)}
    found, more = meetings_between(session, TrayFilter(), today, until, today=today, most=most)
    clocks = session.execute(
        sa.select(
            CasePosition.case_id,
            CasePosition.tenant_id,
            CasePosition.next_due,
            CasePosition.next_step,
            SenCase.reference,
        )
        .join(
            SenCase,
            sa.and_(
                SenCase.tenant_id == CasePosition.tenant_id, SenCase.id == CasePosition.case_id
            ),
        )
        .where(CasePosition.is_open, CasePosition.next_due <= until)
        .order_by(CasePosition.next_due, CasePosition.case_id)
        .limit(most + 1)
    ).all()
    cases = [one.case_id for one in found] + [row.case_id for row in clocks[:most]]
    calls = _calls(session, cases)
    mediators = _mediators(session, [one.case_id for one in found])
    return DaySheet(
        day=today,
        until=until,
        meetings=[
            SheetMeeting(
                on=one.on,
                time=one.time,
                place=one.place or one.link,
                reference=one.reference,
                authority=one.authority_name,
                mediator=mediators.get(one.case_id, ""),
                calls=tuple(calls.get(one.case_id, ())),
            )
            for one in sorted(found, key=lambda one: (one.on, one.time, one.reference))
        ],
        clocks=[
            SheetClock(
                due=row.next_due,
                reference=row.reference,
                authority=names.get(row.tenant_id, ""),
                next_step=row.next_step or "",
                calls=tuple(calls.get(row.case_id, ())),
            )
            for row in clocks[:most]
        ],
        more=more or len(clocks) > most,
    )


def _calls(session: ScopedSession, cases: Sequence[uuid.UUID]) -> dict[uuid.UUID, list[Call]]:
    """The family of each case, with their telephone numbers."""
    if not cases:
        return {}
    rows = session.execute(
        sa.select(CaseParty.case_id, CaseParty.name, CaseParty.relation, CaseParty.telephone)
        .where(
            CaseParty.case_id.in_(set(cases)),
            CaseParty.side == Side.FAMILY.value,
            CaseParty.telephone.is_not(None),
            CaseParty.telephone != "",
        )
        .order_by(CaseParty.case_id, CaseParty.id)
    )
    found: dict[uuid.UUID, list[Call]] = {}
    for row in rows:
        found.setdefault(row.case_id, []).append(Call(row.name, row.relation, row.telephone))
    return found


def _mediators(session: ScopedSession, cases: Sequence[uuid.UUID]) -> dict[uuid.UUID, str]:
    """Who was appointed last."""
    if not cases:
        return {}
    rows = session.execute(
        sa.select(CaseFact.case_id, CaseFact.detail)
        .where(CaseFact.case_id.in_(set(cases)), CaseFact.kind == FactKind.MEDIATOR_APPOINTED.value)
        .order_by(CaseFact.recorded_at, CaseFact.id)
    )
    return {case_id: str(detail.get("name", "")) for case_id, detail in rows}
