"""A case as its family may see it. Every column is named: the role is granted no more."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from flask_babel import gettext
from flask_babel import lazy_gettext as later

from saas.database.scope import ScopedSession
from saas.database.together import OF, TENANT, Together
from tenants.casework.arrangement import meeting_to_call_off
from tenants.casework.case_clocks import appeal_of
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import EarlyEnd, FactKind, Service, Side, Stage
from tenants.casework.models import AgreedStep, CaseFact, CaseNote, CaseParty, Certificate, SenCase
from tenants.casework.queries import load_record
from tenants.casework.record import CaseRecord, consents
from tenants.law.appeal import AppealTime

# Whom a family meets where the mediation is about health alone (SEND Regs 2014 reg 35).
ICB = "your integrated care board (the NHS)"
# What the family is told happens next, by where the case stands. {other} is whom it meets.
NEXT_WORDS = {
    Stage.CONTACT: later("We will speak with you about what mediation is and what you can choose."),
    Stage.CHOICE: later(
        "Tell us whether you want mediation. You can think about it first: the choice "
        "is yours, and you may change your mind."
    ),
    Stage.CERTIFICATE: later("We are preparing your certificate. You will find it here."),
    Stage.CONSENT: later("Both sides are asked whether they agree to take part. It is voluntary."),
    Stage.ARRANGING: later("We are arranging a date with you and {other}."),
    Stage.FIXED: later("Your meeting is arranged. You will find it under your appointments."),
    Stage.MET: later(
        "The meeting has been held. If something was agreed, it is written down and "
        "everyone signs it."
    ),
    Stage.STEPS: later(
        "What was agreed is being done. You can see below who does what, and by when."
    ),
    Stage.FINISHED: later("Our part is done. Call us if you need anything more."),
    Stage.CLOSED: later("This case is closed. Call us if you need anything more."),
}

END_WORDS = {
    EarlyEnd.CONCEDED: later("{other} has agreed to what you asked for, so no meeting is needed."),
    EarlyEnd.WITHDRAWN: later(
        "You told us that you do not want to go on, so no meeting takes place."
    ),
    EarlyEnd.SUPERSEDED: later(
        "There is a new decision, so this one is not talked about any more. If you"
        " disagree with the new decision, call us."
    ),
    EarlyEnd.MOVED: later(
        "You moved, so another authority is responsible now. No meeting takes place."
    ),
}


VOLUNTARY = later(
    "No meeting takes place, because taking part is voluntary and not everybody wants to."
)


@dataclass(frozen=True)
class Appointment:
    """A meeting that stands: fixed and not cancelled since."""

    on: dt.date
    time: str
    place: str
    link: str


@dataclass(frozen=True)
class FamilyView:
    """Everything that the family's page shows of its case."""

    id: uuid.UUID
    reference: str
    service: Service
    decision: str
    stage: Stage
    what_next: str
    # Whom the family meets: the authority by its name, or the ICB.
    other_side: str
    waits_for_family: bool
    appointment: Appointment | None
    # The day of a meeting that was fixed and does not take place.
    called_off: dt.date | None
    # Until when it may appeal, and whether its certificate has to come first.
    appeal: AppealTime | None
    # What it is about alone, where the Tribunal hears that beside another appeal only.
    beside_appeal_only: str | None
    record: CaseRecord
    certificates: Sequence[Any]
    steps: Sequence[Any]
    notes: Sequence[Any]
    people: Sequence[Any]

    @property
    def certificate_stands(self) -> bool:
        """Whether there is a certificate that can be sent to the Tribunal."""
        return any(str(paper.id) not in self.record.withdrawals for paper in self.certificates)


class NotTheirCaseError(LookupError):
    """The scope's case is gone: nothing of it is there for the family."""


