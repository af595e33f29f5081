"""What reads advisers' hours, free times and booked calls."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import OF, TENANT, Asked, Together, named
from saas.identity.models import Person
from saas.reference.today import LONDON
from tenants.call_backs.kinds import CallState
from tenants.call_backs.models import AdviserAbsence, AdviserHours, AdviserSlot, CallBack
from tenants.call_backs.slots import (
    Away,
    FreeTimes,
    Hours,
    Taken,
    free_times,
    offered_days,
)
from tenants.casework.models import CaseParty, SenCase
from tenants.subscribers.models import Subscriber


def _advising() -> sa.Select[uuid.UUID]:
    """Who gives mediation information and may sign in: neither suspended nor gone.

    The roles of the public pages and of families read nobody's account: the database tells them
    the ids alone.
    """
    return sa.select(sa.func.advising_people(type_=sa.Uuid()).column_valued("advising"))


def free_between(
    session: ScopedSession, first: dt.date, last: dt.date, *, now: dt.datetime
) -> FreeTimes:
    """The free times of all advisers from one day to another."""
    found = _TIMES.ask(
        session,
        first_day=first,
        last_day=last,
        start=dt.datetime.combine(first, dt.time(), LONDON),
        end=dt.datetime.combine(last + dt.timedelta(days=1), dt.time(), LONDON),
    )
    return free_times(
        [Hours(*row) for row in found["hours"]],
        [Away(*row) for row in found["away"]],
        [Taken(*row) for row in found["taken"]],
        now=now,
        first=first,
        last=last,
    )


_MOMENT = sa.DateTime(timezone=True)
_TIMES = Together(
    {
        "hours": sa.select(
            AdviserHours.person_id,
            AdviserHours.weekday,
            AdviserHours.from_time,
            AdviserHours.to_time,
            AdviserHours.most,
        ).where(AdviserHours.person_id.in_(_advising())),
        "away": sa.select(
            AdviserAbsence.person_id, AdviserAbsence.first_day, AdviserAbsence.last_day
        ).where(
            AdviserAbsence.last_day >= named("first_day", sa.Date),
            AdviserAbsence.first_day <= named("last_day", sa.Date),
        ),
        "taken": sa.select(AdviserSlot.person_id, AdviserSlot.starts_at).where(
            AdviserSlot.starts_at >= named("start", _MOMENT),
            AdviserSlot.starts_at < named("end", _MOMENT),
        ),
    }
)


def offered(
    session: ScopedSession, *, now: dt.datetime, last_day: dt.date | None = None
) -> FreeTimes:
    """The times that a family may choose among now.

    Args:
        last_day: the last day on which a call still serves the family.
    """
    first, last = offered_days(now.astimezone(LONDON).date(), last_day)
    return free_between(session, first, last, now=now)


@dataclass(frozen=True)
class Booked:
    """A family's call, as its own page and the case's page show it."""

    id: uuid.UUID
    case_id: uuid.UUID
    party_id: uuid.UUID
    starts_at: dt.datetime
    state: CallState


def call_of(session: ScopedSession, case_id: uuid.UUID) -> Booked | None:
    """The newest call of a case that was not cancelled; None where there is none."""
    return _BOOKED(session, case_id)


CALL = (
    sa.select(CallBack.id, CallBack.case_id, CallBack.party_id, CallBack.starts_at, CallBack.state)
    .where(
        CallBack.tenant_id == TENANT,
        CallBack.case_id == OF,
        CallBack.state != CallState.CANCELLED.value,
    )
    .order_by(CallBack.starts_at.desc())
    .limit(1)
)


def call_in(rows: Sequence[Any]) -> Booked | None:
    """What the rows of CALL say."""
    return next(
        (Booked(r.id, r.case_id, r.party_id, r.starts_at, CallState(r.state)) for r in rows), None
    )


_BOOKED = Asked(CALL, lambda _, rows: call_in(rows))


@dataclass(frozen=True)
class CallSoon:
    """A call in the provider's list. Of the child there is no name in it."""

    id: uuid.UUID
    case_id: uuid.UUID
    reference: str
    authority_slug: str
    authority_name: str
    starts_at: dt.datetime
    adviser_id: uuid.UUID
    adviser: str
    whom: str
    telephone: str
    interpreter: str
    needs: str
    # The adviser was suspended, or advises no more: somebody else has to call.
    needs_adviser: bool


