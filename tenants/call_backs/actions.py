"""What changes calls: booked, moved, cancelled, made; and the hours of advisers.

A time is taken by a row whose key is adviser and time. Two families who choose the last time at
once get one each while two advisers are free; the second is told so when there is one.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.reference.today import LONDON
from tenants.call_backs.kinds import CallState
from tenants.call_backs.models import AdviserAbsence, AdviserHours, AdviserSlot, CallBack
from tenants.call_backs.queries import advisers, free_between, still_advises
from tenants.call_backs.slots import LASTS
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices import topics
from tenants.notices.writing import write_notice

TAKEN = "This time has just been taken: choose another"
CHANGED_BEFORE = dt.timedelta(hours=1)
TOO_LATE = "This call begins in less than an hour: telephone us to change it"


def _take(
    session: ScopedSession, call_back_id: uuid.UUID, starts_at: dt.datetime, at: dt.datetime
) -> uuid.UUID:
    """Take a time of whoever is free and has least to do on that day.

    Raises:
        RuleBroken: nobody is free then.
    """
    day = starts_at.astimezone(LONDON).date()
    # One after the other for one day, so that nobody gets more calls than they can make.
    session.execute(
        sa.select(sa.func.pg_advisory_xact_lock(sa.func.hashtextextended(f"calls of {day}", 0)))
    )
    for person_id in free_between(session, day, day, now=at).get(starts_at.astimezone(dt.UTC), []):
        taken = session.execute(
            insert(AdviserSlot)
            .values(person_id=person_id, starts_at=starts_at, call_back_id=call_back_id)
            .on_conflict_do_nothing(index_elements=["person_id", "starts_at"])
            .returning(AdviserSlot.person_id)
        ).scalar_one_or_none()
        if taken is not None:
            return taken
    raise RuleBroken("time", TAKEN)


def _give_back(session: ScopedSession, call_back_id: uuid.UUID) -> None:
    session.execute(sa.delete(AdviserSlot).where(AdviserSlot.call_back_id == call_back_id))


def _booked(session: ScopedSession, case_id: uuid.UUID) -> CallBack | None:
    return session.scalars(
        sa.select(CallBack)
        .where(
            CallBack.tenant_id == session.tenant,
            CallBack.case_id == case_id,
            CallBack.state == CallState.BOOKED.value,
        )
        .with_for_update()
    ).one_or_none()


def _tell(session: ScopedSession, call: CallBack, event: str, by: Actor) -> None:
    write_notice(
        session,
        call.case_id,
        event,
        audience="family",
        by=Actor(None, by.name, by.at),
        detail={"party_id": str(call.party_id), "call_at": call.starts_at.isoformat()},
    )


@dataclass(frozen=True)
class _Place:
    """Who makes a call, and when."""

    adviser_id: uuid.UUID
    starts_at: dt.datetime


def _tell_advisers(session: ScopedSession, call: CallBack, was: _Place | None, by: Actor) -> None:
    """Have the adviser told, and the one before: the case's reference and the time alone."""
    told = []
    if call.state == CallState.CANCELLED.value:
        told = [(topics.OWN_CALL_CANCELLED, _Place(call.adviser_id, call.starts_at))]
    elif was is not None and was.adviser_id == call.adviser_id:
        told = [(topics.OWN_CALL_MOVED, _Place(call.adviser_id, call.starts_at))]
    else:
        told = [(topics.OWN_CALL_BOOKED, _Place(call.adviser_id, call.starts_at))]
        told += [(topics.OWN_CALL_CANCELLED, was)] if was is not None else []
    for event, place in told:
        write_notice(
            session,
            call.case_id,
            event,
            audience="provider",
            by=by,
            detail={
                "person_id": str(place.adviser_id),
                "call_at": place.starts_at.isoformat(),
            },
        )


