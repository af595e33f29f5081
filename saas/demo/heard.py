"""Invented families that chose how they are told, and what they said by their own pages."""

from __future__ import annotations

import datetime as dt
import random
import uuid

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.demo.names import drama_number
from saas.demo.people import familys_token
from saas.demo.reminding import noon
from saas.identity.signed_in import Tenancy
from saas.messages.models import Channel, Message, MessageState
from tenants.access_links.family_links import find_personal_link
from tenants.access_links.links import insert_link
from tenants.access_links.participant_models import ParticipantLink
from tenants.access_links.second_check import born_on
from tenants.agreements.step_reports import say_not_done
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Side
from tenants.casework.models import AgreedStep, CaseParty, SenCase
from tenants.casework.row_columns import Actor
from tenants.feedback.complaint_rules import About
from tenants.feedback.models import Complaint, Participant, Way
from tenants.notices.models import CaseNotice
from tenants.notices.telling import Told, tell_so
from tenants.notices.topics import PERSONAL_LINK, Reader, heading, paragraphs

ADDRESS = "1 Example Street\nExample Town\nM1 1AA"
WORDS = "Nobody has written to us about it, and the term is nearly over."
COMPLAINED = "I rang three times and nobody called back."


def seed_heard(tenancy: Tenancy, today: dt.date) -> None:
    """A text that went, a letter to print, a step that was not done, a complaint by oneself, and
    the link of a school that comes to a meeting. Once."""
    with scoped(Scope.provider(tenancy.id, None)) as session:
        done = sa.select(Complaint.id).where(
            Complaint.tenant_id == tenancy.id, Complaint.way != Way.RECORDED.value
        )
        if session.scalars(done).first() is not None:
            return
    at = noon(today)
    rng = random.Random(f"what families said to {tenancy.slug}")
    parties = _late_steps(tenancy, today)
    ways = (Channel.TEXT, Channel.LETTER)
    for (case_id, party_id, step_id, name), channel in zip(parties, ways, strict=False):
        by = Actor(None, name, at)
        told = Told(channel, frozenset({channel}), drama_number(rng), ADDRESS)
        with scoped(Scope.family(tenancy.id, case_id, party_id)) as session:
            tell_so(session, case_id, party_id, told, by=by)
            if channel is Channel.TEXT:
                say_not_done(
                    session, case_id, step_id, party_id=party_id, words=WORDS, by=by, today=today
                )
        _tell(tenancy, case_id, party_id, told, at)
    if parties:
        _complain(tenancy, parties[0][0], parties[0][1], at)
    _invite_school(tenancy, today, at)


Late = tuple[uuid.UUID, uuid.UUID, uuid.UUID, str]


def _late_steps(
    tenancy: Tenancy, today: dt.date
) -> list[tuple[uuid.UUID, uuid.UUID, uuid.UUID, str]]:
    """Of two cases: the case, one of its family, a step of the authority's that is late."""
    with scoped(Scope.provider(tenancy.id, None)) as session:
        rows = session.execute(
            sa.select(AgreedStep.case_id, CaseParty.id, AgreedStep.id, CaseParty.name)
            .join(
                CaseParty,
                sa.and_(
                    CaseParty.tenant_id == AgreedStep.tenant_id,
                    CaseParty.case_id == AgreedStep.case_id,
                ),
            )
            .where(
                AgreedStep.tenant_id == tenancy.id,
                AgreedStep.done_on.is_(None),
                AgreedStep.due_on < today,
                AgreedStep.responsible == Side.AUTHORITY.value,
                CaseParty.side == Side.FAMILY.value,
            )
            .order_by(AgreedStep.case_id, CaseParty.id, AgreedStep.id)
        )
        # The first of the family and the first late step of each case.
        first: dict[uuid.UUID, Late] = {}
        for row in rows:
            first.setdefault(row[0], (row[0], row[1], row[2], row[3]))
        return list(first.values())[:2]


