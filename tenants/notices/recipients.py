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
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty, SenCase
from tenants.notices.models import CaseNotice, PartyNoticeRefusal, PersonNoticeRefusal
from tenants.notices.topics import EVENTS, PERSONAL_LINK, SIGNING_LINK, Reader, readers

# Those who work on cases. Finance reads none.
CASE_ROLES = (AuthorityRole.OFFICER.value, AuthorityRole.MANAGER.value)
THE_PROVIDER = "provider"
THE_SIGNER = "signer"


@dataclass(frozen=True)
class Recipient:
    """One person to tell, or the provider's own mailbox where nobody has the case."""

    key: str
    reader: Reader
    address: str


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
    found: list[Recipient] = []
    if Reader.FAMILY in told:
        found += _family(session, notice)
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
    rows = session.execute(
        sa.select(CaseParty.id, CaseParty.email)
        .where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == notice.case_id,
            CaseParty.side == Side.FAMILY.value,
            CaseParty.email.is_not(None),
            CaseParty.id.not_in(_refused(session, notice)),
        )
        .order_by(CaseParty.id)
    )
    addresses: set[str] = set()
    for row in rows:
        if row.email and row.email.lower() not in addresses:
            addresses.add(row.email.lower())
            yield Recipient(f"party:{row.id}", Reader.FAMILY, row.email)


def _one_of_family(
    session: ScopedSession, notice: CaseNotice, party_id: uuid.UUID
) -> Iterator[Recipient]:
    found = sa.select(CaseParty.email).where(
        CaseParty.tenant_id == session.tenant,
        CaseParty.case_id == notice.case_id,
        CaseParty.id == party_id,
        CaseParty.side == Side.FAMILY.value,
    )
    if notice.event != PERSONAL_LINK:
        # A link was asked for, by them or for them: no choice of topics holds it back.
        found = found.where(CaseParty.id.not_in(_refused(session, notice)))
    email = session.scalar(found)
    if email:
        yield Recipient(f"party:{party_id}", Reader.FAMILY, email)


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
