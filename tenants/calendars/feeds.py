"""Making, ending and finding the address of a person's calendar."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from saas.audit.models import PlatformAuditEntry
from saas.database.scope import ScopedSession
from saas.identity.personal_link import new_token, token_hash
from saas.identity.queries import FoundPerson, find_active_person
from tenants.calendars.models import CalendarFeed


def _say(session: ScopedSession, person_id: uuid.UUID, action: str, at: dt.datetime) -> None:
    session.add(PlatformAuditEntry(at=at, person_id=person_id, action=action, detail={}))


def make_feed(session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime) -> str:
    """A new address in the place of the one there was. Returns its key, which is shown once."""
    token = new_token()
    session.execute(sa.delete(CalendarFeed).where(CalendarFeed.person_id == person_id))
    session.add(CalendarFeed(person_id=person_id, token_hash=token_hash(token), made_at=at))
    _say(session, person_id, "calendar address made", at)
    return token


def end_feed(session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime) -> bool:
    """End the person's address. Returns whether there was one."""
    ended = session.scalar(
        sa.delete(CalendarFeed)
        .where(CalendarFeed.person_id == person_id)
        .returning(CalendarFeed.person_id)
    )
    if ended is not None:
        _say(session, person_id, "calendar address ended", at)
    return ended is not None


def feed_of(session: ScopedSession, person_id: uuid.UUID) -> CalendarFeed | None:
    return session.get(CalendarFeed, person_id)


def owner_of(session: ScopedSession, token: str, *, at: dt.datetime) -> FoundPerson | None:
    """Whose address it is, if they may still sign in; notes that it was used."""
    person_id = session.scalar(
        sa.update(CalendarFeed)
        .where(CalendarFeed.token_hash == token_hash(token))
        .values(last_used_at=at)
        .returning(CalendarFeed.person_id)
    )
    return find_active_person(session, person_id) if person_id is not None else None
