"""Signing in, and making the people who can."""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
import uuid

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity import passwords
from saas.identity.models import Membership, Person, ProviderStaff, SignInAttempt
from saas.identity.permissions import AuthorityRole, ProviderRole

FAILURES_ALLOWED = 8
FAILURE_WINDOW = dt.timedelta(minutes=15)
ATTEMPTS_KEPT = dt.timedelta(days=1)


class SignInRefusedError(Exception):
    """The address or the password is wrong, or the person may no longer sign in."""


class TooManyAttemptsError(SignInRefusedError):
    """Guessing is slowed down, whoever guesses."""


def fold_email(email: str) -> str:
    return email.strip().lower()


def email_key(email: str, secret: str) -> str:
    """What is kept of an address that somebody typed: a keyed hash, which names nobody."""
    return hmac.new(secret.encode(), fold_email(email).encode(), hashlib.sha256).hexdigest()


def sign_in(
    session: ScopedSession, *, email: str, password: str, at: dt.datetime, secret: str
) -> uuid.UUID:
    """The id of the person whose address and password these are.

    The attempt is recorded either way: the caller commits also when this raises.

    Raises:
        TooManyAttemptsError: FAILURES_ALLOWED failures for this address within FAILURE_WINDOW.
        SignInRefusedError: without saying whether the address or the password was wrong.
    """
    key = email_key(email, secret)
    failures = session.scalar(
        sa.select(sa.func.count()).where(
            SignInAttempt.email_key == key,
            SignInAttempt.at > at - FAILURE_WINDOW,
            sa.not_(SignInAttempt.succeeded),
        )
    )
    if failures is not None and failures >= FAILURES_ALLOWED:
        raise TooManyAttemptsError
    person = session.scalar(sa.select(Person).where(Person.email == fold_email(email)))
    known_hash = person.password_hash if person else passwords.nobodys_hash()
    matches = passwords.password_matches(known_hash, password)
    succeeded = person is not None and person.active and matches
    session.add(SignInAttempt(email_key=key, at=at, succeeded=succeeded))
    if person is None or not succeeded:
        raise SignInRefusedError
    person.last_signed_in_at = at
    if passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hash_password(password)
    return person.id


def forget_old_attempts(session: ScopedSession, *, at: dt.datetime) -> int:
    """Delete attempts older than ATTEMPTS_KEPT; how many were deleted."""
    deleted = session.execute(
        sa.delete(SignInAttempt)
        .where(SignInAttempt.at < at - ATTEMPTS_KEPT)
        .returning(SignInAttempt.id)
    )
    return len(deleted.all())


def add_person(
    session: ScopedSession, *, email: str, name: str, password_hash: str, id: uuid.UUID
) -> Person:
    person = Person(id=id, email=fold_email(email), name=name, password_hash=password_hash)
    session.add(person)
    return person


def join_authority(
    session: ScopedSession,
    *,
    person: Person,
    tenant_id: uuid.UUID,
    role: AuthorityRole,
    since: dt.date,
) -> None:
    session.flush()
    session.add(Membership(tenant_id=tenant_id, person_id=person.id, role=role.value, since=since))


def join_provider(session: ScopedSession, *, person: Person, role: ProviderRole) -> None:
    session.flush()
    session.add(ProviderStaff(person_id=person.id, role=role.value))
