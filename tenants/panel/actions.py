"""What changes the panel. Members are written as the panel's own login role."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.audit.actions import record_across
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from tenants.casework.models import SenCase
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.panel.members import Part, RegisterBody
from tenants.panel.models import PanelAbsence, PanelArea, PanelConflict, PanelMember


@dataclass(frozen=True, kw_only=True)
class MemberPapers:
    """What is kept of a member. The days are the last ones on which a paper holds."""

    parts: frozenset[Part]
    register_body: RegisterBody
    register_number: str
    register_expires_on: dt.date | None
    cpd_hours: int
    cpd_on: dt.date | None
    dbs_on: dt.date | None
    dbs_expires_on: dt.date | None
    insurance_expires_on: dt.date | None
    languages: str
    public_employer: str | None
    left_on: dt.date | None
    areas: frozenset[str]


def check_papers(papers: MemberPapers) -> None:
    """Refuse what cannot be so of a member.

    Raises:
        RuleBroken: naming the field.
    """
    if not papers.parts:
        raise RuleBroken("parts", "Choose what this person does: mediate, facilitate or both")
    on_register = papers.register_body is not RegisterBody.NONE
    if Part.MEDIATOR in papers.parts and not on_register:
        raise RuleBroken("register_body", "A mediator is on a register: choose which")
    if on_register and not papers.register_number:
        raise RuleBroken("register_number", "Enter the number in the register")
    if Part.MEDIATOR in papers.parts and papers.public_employer:
        # Children and Families Act 2014 s.56.
        raise RuleBroken(
            "public_employer",
            "Someone employed by a local authority, an ICB or NHS England may not mediate",
        )


def keep_member(person_id: uuid.UUID, papers: MemberPapers, *, by: Actor) -> None:
    """Write a member's papers and areas as they are now; a new member joins the panel by it.

    Raises:
        RuleBroken: they cannot be so; nothing was written.
    """
    check_papers(papers)
    with scoped(Scope.panel(by.id)) as session:
        write_member(session, person_id, papers)
    record_across("panel member kept", person_id=by.id, at=by.at, member=str(person_id))


def write_member(session: ScopedSession, person_id: uuid.UUID, papers: MemberPapers) -> None:
    """Write a member's row and areas in a session of the panel's own role."""
    member = session.get(PanelMember, person_id)
    if member is None:
        member = PanelMember(person_id=person_id)
        session.add(member)
    member.mediates = Part.MEDIATOR in papers.parts
    member.facilitates = Part.FACILITATOR in papers.parts
    member.register_body = papers.register_body.value
    member.register_number = papers.register_number
    member.register_expires_on = papers.register_expires_on
    member.cpd_hours = papers.cpd_hours
    member.cpd_on = papers.cpd_on
    member.dbs_on = papers.dbs_on
    member.dbs_expires_on = papers.dbs_expires_on
    member.insurance_expires_on = papers.insurance_expires_on
    member.languages = papers.languages
    member.public_employer = papers.public_employer
    member.left_on = papers.left_on
    session.flush()
    known = set(
        session.scalars(sa.select(PanelArea.dfe_number).where(PanelArea.person_id == person_id))
    )
    gone = known - papers.areas
    if gone:
        session.execute(
            sa.delete(PanelArea).where(
                PanelArea.person_id == person_id, PanelArea.dfe_number.in_(gone)
            )
        )
    for number in sorted(papers.areas - known):
        session.add(PanelArea(person_id=person_id, dfe_number=number))
    session.flush()


def add_absence(person_id: uuid.UUID, *, first: dt.date, last: dt.date, by: Actor) -> None:
    """Note days on which a member cannot be had.

    Raises:
        RuleBroken: they end before they begin.
    """
    if last < first:
        raise RuleBroken("last_day", "The last day away cannot be before the first")
    with scoped(Scope.panel(by.id)) as session:
        session.add(PanelAbsence(id=new_id(), person_id=person_id, first_day=first, last_day=last))
    record_across("panel absence noted", person_id=by.id, at=by.at, member=str(person_id))


def remove_absence(person_id: uuid.UUID, absence_id: uuid.UUID, *, by: Actor) -> None:
    """Take days away back. Safe to repeat."""
    with scoped(Scope.panel(by.id)) as session:
        session.execute(
            sa.delete(PanelAbsence).where(
                PanelAbsence.person_id == person_id, PanelAbsence.id == absence_id
            )
        )
    record_across("panel absence removed", person_id=by.id, at=by.at, member=str(person_id))


def record_conflict(
    session: ScopedSession,
    person_id: uuid.UUID,
    *,
    case_reference: str,
    reason: str,
    by: Actor,
) -> None:
    """Record why a member must not act: for the session's authority, or for one of its families.

    Args:
        case_reference: empty for the whole authority.

    Raises:
        RuleBroken: no reason is given, or the authority has no such case.
    """
    if not reason.strip():
        raise RuleBroken("reason", "Say what the conflict of interest is")
    case_id = None
    if case_reference:
        case_id = session.scalar(
            sa.select(SenCase.id).where(
                SenCase.tenant_id == session.tenant, SenCase.reference == case_reference
            )
        )
        if case_id is None:
            raise RuleBroken("case_reference", "This authority has no case with that reference")
    conflict_id = new_id()
    session.add(
        PanelConflict(
            tenant_id=session.tenant,
            id=conflict_id,
            person_id=person_id,
            case_id=case_id,
            reason=reason.strip(),
            recorded_at=by.at,
            recorded_by_name=by.name,
        )
    )
    audit(session, "conflict recorded", subject_kind="conflict", subject_id=conflict_id, at=by.at)
    session.flush()


def end_conflict(session: ScopedSession, conflict_id: uuid.UUID, *, by: Actor) -> None:
    """Take a conflict away that no longer is one. Safe to repeat."""
    session.execute(
        sa.delete(PanelConflict).where(
            PanelConflict.tenant_id == session.tenant, PanelConflict.id == conflict_id
        )
    )
    audit(session, "conflict ended", subject_kind="conflict", subject_id=conflict_id, at=by.at)
    session.flush()
