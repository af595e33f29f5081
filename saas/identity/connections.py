"""Signing in by the account that people have at work: which identity provider speaks for whom.

A connection belongs to an authority, or to the provider. It speaks for the addresses of the
domains that are bound to the same place, and for nobody else.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import InstrumentedAttribute, Mapped, mapped_column

from saas.database.base import WRITE_AND_DELETE, Base, Wall, new_id
from saas.database.scope import LoginRole, ScopedSession
from saas.identity.models import Person
from saas.identity.sealing import seal_of
from saas.identity.sessions import WebSession

DOMAIN_SHAPE = "^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$"
# Anybody has an address there: no authority can speak for them.
OPEN_TO_ALL = frozenset(
    {
        *("gmail.com", "googlemail.com", "outlook.com", "hotmail.com", "hotmail.co.uk"),
        *("live.com", "live.co.uk", "msn.com", "yahoo.com", "yahoo.co.uk", "ymail.com"),
        *("icloud.com", "me.com", "mac.com", "aol.com", "btinternet.com", "sky.com"),
        *("proton.me", "protonmail.com", "virginmedia.com", "talktalk.net"),
    }
)


class Kind(StrEnum):
    """Whose service it is; each says differently who somebody is."""

    MICROSOFT = "microsoft"
    GOOGLE = "google"
    OTHER = "other"


_KINDS = ", ".join(f"'{kind}'" for kind in Kind)


class IdentityConnection(Base):
    """How one authority's people sign in by its own OpenID provider."""

    __tablename__ = "identity_connection"
    __table_args__ = (
        sa.UniqueConstraint("authority_id", postgresql_nulls_not_distinct=True),
        sa.CheckConstraint(f"kind IN ({_KINDS})", name="kind_is_known"),
        sa.CheckConstraint("NOT is_on OR client_secret IS NOT NULL", name="on_with_a_secret"),
    )
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    # None: the provider's own people.
    authority_id: Mapped[uuid.UUID | None]
    kind: Mapped[str]
    # As the provider spells it in its tokens, to the last sign.
    issuer: Mapped[str]
    client_id: Mapped[str]
    # Sealed; None until it is entered.
    client_secret: Mapped[bytes | None]
    is_on: Mapped[bool]
    # Whether passwords open this place no more, but for those who run the team.
    must_use: Mapped[bool]
    # Whether their sign-in asks everybody for a second proof, also where its tokens do not say so.
    asks_second: Mapped[bool]
    changed_at: Mapped[dt.datetime]


class EmailDomain(Base):
    """A domain of e-mail addresses, and the one place that may speak for it."""

    __tablename__ = "email_domain"
    __table_args__ = (
        sa.CheckConstraint(f"domain ~ '{DOMAIN_SHAPE}'", name="domain_is_plain"),
        sa.Index("ix_email_domain_authority_id", "authority_id"),
    )
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    domain: Mapped[str] = mapped_column(primary_key=True)
    authority_id: Mapped[uuid.UUID | None]
    bound_at: Mapped[dt.datetime]


class ExternalIdentity(Base):
    """Who somebody is to an identity provider: by a name that is never given to another."""

    __tablename__ = "external_identity"
    __table_args__ = (
        sa.UniqueConstraint("issuer", "subject"),
        sa.UniqueConstraint("person_id", "issuer"),
    )
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    issuer: Mapped[str]
    subject: Mapped[str]
    linked_at: Mapped[dt.datetime]
    used_at: Mapped[dt.datetime]