def _tell(
    tenancy: Tenancy, case_id: uuid.UUID, party_id: uuid.UUID, told: Told, at: dt.datetime
) -> None:
    with scoped(Scope.worker(tenancy.id)) as session:
        reference = session.scalars(
            sa.select(SenCase.reference).where(
                SenCase.tenant_id == tenancy.id, SenCase.id == case_id
            )
        ).one()
        notice = CaseNotice(
            tenant_id=tenancy.id, id=new_id(), case_id=case_id, event=PERSONAL_LINK,
            audience=Side.FAMILY.value, detail={"party_id": str(party_id)}, once_key=None,
            caused_at=at, caused_by=None, addressed_at=at,
        )  # fmt: skip
        session.add(notice)
        is_text = told.first is Channel.TEXT
        session.add(
            Message(
                tenant_id=tenancy.id, id=new_id(), subject_id=case_id, cause_id=notice.id,
                topic="progress", recipient=f"party:{party_id}", side="family",
                address=told.mobile if is_text else told.postal_address,
                heading=heading(PERSONAL_LINK, reference),
                text="\n\n".join(paragraphs(PERSONAL_LINK, reference, reader=Reader.FAMILY)),
                link=None, with_personal_link=True, calendar=None, calendar_method=None,
                channel=told.first.value, attempts=1, created_at=at, next_attempt_at=at,
                state=(MessageState.SENT if is_text else MessageState.TO_PRINT).value,
                sent_at=at if is_text else None, delivered_at=at if is_text else None,
                answer=None, bounced_at=None, dealt_with_at=None, dealt_with_by_name=None,
                handed_over_as=None, posted_by_name=None,
            )
        )  # fmt: skip


def _complain(tenancy: Tenancy, case_id: uuid.UUID, party_id: uuid.UUID, at: dt.datetime) -> None:
    with scoped(Scope.family(tenancy.id, case_id, party_id)) as session:
        session.execute(
            sa.insert(Complaint)
            .values(
                tenant_id=tenancy.id, id=new_id(), case_id=case_id, party_id=party_id,
                received_on=at.date(), from_whom=Participant.PARENT.value,
                about=About.COMMUNICATION.value, words=COMPLAINED, recorded_at=at,
                recorded_by=None, way=Way.FAMILY.value,
            )
            .inline()
        )  # fmt: skip


def _invite_school(tenancy: Tenancy, today: dt.date, at: dt.datetime) -> None:
    """A school comes to the next meeting, and has a page for it."""
    with scoped(Scope.provider(tenancy.id, None)) as session:
        found = session.execute(
            sa.select(SenCase.id, SenCase.reference, CasePosition.meeting_on)
            .join(
                CasePosition,
                sa.and_(
                    CasePosition.tenant_id == SenCase.tenant_id,
                    CasePosition.case_id == SenCase.id,
                ),
            )
            .where(SenCase.tenant_id == tenancy.id, CasePosition.meeting_on > today)
            .order_by(CasePosition.meeting_on, SenCase.id)
            .limit(1)
        ).one_or_none()
        if found is None:
            return
        party = CaseParty(
            tenant_id=tenancy.id, id=new_id(), case_id=found.id, side=Side.SCHOOL.value,
            name="The head teacher", relation="School", email="office@school.example",
            telephone=None, postcode=None, preferred_communication=None, adjustments=None,
            interpreter=None,
        )  # fmt: skip
        session.add(party)
        session.flush()
        party_id = party.id
    with scoped(Scope.worker(tenancy.id)) as session:
        insert_link(
            session, ParticipantLink, by="The service, by e-mail", at=at,
            lasts=dt.timedelta(days=30), message_id=None, case_id=found.id, party_id=party_id,
            reference=found.reference, held_on=None,
            meeting={
                "meeting_on": found.meeting_on.isoformat(), "uid": f"meeting-1-{found.id}",
                "sequence": 0, "service": "mediation", "starts_at": "10:00", "minutes": None,
                "place": "Town Hall", "video": "", "cancelled": False,
            },
        )  # fmt: skip


def familys_date_of_birth(slug: str) -> dt.date | None:
    """What the page of the demonstration's first family asks for."""
    link = find_personal_link(familys_token(slug), used=False)
    return born_on(link) if link is not None else None
