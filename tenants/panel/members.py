"""Who may be appointed on a day, and why not. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field
from enum import StrEnum

from saas.reference.written import within_sentence

# How long before they expire papers are listed, in days.
WARNED_DAYS = 60


class RegisterBody(StrEnum):
    """Who keeps the register that accredits a member."""

    CIVIL_MEDIATION_COUNCIL = "cmc"
    COLLEGE_OF_MEDIATORS = "college"
    NONE = "none"


class Part(StrEnum):
    """What somebody is appointed as."""

    MEDIATOR = "mediator"
    FACILITATOR = "facilitator"


REGISTER_WORDS = {
    RegisterBody.CIVIL_MEDIATION_COUNCIL: "Civil Mediation Council",
    RegisterBody.COLLEGE_OF_MEDIATORS: "College of Mediators",
    RegisterBody.NONE: "No register (facilitates only)",
}
PART_WORDS = {Part.MEDIATOR: "Mediator", Part.FACILITATOR: "Facilitator"}


@dataclass(frozen=True, slots=True)
class Conflict:
    """Why a member must not act for an authority; in one case, where that is named."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    case_id: uuid.UUID | None
    reason: str
    case_reference: str | None = None


@dataclass(frozen=True, slots=True)
class Member:
    """A member of the panel. Days are inclusive: who expires today may still act today."""

    person_id: uuid.UUID
    name: str
    parts: frozenset[Part]
    register_body: RegisterBody
    register_number: str
    register_expires_on: dt.date | None
    dbs_expires_on: dt.date | None
    insurance_expires_on: dt.date | None
    cpd_hours: int = 0
    cpd_on: dt.date | None = None
    dbs_on: dt.date | None = None
    languages: str = ""
    public_employer: str | None = None
    left_on: dt.date | None = None
    areas: frozenset[str] = frozenset()
    absences: tuple[tuple[dt.date, dt.date], ...] = ()
    conflicts: tuple[Conflict, ...] = field(default=())

    @property
    def does(self) -> str:
        """What the member does, in words."""
        return ", ".join(PART_WORDS[part] for part in Part if part in self.parts)


@dataclass(frozen=True, slots=True)
class Paper:
    """A document of a member and the last day on which it holds; None where it is missing."""

    name: str
    expires_on: dt.date | None


def papers(member: Member) -> list[Paper]:
    """What a member must hold. A mediator's accreditation is one of them."""
    held = [
        Paper("DBS check", member.dbs_expires_on),
        Paper("Insurance", member.insurance_expires_on),
    ]
    if Part.MEDIATOR in member.parts:
        held.insert(0, Paper("Accreditation", member.register_expires_on))
    return held


def expiring(member: Member, today: dt.date, *, within: int = WARNED_DAYS) -> list[Paper]:
    """The papers that are missing, have expired or will within so many days, soonest first."""
    last = today + dt.timedelta(days=within)
    due = [p for p in papers(member) if p.expires_on is None or p.expires_on <= last]
    return sorted(due, key=lambda paper: paper.expires_on or dt.date.min)


def _day(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"


def unable_on(member: Member, part: Part, on: dt.date) -> list[str]:
    """Why a member cannot act on a day, whoever asks; empty if nothing stands against it."""
    against = []
    if part not in member.parts:
        against.append(f"Is not a {within_sentence(PART_WORDS[part])}")
    if member.left_on is not None and member.left_on < on:
        against.append(f"Left the panel on {_day(member.left_on)}")
    if part is Part.MEDIATOR and member.public_employer:
        # Children and Families Act 2014 s.56: a mediator is independent.
        against.append(f"Is employed by {member.public_employer}, so may not mediate")
    if part is Part.MEDIATOR and member.register_body is RegisterBody.NONE:
        against.append("Is on no register of mediators")
    for paper in papers(member):
        if paper.name == "Accreditation" and part is not Part.MEDIATOR:
            continue
        if paper.expires_on is None:
            against.append(f"{paper.name}: nothing is recorded")
        elif paper.expires_on < on:
            against.append(f"{paper.name}: expired on {_day(paper.expires_on)}")
    for first, last in member.absences:
        if first <= on <= last:
            against.append(f"Is away until {_day(last)}")
    return against


def reasons_against(
    member: Member, part: Part, on: dt.date, *, tenant: uuid.UUID, case_id: uuid.UUID
) -> list[str]:
    """Why a member cannot be appointed in a case on a day; empty if it may be."""
    against = unable_on(member, part, on)
    for conflict in member.conflicts:
        if conflict.tenant_id != tenant:
            continue
        if conflict.case_id is None:
            against.append(f"Conflict with the authority: {conflict.reason}")
        elif conflict.case_id == case_id:
            against.append(f"Conflict with this family: {conflict.reason}")
    return against


def works_in(member: Member, dfe_number: str) -> bool:
    """Whether an authority is among a member's areas: a preference, not a bar."""
    return not member.areas or dfe_number in member.areas
