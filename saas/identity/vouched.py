"""Whom an identity provider vouches for, and whether that lets them in.

Nobody is made by signing in: whoever was not invited is refused. The first time a person is found
by their address; from then on by the name that their provider gives to nobody else, and another
such name with the same address is refused.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity.actions import fold_email
from saas.identity.connections import (
    ExternalIdentity,
    IdentityConnection,
    domain_of,
    domains_of,
)
from saas.identity.models import Person
from saas.identity.opened import opens_a_place
from saas.identity.signed_in import Way


@dataclass(frozen=True)
class Vouched:
    """What a provider said of somebody, in a token that was checked.

    Args:
        email: an address that it vouches for; '' where it vouches for none.
        hosted: the domain whose account it is, where the provider must say so; None otherwise.
        second_proof: whether it says that it asked for a second proof.
        at: when the person last proved who they are; None where it does not say.
    """

    subject: str
    email: str
    hosted: str | None
    second_proof: bool
    at: dt.datetime | None


class VouchRefused(Exception):
    """It lets nobody in. `why` is for the trail, the text is for the person."""

    def __init__(self, why: str, words: str, person_id: uuid.UUID | None = None) -> None:
        super().__init__(words)
        self.why, self.words, self.person_id = why, words, person_id


def way_by(connection: IdentityConnection) -> Way:
    return Way(connection.id, connection.authority_id)


def let_in(
    session: ScopedSession, connection: IdentityConnection, vouched: Vouched, *, at: dt.datetime
) -> uuid.UUID:
    """The id of the person who is vouched for; who they are to the provider is kept.

    Raises:
        VouchRefused: nobody is let in.
    """
    domains = domains_of(session, connection.authority_id)
    if vouched.hosted is not None and vouched.hosted not in domains:
        raise VouchRefused(
            "not hosted", "That is a private account, and not one of your organisation's"
        )
    known = session.scalar(
        sa.select(ExternalIdentity)
        .where(
            ExternalIdentity.issuer == connection.issuer,
            ExternalIdentity.subject == vouched.subject,
        )
        .with_for_update()
    )
    if known is not None:
        person = session.get(Person, known.person_id, with_for_update=True)
        known.used_at = at
    else:
        person = _by_address(session, connection, vouched, domains, at=at)
    if person is None:
        raise VouchRefused(
            "not invited",
            "Nobody has invited you to this service. Ask the manager of your team to do so",
        )
    if not person.active:
        raise VouchRefused(
            "suspended", "Your account here is suspended. Ask the manager of your team", person.id
        )
    if domain_of(person.email) not in domains:
        raise VouchRefused(
            "another domain",
            "Your address here is not one that this sign-in speaks for. Sign in by your password",
            person.id,
        )
    if not opens_a_place(session, person.id, way_by(connection)):
        raise VouchRefused(
            "no place",
            "You have no place in this team, or none any more. Ask its manager",
            person.id,
        )
    person.last_signed_in_at = at
    session.flush()
    return person.id


def is_theirs(
    session: ScopedSession, connection: IdentityConnection, vouched: Vouched, person_id: uuid.UUID
) -> bool:
    """Whether the provider vouches for just this person, whom it knows already."""
    return bool(
        session.scalar(
            sa.select(
                sa.exists().where(
                    ExternalIdentity.person_id == person_id,
                    ExternalIdentity.issuer == connection.issuer,
                    ExternalIdentity.subject == vouched.subject,
                )
            )
        )
    )


def _by_address(
    session: ScopedSession,
    connection: IdentityConnection,
    vouched: Vouched,
    domains: list[str],
    *,
    at: dt.datetime,
) -> Person | None:
    """The person with the address, who is known by the provider's name for them from now on."""
    if not vouched.email:
        raise VouchRefused(
            "address not verified",
            "Your organisation's sign-in does not confirm your e-mail address, so we cannot tell "
            "who you are. Ask those who look after it",
        )
    if domain_of(vouched.email) not in domains:
        raise VouchRefused(
            "another domain", "Your e-mail address is not one that this sign-in speaks for"
        )
    person = session.scalar(
        sa.select(Person).where(Person.email == fold_email(vouched.email)).with_for_update()
    )
    if person is None:
        return None
    # Asked once the person is locked: two who come at once may be one.
    before = session.scalar(
        sa.select(ExternalIdentity.subject).where(
            ExternalIdentity.person_id == person.id, ExternalIdentity.issuer == connection.issuer
        )
    )
    if before == vouched.subject:
        return person
    if before is not None:
        raise VouchRefused(
            "another subject",
            "You signed in by another account before. If yours was made anew, ask the manager of "
            "your team to let you begin anew",
            person.id,
        )
    if person.active and opens_a_place(session, person.id, way_by(connection)):
        session.add(
            ExternalIdentity(
                person_id=person.id, issuer=connection.issuer, subject=vouched.subject,
                linked_at=at, used_at=at,
            )
        )  # fmt: skip
        session.flush()
    return person
