"""Accounts that nobody uses: their people are told, and then they are suspended."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity import account_links
from saas.identity.models import Person
from saas.identity.team import TeamRefused, known_person, suspend_person

UNUSED_AFTER = dt.timedelta(days=90)
UNUSED_NOTICE = dt.timedelta(days=14)


def suspend_unused(session: ScopedSession, *, at: dt.datetime) -> list[uuid.UUID]:
    """Suspend who has not signed in for UNUSED_AFTER; UNUSED_NOTICE before, tell them.

    The last manager of an authority and the last administrator are told, and stay.

    Returns:
        Whose accounts were suspended.
    """
    used = sa.func.coalesce(Person.last_signed_in_at, Person.created_at)
    due = session.scalars(
        sa.select(Person.id)
        .where(Person.active, used < at - UNUSED_AFTER + UNUSED_NOTICE)
        .order_by(Person.id)
    ).all()
    suspended = []
    for person_id in due:
        person = known_person(session, person_id)
        since = person.last_signed_in_at or person.created_at
        told_at = account_links.told_unused(session, person_id)
        if told_at is None or told_at < since:
            account_links.tell_unused(session, person_id, at=at)
        elif since < at - UNUSED_AFTER and told_at < at - UNUSED_NOTICE:
            try:
                suspend_person(session, person_id, at=at)
            except TeamRefused:
                continue
            suspended.append(person_id)
    return suspended
