"""Who is told of an event, and where. Only the worker asks; it can read no name."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity.models import Membership, Person
from saas.identity.permissions import AuthorityRole
from saas.messages.models import Channel
from saas.messages.outbox import Way
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty, SenCase
from tenants.notices.models import CaseNotice, PartyNoticeRefusal, PersonNoticeRefusal
from tenants.notices.telling import ways_of_parties
from tenants.notices.topics import EVENTS, PERSONAL_LINK, SIGNING_LINK, Reader, readers

# Those who work on cases. Finance reads none.
CASE_ROLES = (AuthorityRole.OFFICER.value, AuthorityRole.MANAGER.value)
THE_PROVIDER = "provider"
THE_SIGNER = "signer"
A_GUEST = "guest"


@dataclass(frozen=True)
class Recipient:
    """One person to tell, or the provider's own mailbox where nobody has the case."""

    key: str
    reader: Reader
    address: str
    channel: Channel = Channel.EMAIL


def concerned(
    session: ScopedSession, notice: CaseNotice, *, provider_address: str
) -> list[Recipient]:
    """Those to tell: of the sides that may know, whoever has an address and did not refuse the
    topic; never the one who did it."""
    case = session.execute(
        sa.select(SenCase.coordinator_id, SenCase.mediator_id).where(
            SenCase.tenant_id == session.tenant, SenCase.id == notice.case_id
        )
    ).one()
    if notice.event == SIGNING_LINK:
        # Somebody from outside: the address was given with the wish, for this one e-mail.
        key = f"{THE_SIGNER}:{notice.detail['side']}"
        return [Recipient(key, Reader.SIGNER, notice.detail["email"])]
    told = readers(notice.event, notice.audience)
    if "party_id" in notice.detail:
        return list(_one_of_family(session, notice, uuid.UUID(notice.detail["party_id"])))
    if "person_id" in notice.detail:
        who = Person.id == uuid.UUID(notice.detail["person_id"])
        return list(_people(session, notice, Reader.PROVIDER, who))
    found: list[Recipient] = []
    if Reader.FAMILY in told:
        found += _family(session, notice)
    if Reader.PARTICIPANT in told:
        found += _guests(session, notice)
    if Reader.AUTHORITY in told:
        team = sa.select(Membership.person_id).where(
            Membership.tenant_id == session.tenant,
            Membership.role.in_(CASE_ROLES),
            Membership.suspended_at.is_(None),
        )
        found += _people(session, notice, Reader.AUTHORITY, Person.id.in_(team))
    if Reader.PROVIDER in told:
        found += _provider(session, notice, case, provider_address)
    return found


def _refused(session: ScopedSession, notice: CaseNotice) -> sa.Select[uuid.UUID]:
    """Who of the families wants no e-mail about what the notice is of."""
    topic = EVENTS[notice.event].topic.value
    return sa.select(PartyNoticeRefusal.party_id).where(
        PartyNoticeRefusal.tenant_id == session.tenant, PartyNoticeRefusal.topic == topic
    )


def _family(session: ScopedSession, notice: CaseNotice) -> Iterator[Recipient]:
    found = ways_of_parties(
        session,
        CaseParty.case_id == notice.case_id,
        CaseParty.id.not_in(_refused(session, notice)),
    )
    addresses: set[str] = set()
    for party_id, ways in found:
        if ways and ways[0].address.lower() not in addresses:
            addresses.add(ways[0].address.lower())
            yield _told(party_id, ways[0])


def _told(party_id: uuid.UUID, way: Way) -> Recipient:
    return Recipient(f"party:{party_id}", Reader.FAMILY, way.address, way.channel)


def _guests(session: ScopedSession, notice: CaseNotice) -> Iterator[Recipient]:
    """Who is recorded in the case for neither side and can be written to: a school, health."""
    rows = session.execute(
        sa.select(CaseParty.id, CaseParty.email)
        .where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == notice.case_id,
            CaseParty.side.not_in((Side.FAMILY.value, Side.AUTHORITY.value)),
            CaseParty.email.is_not(None),
        )
        .order_by(CaseParty.id)
    )
    for row in rows:
        if row.email:
            yield Recipient(f"{A_GUEST}:{row.id}", Reader.PARTICIPANT, row.email)


def _one_of_family(
    session: ScopedSession, notice: CaseNotice, party_id: uuid.UUID
) -> Iterator[Recipient]:
    which = [CaseParty.case_id == notice.case_id, CaseParty.id == party_id]
    if notice.event != PERSONAL_LINK:
        # A link was asked for, by them or for them: no choice of topics holds it back.
        which.append(CaseParty.id.not_in(_refused(session, notice)))
    for _, ways in ways_of_parties(session, *which):
        # A link that was asked for at an e-mail address goes there, if mail is safe.
        asked = notice.event == PERSONAL_LINK
        first = next((w for w in ways if asked and w.channel is Channel.EMAIL), None)
        chosen = first or next(iter(ways), None)
        if chosen is not None:
            yield _told(party_id, chosen)


def _people(
    session: ScopedSession, notice: CaseNotice, reader: Reader, who: sa.ColumnElement[bool]
) -> Iterator[Recipient]:
    topic = EVENTS[notice.event].topic.value
    refused = sa.select(PersonNoticeRefusal.person_id).where(PersonNoticeRefusal.topic == topic)
    rows = session.execute(
        sa.select(Person.id, Person.email)
        .where(who, Person.active, Person.id.not_in(refused))
        .order_by(Person.id)
    )
    for row in rows:
        if row.id != notice.caused_by:
            yield Recipient(f"person:{row.id}", reader, row.email)


def _provider(
    session: ScopedSession,
    notice: CaseNotice,
    case: sa.Row[*tuple[Any, ...]],
    provider_address: str,
) -> Iterator[Recipient]:
    appointed: set[uuid.UUID] = {id for id in (case.coordinator_id, case.mediator_id) if id}
    if not appointed:
        yield Recipient(THE_PROVIDER, Reader.PROVIDER, provider_address)
        return
    yield from _people(session, notice, Reader.PROVIDER, Person.id.in_(appointed))