def calls_between(
    session: ScopedSession,
    first: dt.datetime,
    last: dt.datetime,
    *,
    adviser: uuid.UUID | None = None,
    without_adviser: bool = False,
    offset: int = 0,
    limit: int,
) -> list[CallSoon]:
    """The booked calls of every authority from one moment to another, the first first.

    Args:
        adviser: this one's alone.
        without_adviser: those alone whose adviser was suspended, or advises no more.
    """
    gone = CallBack.adviser_id.not_in(_advising())
    statement = (
        sa.select(
            CallBack.id,
            CallBack.case_id,
            SenCase.reference,
            Subscriber.slug,
            Subscriber.name,
            CallBack.starts_at,
            CallBack.adviser_id,
            Person.name,
            CaseParty.name,
            sa.func.coalesce(CaseParty.telephone, ""),
            sa.func.coalesce(CaseParty.interpreter, ""),
            sa.func.coalesce(CaseParty.adjustments, ""),
            gone,
        )
        .join(
            SenCase,
            sa.and_(SenCase.tenant_id == CallBack.tenant_id, SenCase.id == CallBack.case_id),
        )
        .join(
            CaseParty,
            sa.and_(CaseParty.tenant_id == CallBack.tenant_id, CaseParty.id == CallBack.party_id),
        )
        .join(Subscriber, Subscriber.id == CallBack.tenant_id)
        .join(Person, Person.id == CallBack.adviser_id)
        .where(
            CallBack.state == CallState.BOOKED.value,
            CallBack.starts_at >= first,
            CallBack.starts_at < last,
        )
        .order_by(CallBack.starts_at, CallBack.id)
        .offset(offset)
        .limit(limit)
    )
    if adviser is not None:
        statement = statement.where(CallBack.adviser_id == adviser)
    if without_adviser:
        statement = statement.where(gone)
    return [
        CallSoon(
            id=row[0],
            case_id=row[1],
            reference=row[2],
            authority_slug=row[3],
            authority_name=row[4],
            starts_at=row[5],
            adviser_id=row[6],
            adviser=row[7],
            whom=row[8],
            telephone=row[9],
            interpreter=row[10],
            needs=row[11],
            needs_adviser=row[12],
        )
        for row in session.execute(statement)
    ]


# How many booked calls from a moment on have an adviser who advises no more, and how many this
# adviser has until another moment.
HOW_MANY_CALLS = sa.select(
    sa.func.count().filter(CallBack.adviser_id.not_in(_advising())).label("left"),
    sa.func.count()
    .filter(
        CallBack.adviser_id == OF,
        CallBack.starts_at < named("calls_until", sa.DateTime(timezone=True)),
    )
    .label("own"),
).where(
    CallBack.state == CallState.BOOKED.value,
    CallBack.starts_at >= named("calls_since", sa.DateTime(timezone=True)),
)


def needs_adviser(session: ScopedSession, case_id: uuid.UUID) -> bool:
    """Whether the case's booked call has an adviser who advises no more."""
    return (
        session.scalar(
            sa.select(CallBack.id).where(
                CallBack.tenant_id == session.tenant,
                CallBack.case_id == case_id,
                CallBack.state == CallState.BOOKED.value,
                CallBack.adviser_id.not_in(_advising()),
            )
        )
        is not None
    )


def still_advises(session: ScopedSession, person_id: uuid.UUID) -> bool:
    """Whether a person may still be called upon: neither suspended nor gone."""
    return session.scalar(sa.select(sa.literal(person_id).in_(_advising()))) is True


def advisers(session: ScopedSession) -> list[tuple[uuid.UUID, str]]:
    """Who gives mediation information and may sign in, by name: ids and names."""
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .where(Person.id.in_(_advising()))
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name) for row in rows]


def all_hours(session: ScopedSession) -> list[AdviserHours]:
    return list(
        session.scalars(
            sa.select(AdviserHours).order_by(
                AdviserHours.person_id, AdviserHours.weekday, AdviserHours.from_time
            )
        )
    )


def absences_from(session: ScopedSession, today: dt.date) -> list[AdviserAbsence]:
    """Days away that are not over."""
    return list(
        session.scalars(
            sa.select(AdviserAbsence)
            .where(AdviserAbsence.last_day >= today)
            .order_by(AdviserAbsence.first_day, AdviserAbsence.id)
        )
    )
