"""What arranges, holds and concludes a meeting. Each is a fact of the case."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.actions import add_fact
from tenants.casework.arrangement import (
    arrangement,
)
from tenants.casework.kinds import DelayCause, FactKind, Service, Side
from tenants.casework.models import SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import Fact, RuleBroken
from tenants.casework.row_columns import Actor
from tenants.law.notice import cancelled_late, is_short_notice, notice_given, notice_hours
from tenants.mediation.days_to_meet import check_days
from tenants.mediation.models import Participant
from tenants.mediation.parts import part_of
from tenants.panel.members import reasons_against, unable_on
from tenants.panel.queries import panel_member


def appoint(
    session: ScopedSession,
    case_id: uuid.UUID,
    person_id: uuid.UUID,
    *,
    on: dt.date,
    by: Actor,
    today: dt.date,
) -> Fact:
    """Appoint a member of the panel, who sees the case from then on.

    Raises:
        RuleBroken: something stands against the member on that day, in this case.
    """
    record = load_record(session, case_id, lock=True)
    member = panel_member(session, person_id)
    if member is None:
        raise RuleBroken("person", "This person is not on the panel")
    part = part_of(record.service)
    against = reasons_against(member, part, on, tenant=session.tenant, case_id=case_id)
    if against:
        raise RuleBroken("person", f"{member.name} cannot be appointed: {'; '.join(against)}")
    fact = add_fact(
        session,
        case_id,
        FactKind.MEDIATOR_APPOINTED,
        on,
        value=part.value,
        detail={"person_id": str(person_id), "name": member.name},
        by=by,
        today=today,
    )
    session.execute(
        sa.update(SenCase)
        .where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
        .values(mediator_id=person_id)
    )
    return fact


def inform_authority(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    family_on: dt.date | None,
    adviser_on: dt.date | None,
    by: Actor,
    today: dt.date,
) -> None:
    """Record when the family and when the adviser told the authority: K5 starts by them.

    Raises:
        RuleBroken: neither day is given, or one is recorded already.
    """
    if family_on is None and adviser_on is None:
        raise RuleBroken("adviser_on", "Enter when the authority was told, by whom you know")
    for kind, on in (
        (FactKind.FAMILY_INFORMED_AUTHORITY, family_on),
        (FactKind.ADVISER_INFORMED_AUTHORITY, adviser_on),
    ):
        if on is not None:
            add_fact(session, case_id, kind, on, by=by, today=today)


def offer_dates(
    session: ScopedSession,
    case_id: uuid.UUID,
    dates: Sequence[tuple[dt.date, str]],
    *,
    by: Actor,
    today: dt.date,
    side: Side | None = None,
) -> Fact:
    """Offer days to meet, each with its time ('HH:MM').

    Args:
        side: who offers them, and so can come then; None for the provider.

    Raises:
        RuleBroken: there is none, one is not ahead or too far, or a date is fixed already.
    """
    if not dates:
        raise RuleBroken("first_on", "Enter a date to offer")
    check_days((on for on, _ in dates), today=today, field="first_on")
    if side is not None and arrangement(load_record(session, case_id)).fixed is not None:
        raise RuleBroken("first_on", "A date is fixed: call us if it does not suit")
    return add_fact(
        session,
        case_id,
        FactKind.DATES_OFFERED,
        today,
        value=side.value if side else None,
        detail={
            "offers": [
                {"id": str(new_id()), "on": on.isoformat(), "time": time}
                for on, time in sorted(set(dates))
            ]
        },
        by=by,
        today=today,
    )


def answer_dates(
    session: ScopedSession,
    case_id: uuid.UUID,
    side: Side,
    can: Iterable[str],
    *,
    by: Actor,
    today: dt.date,
) -> Fact:
    """Record which of the dates to come suit a side; the others do not.

    Args:
        can: the ids of the offers that suit.

    Raises:
        RuleBroken: there are no dates to answer, or one of them is not an offer.
    """
    now = arrangement(load_record(session, case_id))
    open_ids = [offer.id for offer in now.offers if offer.on >= today]
    chosen = set(can)
    if not open_ids:
        raise RuleBroken("can", "There are no dates to answer")
    if not chosen <= set(open_ids):
        raise RuleBroken("can", "One of these dates is not offered any more")
    return add_fact(
        session,
        case_id,
        FactKind.DATES_ANSWERED,
        today,
        value=side.value,
        detail={
            "can": [one for one in open_ids if one in chosen],
            "cannot": [one for one in open_ids if one not in chosen],
        },
        by=by,
        today=today,
    )


def fix_meeting(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    fixed_on: dt.date,
    meeting_on: dt.date,
    time: str,
    place: str,
    video_link: str,
    consented_by: str,
    by: Actor,
    today: dt.date,
) -> Fact:
    """Fix the day, time and place of a meeting.

    Args:
        consented_by: who of the family consented to short notice; empty where nobody had to.

    Raises:
        RuleBroken: there is neither place nor link, the notice is short and nobody consented, or
            the appointed member cannot act that day.
    """
    if not place and not video_link:
        raise RuleBroken("place", "Enter the place, or the link of the video meeting")
    record = load_record(session, case_id, lock=True)
    short = record.service is Service.MEDIATION and is_short_notice(fixed_on, meeting_on)
    if short and not consented_by:
        raise RuleBroken(
            "consented_by",
            "This is less than 5 working days' notice: enter who of the family consented to it",
        )
    appointed = arrangement(record).appointed
    if appointed is not None and "person_id" in appointed.detail:
        member = panel_member(session, uuid.UUID(appointed.detail["person_id"]))
        against = unable_on(member, part_of(record.service), meeting_on) if member else []
        if member is not None and against:
            raise RuleBroken("meeting_on", f"{member.name}, that day: {'; '.join(against)}")
    return add_fact(
        session,
        case_id,
        FactKind.MEETING_FIXED,
        fixed_on,
        detail={
            "meeting_on": meeting_on.isoformat(),
            "time": time,
            "place": place,
            "video_link": video_link,
            "notice_days": notice_given(fixed_on, meeting_on),
            **({"consented_by": consented_by} if short else {}),
        },
        by=by,
        today=today,
    )


def name_representative(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    name: str,
    role: str,
    may_decide: bool,
    by: Actor,
    today: dt.date,
) -> Fact:
    """Name who comes for the authority, declared to have the power to decide.

    Raises:
        RuleBroken: the power to decide is not declared (SEND Regs 2014 reg 38).
    """
    if not may_decide:
        raise RuleBroken(
            "may_decide", "The authority must send somebody who has the power to decide"
        )
    return add_fact(
        session,
        case_id,
        FactKind.REPRESENTATIVE_NAMED,
        today,
        detail={"name": name, "role": role, "may_decide": True},
        by=by,
        today=today,
    )


def add_participant(
    session: ScopedSession, case_id: uuid.UUID, *, side: Side, name: str, role: str, by: Actor
) -> Participant:
    """Note somebody whom a side brings. Nobody else has a say in it.

    Raises:
        RuleBroken: the case is closed, or this one is on the list already.
    """
    record = load_record(session, case_id, lock=True)
    if record.has(FactKind.CLOSED):
        raise RuleBroken("name", "The case is closed")
    there = session.scalar(
        sa.select(sa.func.count())
        .select_from(Participant)
        .where(
            Participant.tenant_id == session.tenant,
            Participant.case_id == case_id,
            Participant.side == side.value,
            Participant.name == name,
        )
    )
    if there:
        raise RuleBroken("name", f"{name} is on the list already")
    row = Participant(
        tenant_id=session.tenant,
        id=new_id(),
        case_id=case_id,
        side=side.value,
        name=name,
        role=role,
        added_at=by.at,
        added_by_name=by.name,
    )
    session.add(row)
    audit(session, "participant added", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return row


def remove_participant(
    session: ScopedSession, case_id: uuid.UUID, participant_id: uuid.UUID, *, by: Actor
) -> bool:
    """Take somebody off the list who will not come; whether such a one was on it."""
    row = session.get(Participant, (session.tenant, participant_id))
    if row is None or row.case_id != case_id:
        return False
    session.delete(row)
    audit(session, "participant removed", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return True


def cancel_meeting(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    cancelled_at: dt.datetime,
    cancelled_by: DelayCause,
    reason: str,
    by: Actor,
    today: dt.date,
    late_working_days: int,
) -> Fact:
    """Record that the meeting that was fixed does not take place, by whom and how late.

    Args:
        cancelled_at: local time, without a zone.
        late_working_days: with less notice than this the cancellation is late.

    Raises:
        RuleBroken: no meeting is fixed, or it was cancelled after its day.
    """
    fixed = arrangement(load_record(session, case_id, lock=True)).fixed
    if fixed is None:
        raise RuleBroken("on", "No meeting is fixed")
    on = cancelled_at.date()
    if on > fixed.meeting_on:
        raise RuleBroken("on", "A meeting cannot be cancelled after its day")
    return add_fact(
        session,
        case_id,
        FactKind.MEETING_CANCELLED,
        on,
        value=cancelled_by.value,
        detail={
            "by": cancelled_by.value,
            "late": cancelled_late(on, fixed.meeting_on, late_working_days=late_working_days),
            "notice_hours": notice_hours(
                cancelled_at, fixed.meeting_on, str(fixed.detail.get("time") or "")
            ),
            "meeting_on": fixed.meeting_on.isoformat(),
            "why": reason,
        },
        by=by,
        today=today,
    )


def cannot_arrange(
    session: ScopedSession, case_id: uuid.UUID, *, on: dt.date, by: Actor, today: dt.date
) -> Fact:
    """Record that the authority cannot arrange mediation within 30 days: K8 starts."""
    return add_fact(session, case_id, FactKind.AUTHORITY_CANNOT_ARRANGE, on, by=by, today=today)