_BESIDE = Together(
    {
        "certificates": (
            sa.select(Certificate.id, Certificate.number, Certificate.kind, Certificate.issued_on)
            .where(Certificate.tenant_id == TENANT, Certificate.case_id == OF)
            .order_by(Certificate.issued_at)
        ),
        "steps": (
            sa.select(
                AgreedStep.id,
                AgreedStep.wording,
                AgreedStep.part,
                AgreedStep.responsible,
                AgreedStep.due_on,
                AgreedStep.done_on,
            )
            .where(AgreedStep.tenant_id == TENANT, AgreedStep.case_id == OF)
            .order_by(AgreedStep.due_on, AgreedStep.id)
        ),
        "notes": (
            sa.select(CaseNote.text, CaseNote.audience, CaseNote.written_at)
            .where(CaseNote.tenant_id == TENANT, CaseNote.case_id == OF)
            .order_by(CaseNote.written_at.desc())
        ),
        "people": (
            sa.select(CaseParty.name, CaseParty.side, CaseParty.relation)
            .where(CaseParty.tenant_id == TENANT, CaseParty.case_id == OF)
            .order_by(CaseParty.side, CaseParty.id)
        ),
    }
)


def family_view(session: ScopedSession, authority_name: str) -> FamilyView:
    """The case that the session's scope names.

    Raises:
        NotTheirCaseError: there is no such case.
    """
    row = session.execute(
        sa.select(
            SenCase.id,
            SenCase.reference,
            SenCase.service,
            CasePosition.stage,
            CasePosition.waiting_for,
            CasePosition.choice,
            CasePosition.certificate_on,
            CasePosition.meeting_on,
            CasePosition.held_on,
            CasePosition.appeal_on,
        )
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(SenCase.tenant_id == session.tenant, SenCase.id == session.scope.person)
    ).one_or_none()
    if row is None:
        raise NotTheirCaseError(str(session.scope.person))
    stage = Stage(row.stage)
    record = load_record(session, row.id)
    beside = _BESIDE.ask(session, of=row.id)
    off = meeting_to_call_off(record)
    other = ICB if record.health_only else authority_name
    return FamilyView(
        id=row.id,
        reference=row.reference,
        service=Service(row.service),
        decision=record.decision_words,
        stage=stage,
        what_next=_what_next(record, stage).format(other=gettext(other)),
        other_side=other,
        waits_for_family=row.waiting_for == "family",
        # A meeting that was adjourned has a further one ahead.
        appointment=(
            _appointment(session, row.meeting_on)
            if row.held_on is None or stage is Stage.FIXED
            else None
        ),
        called_off=off.meeting_on if off else None,
        appeal=appeal_of(record) if row.appeal_on is None else None,
        beside_appeal_only=record.beside_appeal_only,
        record=record,
        **beside,
    )


def _what_next(record: CaseRecord, stage: Stage) -> str:
    """What the family is told happens next; {other} is whom it meets."""
    if record.ended and stage in (Stage.CERTIFICATE, Stage.FINISHED):
        return f"{END_WORDS[EarlyEnd(record.ended.value or '')]} {NEXT_WORDS[stage]}"
    if record.service is not Service.MEDIATION and False in consents(record).values():
        return str(VOLUNTARY)
    return str(NEXT_WORDS[stage])


@dataclass(frozen=True)
class OwnAnswer:
    """Whether the family takes part: None while it has not said."""

    given: bool | None


def answer_to_give(record: CaseRecord) -> OwnAnswer | None:
    """The family's answer as it stands, while it may give or change it; None otherwise.

    Mediation asks for no consent of this kind: there the family chooses with the adviser.
    """
    over = record.has(FactKind.MEETING_HELD) or record.has(FactKind.CLOSED)
    if record.service is Service.MEDIATION or over:
        return None
    return OwnAnswer(consents(record).get(Side.FAMILY.value))


def name_of(session: ScopedSession, party_id: uuid.UUID) -> str:
    """The name of one who takes part in the case."""
    found = session.scalar(
        sa.select(CaseParty.name).where(
            CaseParty.tenant_id == session.tenant, CaseParty.id == party_id
        )
    )
    return found or ""


def _appointment(session: ScopedSession, on: dt.date | None) -> Appointment | None:
    if on is None:
        return None
    fixed = session.execute(
        sa.select(CaseFact.detail)
        .filter_by(tenant_id=session.tenant, case_id=session.scope.person)
        .where(CaseFact.kind == FactKind.MEETING_FIXED.value)
        .order_by(CaseFact.recorded_at.desc())
    )
    detail: dict[str, Any] = next(
        (f.detail for f in fixed if f.detail.get("meeting_on") == on.isoformat()), {}
    )
    return Appointment(
        on=on,
        time=str(detail.get("time", "")),
        place=str(detail.get("place", "")),
        link=str(detail.get("video_link", "")),
    )
