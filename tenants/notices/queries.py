"""What was sent about a case, and who wants to hear of what."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity.models import Person
from saas.messages.models import Channel, Message, MessageState
from saas.messages.outbox import messages_about
from tenants.casework.kinds import SIDE_WORDS, Side
from tenants.casework.models import CaseParty
from tenants.notices.models import PartyNoticeRefusal, PersonNoticeRefusal
from tenants.notices.recipients import A_GUEST, THE_SIGNER
from tenants.notices.topics import Topic
from tenants.notices.undelivered import undelivered

ON_CASE_PAGE = 5
ON_OWN_PAGE = 500
CHANNEL_WORDS = {
    Channel.EMAIL: "E-mail",
    Channel.TEXT: "Text message",
    Channel.LETTER: "Letter",
}
STATE_WORDS = {
    MessageState.WAITING: ("Waiting to be sent", "soon"),
    MessageState.SENT: ("Sent", "ok"),
    MessageState.BOUNCED: ("Came back", "overdue"),
    MessageState.GIVEN_UP: ("Not sent, after many tries", "overdue"),
    MessageState.TO_PRINT: ("To be printed and posted", "soon"),
}


@dataclass(frozen=True)
class SentMessage:
    """A message as the provider's page lists it."""

    id: uuid.UUID
    # Whose contact details are to be put right; None for staff.
    party_id: uuid.UUID | None
    heading: str
    written_at: dt.datetime
    to: str
    address: str
    state: str
    state_words: str
    tone: str
    answer: str
    with_personal_link: bool
    dealt_with_at: dt.datetime | None
    dealt_with_by: str
    channel: str
    tried: str


def messages_of_case(
    session: ScopedSession, case_id: uuid.UUID, *, most: int = ON_CASE_PAGE
) -> list[SentMessage]:
    """What was sent about a case or waits to be, the newest first, and what became of it."""
    return _listed(session, messages_about(session, case_id, most=most))


def undelivered_of_case(session: ScopedSession, case_id: uuid.UUID) -> list[SentMessage]:
    """What did not arrive and nobody has dealt with: a task for whoever looks after the case."""
    return _listed(session, undelivered(session, case_id))


def _listed(session: ScopedSession, messages: list[Message]) -> list[SentMessage]:
    names = _names(session, messages)
    return [
        SentMessage(
            id=message.id,
            party_id=_party_of(message),
            heading=message.heading,
            written_at=message.sent_at or message.created_at,
            to=names.get(message.recipient, "The mediation service"),
            address=message.address,
            state=message.state,
            state_words=STATE_WORDS[MessageState(message.state)][0],
            tone=STATE_WORDS[MessageState(message.state)][1],
            answer=message.answer or "",
            with_personal_link=message.with_personal_link,
            dealt_with_at=message.dealt_with_at,
            dealt_with_by=message.dealt_with_by_name or "",
            channel=CHANNEL_WORDS[Channel(message.channel)],
            tried=message.tried,
        )
        for message in messages
    ]


def _party_of(message: Message) -> uuid.UUID | None:
    kind, _, id = message.recipient.partition(":")
    return uuid.UUID(id) if kind in ("party", A_GUEST) else None


def _names(session: ScopedSession, messages: list[Message]) -> dict[str, str]:
    """The names behind the recipients, in two queries."""
    ids: dict[str, set[uuid.UUID]] = {"person": set(), "party": set(), A_GUEST: set()}
    for message in messages:
        kind, _, id = message.recipient.partition(":")
        if kind in ids:
            ids[kind].add(uuid.UUID(id))
    people = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(ids["person"])))
    parties = session.execute(
        sa.select(CaseParty.id, CaseParty.name).where(
            CaseParty.tenant_id == session.tenant, CaseParty.id.in_(ids["party"] | ids[A_GUEST])
        )
    ).all()
    signers = {f"{THE_SIGNER}:{side.value}": words for side, words in SIDE_WORDS.items()}
    named = {f"person:{p.id}": p.name for p in people}
    for kind in ("party", A_GUEST):
        named |= {f"{kind}:{p.id}": p.name for p in parties}
    return named | signers


def refused_by_person(session: ScopedSession, person_id: uuid.UUID) -> set[Topic]:
    """The topics that a person does not want e-mail about. The session is identity's."""
    rows = session.scalars(
        sa.select(PersonNoticeRefusal.topic).where(PersonNoticeRefusal.person_id == person_id)
    )
    return {Topic(topic) for topic in rows}


def family_names(session: ScopedSession, case_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """Those of the family: their ids and names."""
    rows = session.execute(
        sa.select(CaseParty.id, CaseParty.name)
        .where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            CaseParty.side == Side.FAMILY.value,
        )
        .order_by(CaseParty.id)
    )
    return [(row.id, row.name) for row in rows]


def refused_by_party(session: ScopedSession, party_id: uuid.UUID) -> set[Topic]:
    """The topics that somebody of the family does not want e-mail about."""
    rows = session.scalars(
        sa.select(PartyNoticeRefusal.topic).where(
            PartyNoticeRefusal.tenant_id == session.tenant,
            PartyNoticeRefusal.party_id == party_id,
        )
    )
    return {Topic(topic) for topic in rows}


def messages_on_case_page(session: ScopedSession, case_id: uuid.UUID) -> dict[str, object]:
    return {
        "messages": messages_of_case(session, case_id),
        "undelivered": undelivered_of_case(session, case_id),
    }