def book_call(
    session: ScopedSession,
    case_id: uuid.UUID,
    party_id: uuid.UUID,
    starts_at: dt.datetime,
    *,
    by: Actor,
) -> CallBack:
    """Book a call, or move the one that is booked. The session is the provider's.

    The same time once more gives the call to somebody else, where its adviser left.

    Raises:
        RuleBroken: nobody is free then, or the call that is booked begins within the hour.
    """
    known = _booked(session, case_id)
    same_time = known is not None and known.starts_at == starts_at
    if known is not None and same_time and still_advises(session, known.adviser_id):
        return known
    was = None
    if known is not None:
        if not same_time:
            may_change(known.starts_at, by)
        was = _Place(known.adviser_id, known.starts_at)
        _give_back(session, known.id)
        known.adviser_id = _take(session, known.id, starts_at, by.at)
        known.starts_at, known.party_id = starts_at, party_id
        call, event, said = known, topics.CALL_MOVED, "call moved"
    else:
        call_id = new_id()
        call = CallBack(
            tenant_id=session.tenant,
            id=call_id,
            case_id=case_id,
            party_id=party_id,
            adviser_id=_take(session, call_id, starts_at, by.at),
            starts_at=starts_at,
            state=CallState.BOOKED.value,
            booked_at=by.at,
            booked_by_name=by.name,
            ended_at=None,
            ended_by_name=None,
        )
        session.add(call)
        event, said = topics.CALL_BOOKED, "call booked"
    # Who calls is nothing to a family, as long as it is called at the time it knows.
    if not same_time:
        _tell(session, call, event, by)
    _tell_advisers(session, call, was, by)
    audit(session, said, subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return call


def may_change(starts_at: dt.datetime, by: Actor) -> None:
    """Refuse a family that comes too late to change a call; whoever signed in may.

    Raises:
        RuleBroken: the call begins within the hour.
    """
    if by.id is None and starts_at - CHANGED_BEFORE < by.at < starts_at + LASTS:
        raise RuleBroken("time", TOO_LATE)


def cancel_call(session: ScopedSession, case_id: uuid.UUID, *, by: Actor) -> bool:
    """Cancel the call that is booked; its time is free again. Returns whether there was one.

    Raises:
        RuleBroken: a family comes too late for it.
    """
    call = _booked(session, case_id)
    if call is None:
        return False
    may_change(call.starts_at, by)
    _give_back(session, call.id)
    call.state, call.ended_at, call.ended_by_name = CallState.CANCELLED.value, by.at, by.name
    _tell(session, call, topics.CALL_CANCELLED, by)
    _tell_advisers(session, call, None, by)
    audit(session, "call cancelled", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return True


def say_what_became(
    session: ScopedSession, case_id: uuid.UUID, state: CallState, *, by: Actor
) -> None:
    """Say that a booked call was held or missed; BOOKED takes that back.

    Raises:
        RuleBroken: there is no such call, or it has not begun.
    """
    back = state is CallState.BOOKED
    states = (CallState.HELD, CallState.MISSED) if back else (CallState.BOOKED,)
    call = session.scalars(
        sa.select(CallBack)
        .where(
            CallBack.tenant_id == session.tenant,
            CallBack.case_id == case_id,
            CallBack.state.in_([one.value for one in states]),
        )
        .order_by(CallBack.starts_at.desc())
        .limit(1)
        .with_for_update()
    ).one_or_none()
    if call is None:
        raise RuleBroken("time", "There is no such call")
    if back and _booked(session, case_id) is not None:
        raise RuleBroken("time", "Another call is booked since")
    if not back and call.starts_at > by.at:
        raise RuleBroken("time", "This call has not begun yet")
    call.state = state.value
    call.ended_at, call.ended_by_name = (None, None) if back else (by.at, by.name)
    audit(session, f"call {state.value}", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()


def add_hours(
    session: ScopedSession,
    person_id: uuid.UUID,
    weekday: int,
    from_time: dt.time,
    to_time: dt.time,
    most: int,
) -> None:
    """Let an adviser be called upon in a stretch of every week. The session is the panel's.

    Raises:
        RuleBroken: it is none of the service's hours, or overlaps what the adviser has.
    """
    if person_id not in {one for one, _ in advisers(session)}:
        raise RuleBroken("adviser", "Choose an adviser")
    if not (dt.time(9) <= from_time < to_time <= dt.time(18)):
        raise RuleBroken(
            "to_time", "The hours must lie between 9am and 6pm, the end after the start"
        )
    overlaps = session.scalar(
        sa.select(AdviserHours.id)
        .where(
            AdviserHours.person_id == person_id,
            AdviserHours.weekday == weekday,
            AdviserHours.from_time < to_time,
            AdviserHours.to_time > from_time,
        )
        .limit(1)
    )
    if overlaps is not None:
        raise RuleBroken("from_time", "This adviser has hours at that time already")
    session.add(
        AdviserHours(
            id=new_id(),
            person_id=person_id,
            weekday=weekday,
            from_time=from_time,
            to_time=to_time,
            most=most,
        )
    )
    session.flush()


def add_absence(
    session: ScopedSession, person_id: uuid.UUID, first: dt.date, last: dt.date
) -> None:
    """Let an adviser make no calls on some days. What is booked stays, and is to be moved.

    Raises:
        RuleBroken: the last day is before the first, or it is no adviser.
    """
    if person_id not in {one for one, _ in advisers(session)}:
        raise RuleBroken("adviser", "Choose an adviser")
    if last < first:
        raise RuleBroken("last_day", "The last day must be the first or after it")
    session.add(AdviserAbsence(id=new_id(), person_id=person_id, first_day=first, last_day=last))
    session.flush()


def remove(
    session: ScopedSession, kind: type[AdviserHours | AdviserAbsence], id: uuid.UUID
) -> bool:
    """Take hours or days away out again. Returns whether there were such."""
    gone = session.execute(sa.delete(kind).where(kind.id == id).returning(kind.id))
    return gone.one_or_none() is not None
