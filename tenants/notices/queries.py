"""What was sent about a case, and who wants to hear of what."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import OF, TENANT, Asked, Question
from saas.identity.models import Person
from saas.messages.models import Channel, Message, MessageState
from saas.messages.outbox import messages_about
from tenants.casework.kinds import SIDE_WORDS, Side
from tenants.casework.models import CaseParty
from tenants.notices.models import PartyNoticeRefusal, PersonNoticeRefusal
from tenants.notices.recipients import A_GUEST, THE_SIGNER
from tenants.notices.telling import PartyTelling, Told, as_told
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
OF_A_FAMILY = ("party", A_GUEST)
SIGNERS = {f"{THE_SIGNER}:{side.value}": words for side, words in SIDE_WORDS.items()}


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
    return _listed(session, messages_about(session.tenant, case_id, most=most))


def undelivered_of_case(session: ScopedSession, case_id: uuid.UUID) -> list[SentMessage]:
    """What did not arrive and nobody has dealt with: a task for whoever looks after the case."""
    return _listed(session, undelivered(session.tenant, case_id))


def _listed(session: ScopedSession, ids: sa.Select[uuid.UUID]) -> list[SentMessage]:
    return [
        _sent(row)
        for row in session.execute(
            _shown(session.tenant).where(Message.id.in_(ids.subquery().select()))
        )
    ]


def _shown(tenant: Any) -> Question:
    """What a page shows of a message, the newest first, with the name behind its recipient."""
    kind = sa.func.split_part(Message.recipient, ":", 1)
    id = sa.cast(sa.func.split_part(Message.recipient, ":", 2), sa.Uuid)
    return (
        sa.select(
            Message.id,
            Message.recipient,
            Message.heading,
            Message.sent_at,
            Message.created_at,
            Message.address,
            Message.state,
            Message.answer,
            Message.with_personal_link,
            Message.dealt_with_at,
            Message.dealt_with_by_name,
            Message.channel,
            Message.tried,
            sa.func.coalesce(Person.name, CaseParty.name).label("name"),
        )
        .outerjoin(Person, Person.id == sa.case((kind == "person", id)))
        .outerjoin(
            CaseParty,
            sa.and_(
                CaseParty.tenant_id == Message.tenant_id,
                CaseParty.id == sa.case((kind.in_(OF_A_FAMILY), id)),
            ),
        )
        .where(Message.tenant_id == tenant)
        .order_by(Message.created_at.desc(), Message.id.desc())
    )


def _sent(row: Any) -> SentMessage:
    kind, _, id = row.recipient.partition(":")
    return SentMessage(
        id=row.id,
        party_id=uuid.UUID(id) if kind in OF_A_FAMILY else None,
        heading=row.heading,
        written_at=row.sent_at or row.created_at,
        to=row.name or SIGNERS.get(row.recipient, "The mediation service"),
        address=row.address,
        state=row.state,
        state_words=STATE_WORDS[MessageState(row.state)][0],
        tone=STATE_WORDS[MessageState(row.state)][1],
        answer=row.answer or "",
        with_personal_link=row.with_personal_link,
        dealt_with_at=row.dealt_with_at,
        dealt_with_by=row.dealt_with_by_name or "",
        channel=CHANNEL_WORDS[Channel(row.channel)],
        tried=row.tried,
    )


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
        .where(_of_family(session, case_id))
        .order_by(CaseParty.id)
    )
    return [(row.id, row.name) for row in rows]


@dataclass(frozen=True)
class ToldOfFamily:
    """Who of a family is told how, and the topics that they do not want e-mail about."""

    id: uuid.UUID
    name: str
    told: Told
    refused: frozenset[Topic]


def family_told(session: ScopedSession, case_id: uuid.UUID) -> list[ToldOfFamily]:
    """Those of the family, and how each is told of what."""
    refused = (
        sa.select(sa.func.array_agg(PartyNoticeRefusal.topic))
        .where(
            PartyNoticeRefusal.tenant_id == CaseParty.tenant_id,
            PartyNoticeRefusal.party_id == CaseParty.id,
        )
        .scalar_subquery()
    )
    rows = session.execute(
        sa.select(CaseParty.id, CaseParty.name, PartyTelling, refused.label("refused"))
        .outerjoin(
            PartyTelling,
            sa.and_(
                PartyTelling.tenant_id == CaseParty.tenant_id,
                PartyTelling.party_id == CaseParty.id,
            ),
        )
        .where(_of_family(session, case_id))
        .order_by(CaseParty.id)
    )
    return [
        ToldOfFamily(row.id, row.name, as_told(row.PartyTelling), frozenset(row.refused or ()))
        for row in rows
    ]


def _of_family(session: ScopedSession, case_id: uuid.UUID) -> sa.ColumnElement[bool]:
    return sa.and_(
        CaseParty.tenant_id == session.tenant,
        CaseParty.case_id == case_id,
        CaseParty.side == Side.FAMILY.value,
    )


def refused_by_party(session: ScopedSession, party_id: uuid.UUID) -> set[Topic]:
    """The topics that somebody of the family does not want e-mail about."""
    rows = session.scalars(
        sa.select(PartyNoticeRefusal.topic).where(
            PartyNoticeRefusal.tenant_id == session.tenant,
            PartyNoticeRefusal.party_id == party_id,
        )
    )
    return {Topic(topic) for topic in rows}


def _of_both_kinds() -> Question:
    newest = Message.id.in_(messages_about(TENANT, OF, most=ON_CASE_PAGE).subquery().select())
    failed = Message.id.in_(undelivered(TENANT, OF).subquery().select())
    return (
        _shown(TENANT)
        .add_columns(newest.label("is_new"), failed.label("has_failed"))
        .where(sa.or_(newest, failed))
    )


messages_on_case_page = Asked(
    _of_both_kinds(),
    lambda _, rows: {
        "messages": [_sent(row) for row in rows if row.is_new],
        "undelivered": [_sent(row) for row in rows if row.has_failed],
    },
)
