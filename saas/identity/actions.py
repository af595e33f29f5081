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
from saas.identity.opened import password_opens
from saas.identity.permissions import AuthorityRole, ProviderRole

FAILURE_WINDOW = dt.timedelta(minutes=15)
ATTEMPTS_KEPT = dt.timedelta(days=1)
# So many failures are free; each further one doubles the wait since the last.
FREE_FROM_ONE_SOURCE = 5
FREE_FROM_ANYWHERE = 30
# Of one source for all addresses: a council's people come from one.
FREE_OF_A_SOURCE = 100
FIRST_WAIT = dt.timedelta(seconds=30)
NOBODY = uuid.UUID(int=0)


class SignInRefusedError(Exception):
    """The address or the password is wrong, or the person may no longer sign in."""


class TooManyAttemptsError(SignInRefusedError):
    """Guessing is slowed down, whoever guesses. `wait` is how long."""

    def __init__(self, wait: dt.timedelta) -> None:
        super().__init__()
        self.wait = wait

    @property
    def minutes(self) -> int:
        return max(1, -(-int(self.wait.total_seconds()) // 60))


def fold_email(email: str) -> str:
    return email.strip().lower()


def email_key(email: str, secret: str) -> str:
    """What is kept of an address that somebody typed: a keyed hash, which names nobody."""
    return hmac.new(secret.encode(), fold_email(email).encode(), hashlib.sha256).hexdigest()


def source_key(source: str, secret: str) -> str:
    """What is kept of where somebody comes from: a keyed hash."""
    return hmac.new(secret.encode(), f"from {source}".encode(), hashlib.sha256).hexdigest()


def sign_in(
    session: ScopedSession,
    *,
    email: str,
    password: str,
    at: dt.datetime,
    secret: str,
    source: str = "",
    known_person: uuid.UUID | None = None,
) -> uuid.UUID:
    """The id of the person whose address and password these are. Where all their places ask them to
    come by their own sign-in, no password is right.

    The attempt is recorded either way: the caller commits also when this raises.

    Args:
        source: the address that the request came from.
        known_person: who signed in by this browser before. Strangers' failures do not keep them
            out: guessing at somebody's password from elsewhere closes nothing for them.

    Raises:
        TooManyAttemptsError: too many failures; each further one doubles the wait.
        SignInRefusedError: without saying whether the address or the password was wrong.
    """
    key, from_there = email_key(email, secret), source_key(source, secret)
    person = session.scalar(sa.select(Person).where(Person.email == fold_email(email)))
    is_known = person is not None and person.id == known_person
    wait = _wait(session, key, from_there, at=at, is_known=is_known)
    if wait > dt.timedelta(0):
        raise TooManyAttemptsError(wait)
    known_hash = person.password_hash if person else passwords.nobodys_hash()
    matches = passwords.password_matches(known_hash, password)
    # Asked of nobody, too, so that no time tells whether the password was right.
    opens = password_opens(session, person.id if person else NOBODY)
    succeeded = person is not None and person.active and matches and opens
    session.add(SignInAttempt(email_key=key, source_key=from_there, at=at, succeeded=succeeded))
    if person is None or not succeeded:
        raise SignInRefusedError
    person.last_signed_in_at = at
    if passwords.is_outdated(person.password_hash):
        person.password_hash = passwords.hash_password(password)
    return person.id


def note_failure(
    session: ScopedSession, email: str, *, source: str, at: dt.datetime, secret: str
) -> None:
    """Count a second proof that was wrong as a password that was."""
    session.add(
        SignInAttempt(
            email_key=email_key(email, secret),
            source_key=source_key(source, secret),
            at=at,
            succeeded=False,
        )
    )


def _wait(
    session: ScopedSession, key: str, source: str, *, at: dt.datetime, is_known: bool
) -> dt.timedelta:
    """How long this address, or this source, has to wait."""
    this_address, this_source = SignInAttempt.email_key == key, SignInAttempt.source_key == source
    limits = [
        (sa.and_(this_address, this_source), FREE_FROM_ONE_SOURCE),
        (this_source, FREE_OF_A_SOURCE),
    ]
    if not is_known:
        limits.append((this_address, FREE_FROM_ANYWHERE))
    waits = [dt.timedelta(0)]
    for which, free in limits:
        failures, last = session.execute(
            sa.select(sa.func.count(), sa.func.max(SignInAttempt.at)).where(
                which, SignInAttempt.at > at - FAILURE_WINDOW, sa.not_(SignInAttempt.succeeded)
            )
        ).one()
        if failures >= free and last is not None:
            doubled = FIRST_WAIT * 2 ** min(failures - free, 10)
            waits.append(last + min(doubled, FAILURE_WINDOW) - at)
    return max(waits)


def check_wait(
    session: ScopedSession,
    email: str,
    *,
    source: str,
    at: dt.datetime,
    secret: str,
    is_known: bool = True,
) -> None:
    """Whether one more try is heard now, of somebody whose password was right.

    Args:
        is_known: they are signed in, or signed in by this browser before; of anybody else the
            failures from everywhere count.

    Raises:
        TooManyAttemptsError: too many failures; each further one doubles the wait.
    """
    key, from_there = email_key(email, secret), source_key(source, secret)
    wait = _wait(session, key, from_there, at=at, is_known=is_known)
    if wait > dt.timedelta(0):
        raise TooManyAttemptsError(wait)


def choose_password(session: ScopedSession, person_id: uuid.UUID, password: str) -> None:
    """Keep a new password; the person's other sessions are for the caller to end.

    Raises:
        saas.identity.passwords.PasswordRefused: it is too short, leaked or easily guessed.
    """
    person = session.get(Person, person_id, with_for_update=True)
    if person is None:
        raise SignInRefusedError
    passwords.check_password(password, (person.name, person.email))
    person.password_hash = passwords.hash_password(password)
    session.flush()


def password_is(session: ScopedSession, person_id: uuid.UUID, password: str) -> bool:
    """Whether this is the person's password."""
    person = session.get(Person, person_id)
    known = person.password_hash if person else passwords.nobodys_hash()
    return passwords.password_matches(known, password)


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