class ConnectionRefused(Exception):
    """It cannot be so; `field` is where, and the text says what would be right."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field, self.message = field, message


@dataclass(frozen=True)
class NewConnection:
    """What is entered of a connection.

    Args:
        client_secret: '' keeps the one that is there.
    """

    kind: Kind
    issuer: str
    client_id: str
    client_secret: str
    must_use: bool
    asks_second: bool


def domain_of(email: str) -> str:
    return email.strip().lower().rpartition("@")[2]


def connection_of(
    session: ScopedSession, authority_id: uuid.UUID | None
) -> IdentityConnection | None:
    """The connection of an authority, or with None of the provider."""
    whose = IdentityConnection.authority_id.is_not_distinct_from(authority_id)
    return session.scalar(sa.select(IdentityConnection).where(whose))


def connection_for(session: ScopedSession, email: str) -> IdentityConnection | None:
    """The connection by which people with such an address sign in. The domain alone decides:
    whether anybody has the address is not asked."""
    same_place = IdentityConnection.authority_id.is_not_distinct_from(EmailDomain.authority_id)
    return session.scalar(
        sa.select(IdentityConnection)
        .join(EmailDomain, same_place)
        .where(EmailDomain.domain == domain_of(email), IdentityConnection.is_on)
    )


def is_any_on(session: ScopedSession) -> bool:
    return bool(session.scalar(sa.select(sa.exists().where(IdentityConnection.is_on))))


def domains_of(session: ScopedSession, authority_id: uuid.UUID | None) -> list[str]:
    whose = EmailDomain.authority_id.is_not_distinct_from(authority_id)
    return list(
        session.scalars(sa.select(EmailDomain.domain).where(whose).order_by(EmailDomain.domain))
    )


def bind_domains(
    session: ScopedSession,
    authority_id: uuid.UUID | None,
    domains: Collection[str],
    *,
    at: dt.datetime,
) -> None:
    """Have a place speak for just these domains; who signed in by its connection signs in anew.

    Raises:
        ConnectionRefused: anybody has an address there, or another place speaks for one, or none
            is left for a connection that is on.
    """
    for domain in domains:
        if domain in OPEN_TO_ALL:
            raise ConnectionRefused("domains", f"Anybody can have an address at {domain}")
    rows = session.execute(
        sa.select(EmailDomain.domain, EmailDomain.authority_id)
        .where(EmailDomain.domain.in_(domains))
        .with_for_update()
    )
    for domain, whose in rows:
        if whose != authority_id:
            raise ConnectionRefused("domains", f"{domain} is bound to somebody else already")
    connection = connection_of(session, authority_id)
    if connection is not None and connection.is_on and not domains:
        raise ConnectionRefused("domains", "Switch the connection off before the last domain goes")
    known = set(domains_of(session, authority_id))
    session.execute(
        sa.delete(EmailDomain).where(
            EmailDomain.authority_id.is_not_distinct_from(authority_id),
            EmailDomain.domain.not_in(domains),
        )
    )
    _bind(session, authority_id, sorted(set(domains) - known), at)
    if connection is not None and known != set(domains):
        end_sessions_by(session, connection.id, at=at)


def _bind(
    session: ScopedSession, authority_id: uuid.UUID | None, domains: list[str], at: dt.datetime
) -> None:
    """Bind what nobody has. Of two who bind one domain at once the later waits for the first, and
    then finds it bound; in the order of their names, so that neither waits for the other."""
    for domain in domains:
        session.execute(
            insert(EmailDomain)
            .values(domain=domain, authority_id=authority_id, bound_at=at)
            .on_conflict_do_nothing(index_elements=["domain"])
        )
    taken = session.scalar(
        sa.select(EmailDomain.domain)
        .where(
            EmailDomain.domain.in_(domains),
            EmailDomain.authority_id.is_distinct_from(authority_id),
        )
        .order_by(EmailDomain.domain)
        .limit(1)
    )
    if taken is not None:
        raise ConnectionRefused("domains", f"{taken} has just been bound to somebody else")


def save_connection(
    session: ScopedSession,
    authority_id: uuid.UUID | None,
    entered: NewConnection,
    *,
    at: dt.datetime,
    secret: str,
) -> IdentityConnection:
    """Keep what was entered. Where another service is asked from now on, or by another name, who
    signed in by the one before signs in anew; of another service nobody is known yet.

    Raises:
        ConnectionRefused: the secret of another registration is not this one's, or somebody else
            entered a connection in the same moment.
    """
    connection = connection_of(session, authority_id)
    if connection is None:
        connection = IdentityConnection(
            authority_id=authority_id, kind="", issuer="", client_id="", client_secret=None,
            is_on=False, must_use=False, asks_second=False, changed_at=at,
        )  # fmt: skip
        session.add(connection)
    now_is = (entered.kind.value, entered.issuer, entered.client_id)
    is_another = (connection.kind, connection.issuer, connection.client_id) != now_is
    if is_another and connection.client_secret is not None and not entered.client_secret:
        raise ConnectionRefused("client_secret", "Enter the secret of this registration, too")
    if connection.issuer and (connection.kind, connection.issuer) != now_is[:2]:
        _forget_people(session, connection)
    connection.kind, connection.issuer, connection.client_id = now_is
    connection.must_use, connection.asks_second = entered.must_use, entered.asks_second
    connection.changed_at = at
    if entered.client_secret:
        connection.client_secret = _seal(secret).encrypt(entered.client_secret.encode())
    try:
        session.flush()
    except IntegrityError:
        raise ConnectionRefused(
            "issuer", "Somebody else has just entered a connection here: look at it first"
        ) from None
    if is_another:
        end_sessions_by(session, connection.id, at=at)
    return connection


def switch(
    session: ScopedSession, connection: IdentityConnection, *, on: bool, at: dt.datetime
) -> None:
    """Switch a connection on or off; who signed in by it is signed out when it goes off.

    Raises:
        ConnectionRefused: something is missing that it needs.
    """
    if on and connection.client_secret is None:
        raise ConnectionRefused("client_secret", "Enter the client secret first")
    if on and not domains_of(session, connection.authority_id):
        raise ConnectionRefused("domains", "No e-mail domain is bound yet: the provider does that")
    connection.is_on, connection.changed_at = on, at
    session.flush()
    if not on:
        end_sessions_by(session, connection.id, at=at)


def remove_connection(
    session: ScopedSession, connection: IdentityConnection, *, at: dt.datetime
) -> None:
    """Forget a connection, and who its people are to it. The domains stay bound."""
    end_sessions_by(session, connection.id, at=at)
    _forget_people(session, connection)
    session.delete(connection)
    session.flush()


def _forget_people(session: ScopedSession, connection: IdentityConnection) -> None:
    """Whom its service knows is learnt anew."""
    theirs = sa.select(Person.id).where(
        sa.func.substring(Person.email, "[^@]*$").in_(domains_of(session, connection.authority_id))
    )
    session.execute(
        sa.delete(ExternalIdentity).where(
            ExternalIdentity.issuer == connection.issuer, ExternalIdentity.person_id.in_(theirs)
        )
    )


def secret_of(connection: IdentityConnection, *, secret: str) -> str:
    """The client secret; '' where none is kept, or none that can be read any more."""
    if connection.client_secret is None:
        return ""
    try:
        return _seal(secret).decrypt(connection.client_secret).decode()
    except InvalidToken:
        return ""


def end_sessions_by(session: ScopedSession, connection_id: uuid.UUID, *, at: dt.datetime) -> None:
    session.execute(
        sa.update(WebSession)
        .where(WebSession.connection_id == connection_id, WebSession.ended_at.is_(None))
        .values(ended_at=at)
    )


def forget_identities(session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime) -> None:
    """Who the person is to identity providers is learnt anew when they sign in next; their
    sessions by one end."""
    session.execute(sa.delete(ExternalIdentity).where(ExternalIdentity.person_id == person_id))
    session.execute(
        sa.update(WebSession)
        .where(
            WebSession.person_id == person_id,
            WebSession.connection_id.is_not(None),
            WebSession.ended_at.is_(None),
        )
        .values(ended_at=at)
    )


def _seal(secret: str) -> Fernet:
    return seal_of(secret, b"sign-in service")


def how_places_sign_in(
    session: ScopedSession, places: Collection[uuid.UUID | None]
) -> tuple[dict[uuid.UUID | None, bool], dict[uuid.UUID | None, list[str]]]:
    """Of each of these places that has one, whether its connection is on; and its domains.

    Args:
        places: authorities; None is the provider itself.
    """
    theirs = [place for place in places if place is not None]

    def of_these(column: InstrumentedAttribute[uuid.UUID | None]) -> sa.ColumnElement[bool]:
        return sa.or_(column.in_(theirs), column.is_(None) if None in places else sa.false())

    rows = session.execute(
        sa.select(IdentityConnection.authority_id, IdentityConnection.is_on).where(
            of_these(IdentityConnection.authority_id)
        )
    )
    bound: dict[uuid.UUID | None, list[str]] = {}
    for whose, domain in session.execute(
        sa.select(EmailDomain.authority_id, EmailDomain.domain)
        .where(of_these(EmailDomain.authority_id))
        .order_by(EmailDomain.domain)
    ):
        bound.setdefault(whose, []).append(domain)
    return {row.authority_id: row.is_on for row in rows}, bound
