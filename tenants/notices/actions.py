"""Keep who wants to be told of what."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from tenants.notices.models import PartyNoticeRefusal, PersonNoticeRefusal
from tenants.notices.topics import Topic


def choose_for_person(
    session: ScopedSession, person_id: uuid.UUID, *, wanted: Iterable[Topic]
) -> None:
    """Keep which topics a person wants e-mail about. The session is identity's."""
    session.execute(
        sa.delete(PersonNoticeRefusal).where(PersonNoticeRefusal.person_id == person_id)
    )
    refused = set(Topic) - set(wanted)
    session.add_all(
        PersonNoticeRefusal(person_id=person_id, topic=topic.value) for topic in sorted(refused)
    )
    session.flush()


def choose_for_party(
    session: ScopedSession,
    case_id: uuid.UUID,
    party_id: uuid.UUID,
    *,
    wanted: Iterable[Topic],
    at: dt.datetime,
) -> None:
    """Keep which topics somebody of the family wants e-mail about, as they told the provider."""
    session.execute(
        sa.delete(PartyNoticeRefusal).where(
            PartyNoticeRefusal.tenant_id == session.tenant,
            PartyNoticeRefusal.party_id == party_id,
        )
    )
    refused = set(Topic) - set(wanted)
    session.add_all(
        PartyNoticeRefusal(tenant_id=session.tenant, party_id=party_id, topic=topic.value)
        for topic in sorted(refused)
    )
    audit(session, "notices chosen", subject_kind="case", subject_id=case_id, at=at)
    session.flush()
