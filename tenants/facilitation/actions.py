"""What is done to arrange a facilitated meeting and to follow what it agreed."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.actions import Actor, add_fact
from tenants.casework.kinds import FactKind, Service, Side
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord, RuleBroken
from tenants.facilitation.models import (
    ActionPoint,
    FacilitatedMeeting,
    FacilitationPaper,
    Invitee,
    MeetingType,
    PaperKind,
)

PAPER_FACTS = {
    PaperKind.AGENDA: FactKind.AGENDA_AGREED,
    PaperKind.SUMMARY: FactKind.SUMMARY_SHARED,
}


def _facilitation(session: ScopedSession, case_id: uuid.UUID) -> CaseRecord:
    record = load_record(session, case_id, lock=True)
    if record.service is not Service.FACILITATION:
        raise RuleBroken("kind", "This case is no facilitation")
    return record


def describe_meeting(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    meeting_type: MeetingType,
    purpose: str,
    requested_by: str,
    requested_by_side: Side,
    by: Actor,
) -> None:
    """Say which meeting is facilitated, what for and who asked for it.

    Raises:
        RuleBroken: the case is no facilitation.
    """
    _facilitation(session, case_id)
    said = {
        "meeting_type": meeting_type.value,
        "purpose": purpose,
        "requested_by": requested_by,
        "requested_by_side": requested_by_side.value,
    }
    session.execute(
        insert(FacilitatedMeeting)
        .values(tenant_id=session.tenant, case_id=case_id, **said)
        .on_conflict_do_update(index_elements=["tenant_id", "case_id"], set_=said)
    )
    audit(session, "facilitation described", subject_kind="case", subject_id=case_id, at=by.at)


def invite(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    name: str,
    role: str,
    side: Side,
    email: str | None,
    by: Actor,
) -> Invitee:
    """Add somebody to those invited.

    Raises:
        RuleBroken: the case is no facilitation.
    """
    _facilitation(session, case_id)
    invitee = Invitee(
        tenant_id=session.tenant,
        id=new_id(),
        case_id=case_id,
        name=name,
        role=role,
        side=side.value,
        email=email,
    )
    session.add(invitee)
    audit(session, "invited", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return invitee


def answer_invitation(
    session: ScopedSession, case_id: uuid.UUID, invitee_id: uuid.UUID, *, coming: bool
) -> None:
    """Record whether somebody comes.

    Raises:
        RuleBroken: nobody such is invited.
    """
    answered = session.execute(
        sa.update(Invitee)
        .where(
            Invitee.tenant_id == session.tenant,
            Invitee.case_id == case_id,
            Invitee.id == invitee_id,
        )
        .values(coming="yes" if coming else "no")
        .returning(Invitee.id)
    )
    if answered.one_or_none() is None:
        raise RuleBroken("invitee", "Nobody such is invited")


def write_paper(
    session: ScopedSession,
    case_id: uuid.UUID,
    kind: PaperKind,
    *,
    text: str,
    share: bool,
    on: dt.date,
    by: Actor,
    today: dt.date,
) -> FacilitationPaper:
    """Keep a version of the agenda or the summary; shared, everybody reads it for good.

    Args:
        share: the agenda is agreed by all, or the summary goes to all.

    Raises:
        RuleBroken: the case is no facilitation, or there was no meeting to summarise.
    """
    record = _facilitation(session, case_id)
    if kind is PaperKind.SUMMARY and share and not record.has(FactKind.MEETING_HELD):
        raise RuleBroken("share", "Record the meeting first, then share its summary")
    paper = FacilitationPaper(
        tenant_id=session.tenant,
        id=new_id(),
        case_id=case_id,
        kind=kind.value,
        audience="parties" if share else "provider",
        text=text,
        written_at=by.at,
        written_by=by.id,
        written_by_name=by.name,
    )
    session.add(paper)
    if share:
        add_fact(
            session,
            case_id,
            PAPER_FACTS[kind],
            on,
            detail={"paper_id": str(paper.id)},
            by=by,
            today=today,
        )
    session.flush()
    return paper


def take_on(
    session: ScopedSession,
    case_id: uuid.UUID,
    *,
    what: str,
    who: str,
    side: Side,
    agreed_on: dt.date,
    due_on: dt.date,
    by: Actor,
) -> ActionPoint:
    """Record an action point: what somebody takes on, and by when.

    Raises:
        RuleBroken: the case is no facilitation, there was no meeting yet, or it would be due
            before it was agreed.
    """
    record = _facilitation(session, case_id)
    held = record.first(FactKind.MEETING_HELD)
    if held is None or agreed_on < held.on:
        raise RuleBroken("agreed_on", "Action points are agreed at the meeting: record it first")
    if due_on < agreed_on:
        raise RuleBroken("due_on", "It cannot be due before it was agreed")
    point = ActionPoint(
        tenant_id=session.tenant,
        id=new_id(),
        case_id=case_id,
        what=what,
        who=who,
        side=side.value,
        agreed_on=agreed_on,
        due_on=due_on,
    )
    session.add(point)
    audit(session, "action point", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return point


def action_point_done(
    session: ScopedSession,
    case_id: uuid.UUID,
    point_id: uuid.UUID,
    *,
    on: dt.date,
    by: Actor,
    today: dt.date,
) -> None:
    """Record that an action point was done.

    Raises:
        RuleBroken: it is not one of the case, is done already, or the day cannot be so.
    """
    point = session.get(ActionPoint, (session.tenant, point_id))
    if point is None or point.case_id != case_id:
        raise RuleBroken("point", "This action point is not one of the case")
    if point.done_on is not None:
        raise RuleBroken("done_on", "It is recorded as done already")
    if not point.agreed_on <= on <= today:
        raise RuleBroken("done_on", "The date must be between the meeting and today")
    point.done_on = on
    audit(session, "action point done", subject_kind="action point", subject_id=point_id, at=by.at)
    session.flush()
