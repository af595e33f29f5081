"""Who asks decides the connection: the scope of a transaction, and its seal.

A transaction has a scope: audience, tenant (or none), person. The audience picks the login role;
tenant and person travel in `app.scope`, a token sealed with HMAC-SHA256 that only functions inside
the database open (policies compare `tenant_id` with what they return). Injected SQL can change the
setting, but cannot make a token that opens anything.
"""

from __future__ import annotations

import hashlib
import hmac
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Any

import psycopg
from flask import current_app
from flask_sqlalchemy.session import Session as FlaskSession
from psycopg.errors import error_from_result
from psycopg.pq import ConnStatus, DiagnosticField, ExecStatus
from psycopg.pq.abc import PGresult
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError

if TYPE_CHECKING:
    import sqlalchemy as sa
    from sqlalchemy.orm import Session, SessionTransaction

SEAL_SECONDS = 60


class LoginRole(StrEnum):
    """The roles that the service connects as. Each is granted the least it needs."""

    AUTHORITY = "authority"
    PROVIDER = "provider"
    PROVIDER_READER = "provider_reader"
    FINANCE = "finance"
    FINANCE_READER = "finance_reader"
    FAMILY = "family"
    SIGNER = "signer"
    PUBLIC = "public"
    IDENTITY = "identity"
    PANEL = "panel"
    JOBS = "jobs"
    WORKER = "worker"
    ERASER = "eraser"


READERS = frozenset({LoginRole.PROVIDER_READER, LoginRole.FINANCE_READER})
# What may be read from a replica: every authority side by side, and an authority's statistics.
REPLICATED = READERS | {LoginRole.AUTHORITY}
TENANT_ROLES = frozenset(
    {
        LoginRole.AUTHORITY,
        LoginRole.PROVIDER,
        LoginRole.FINANCE,
        LoginRole.FAMILY,
        LoginRole.SIGNER,
        LoginRole.WORKER,
        LoginRole.ERASER,
    }
)

# Of a statement that writes what is on no page that a replica answers: it keeps nobody from it.
IN_PASSING = {"in_passing": True}

# Their scope names a case or a text in the place of a person.
NOT_SIGNED_IN = frozenset({LoginRole.FAMILY, LoginRole.SIGNER, LoginRole.ERASER})


class ScopeError(RuntimeError):
    """A transaction was begun without a scope, or a session was given a second one."""


@dataclass(frozen=True)
class Scope:
    """Who asks, and for which tenant.

    A tenant is never optional: it is None only for the roles that read all tenants and write
    none (`provider_reader`, `finance_reader`), and for those that see no tenant's rows.

    A family signs in to nothing: it holds the link of one case. For the role `family`, `person`
    is therefore the id of that case, and the policies of its role compare `scope_person()` with
    the case of a row, beside the tenant. Who of the family holds the link travels in the same
    claim, as `party`: what one of them hands in is theirs (`scope_party()`).

    Who signs an agreement for health, a school or somebody else signs in to nothing either, and
    sees less: one text. For the role `signer`, `person` is the id of that agreement and `link`
    that of the signing link. They travel as one claim, so that for this role `scope_person()` is
    nobody; its policies ask `scope_agreement()` and `scope_signing_link()`.
    """

    role: LoginRole
    tenant: uuid.UUID | None
    person: uuid.UUID | None
    link: uuid.UUID | None = None
    party: uuid.UUID | None = None

    def __post_init__(self) -> None:
        if self.role in TENANT_ROLES and self.tenant is None:
            raise ScopeError(f"The role {self.role} works inside one tenant: name it.")
        if self.role is LoginRole.FAMILY and self.person is None:
            raise ScopeError("The role family works inside one case: name it.")
        if self.role is LoginRole.ERASER and self.person is None:
            raise ScopeError("The role eraser works inside one case: name it.")
        signs = self.role is LoginRole.SIGNER
        if signs and (self.person is None or self.link is None):
            raise ScopeError("The role signer works on one agreement by one link: name both.")
        if self.link is not None and not signs:
            raise ScopeError(f"The role {self.role} comes by no signing link.")
        if self.party is not None and self.role is not LoginRole.FAMILY:
            raise ScopeError(f"The role {self.role} is nobody of a family.")
        if self.role not in TENANT_ROLES and self.tenant is not None:
            raise ScopeError(f"The role {self.role} is bound to no tenant.")

    @classmethod
    def authority(cls, tenant: uuid.UUID, person: uuid.UUID | None) -> Scope:
        return cls(LoginRole.AUTHORITY, tenant, person)

    @classmethod
    def provider(cls, tenant: uuid.UUID, person: uuid.UUID | None) -> Scope:
        return cls(LoginRole.PROVIDER, tenant, person)

    @classmethod
    def all_cases(cls, person: uuid.UUID | None) -> Scope:
        return cls(LoginRole.PROVIDER_READER, None, person)

    @classmethod
    def finance(cls, tenant: uuid.UUID, person: uuid.UUID | None) -> Scope:
        return cls(LoginRole.FINANCE, tenant, person)

    @classmethod
    def all_accounts(cls, person: uuid.UUID | None) -> Scope:
        return cls(LoginRole.FINANCE_READER, None, person)

    @classmethod
    def family(cls, tenant: uuid.UUID, case: uuid.UUID, party: uuid.UUID | None = None) -> Scope:
        """One case, as one of its family may see it.

        Args:
            party: who of them; None sees what belongs to none of them alone.
        """
        return cls(LoginRole.FAMILY, tenant, case, party=party)

    @classmethod
    def signer(cls, tenant: uuid.UUID, agreement: uuid.UUID, link: uuid.UUID) -> Scope:
        """One agreement, and the one signature on it that the link is for."""
        return cls(LoginRole.SIGNER, tenant, agreement, link)

    @property
    def acting(self) -> uuid.UUID | None:
        """The person who signed in, for the trail; None when nobody did."""
        return None if self.role in NOT_SIGNED_IN else self.person

    @classmethod
    def eraser(cls, tenant: uuid.UUID, case: uuid.UUID) -> Scope:
        """Background work that erases one case; its rows are all that it reaches."""
        return cls(LoginRole.ERASER, tenant, case)

    @classmethod
    def identity(cls) -> Scope:
        return cls(LoginRole.IDENTITY, None, None)

    @classmethod
    def panel(cls, person: uuid.UUID | None) -> Scope:
        """Keeps what is the provider's own: the register of mediators and facilitators, and what
        the public pages say; reaches no tenant's rows."""
        return cls(LoginRole.PANEL, None, person)

    @classmethod
    def public(cls) -> Scope:
        return cls(LoginRole.PUBLIC, None, None)

    @classmethod
    def jobs(cls) -> Scope:
        """The queue of background work. It reads no tenant's rows but the register."""
        return cls(LoginRole.JOBS, None, None)

    @classmethod
    def worker(cls, tenant: uuid.UUID) -> Scope:
        """Background work inside one tenant: messages, scans. Never names of children."""
        return cls(LoginRole.WORKER, tenant, None)


def seal(scope: Scope, *, key: bytes, login: str, now: float) -> str:
    """The token for `app.scope`: claims and their HMAC-SHA256, in the alphabet [a-z0-9_.].

    Args:
        login: the PostgreSQL role that will present it; it opens nothing for any other.
        now: seconds since the epoch; the token holds for SEAL_SECONDS from then, judged at the
            start of the transaction.
    """
    tenant = "all" if scope.role in READERS else (scope.tenant.hex if scope.tenant else "none")
    person = scope.person.hex if scope.person else "none"
    if scope.link is not None:
        person += scope.link.hex
    if scope.party is not None:
        person += f"p{scope.party.hex}"
    claims = f"{tenant}.{person}.{int(now) + SEAL_SECONDS}.{login}"
    return f"{claims}.{hmac.new(key, claims.encode(), hashlib.sha256).hexdigest()}"


def hmac_pads(key: bytes) -> tuple[bytes, bytes]:
    """The inner and outer pad of HMAC-SHA256 (RFC 2104), as the database keeps them."""
    block = hashlib.sha256(key).digest() if len(key) > 64 else key
    block = block.ljust(64, b"\0")
    return bytes(b ^ 0x36 for b in block), bytes(b ^ 0x5C for b in block)


def replica_bind(role: LoginRole) -> str:
    """The name of a login role's connections to the replica."""
    return f"{role}_replica"


class ScopedSession(FlaskSession):
    """A session of exactly one scope. It picks the login role's connection and seals each
    transaction; without a scope it reaches no database at all."""

    def __init__(self, db: Any, scope: Scope | None = None, **kwargs: Any) -> None:
        super().__init__(db, **kwargs)
        self._scope = scope
        # Whether it asks the replica (see `saas.database.replica`).
        self.on_replica = False

    @property
    def scope(self) -> Scope:
        if self._scope is None:
            raise ScopeError("This session has no scope: open one before asking the database.")
        return self._scope

    @property
    def has_scope(self) -> bool:
        return self._scope is not None

    @property
    def tenant(self) -> uuid.UUID:
        """The tenant this session works in.

        Raises:
            ScopeError: when the scope is bound to none.
        """
        if self.scope.tenant is None:
            raise ScopeError(f"A session of {self.scope.role} is bound to no tenant.")
        return self.scope.tenant

    def open(self, scope: Scope) -> None:
        """Give this session its scope, once."""
        if self._scope is not None and self._scope != scope:
            raise ScopeError("One session, one scope: close this session first.")
        self._scope = scope

    def once_committed(self, act: Callable[[], None]) -> None:
        """Do this when what the session wrote is committed; never, if it is rolled back."""
        self.info.setdefault("once_committed", []).append(act)

    def commit(self) -> None:
        super().commit()
        for act in self.info.pop("once_committed", ()):
            act()

    def rollback(self) -> None:
        self.info.pop("once_committed", None)
        super().rollback()

    def close(self) -> None:
        """End the session. Where its connection is gone, so is what it had not committed: the
        answer that was already made of it is given all the same."""
        try:
            super().close()
        except DBAPIError as fault:
            if not fault.connection_invalidated:
                raise

    def get_bind(self, *args: Any, **kwargs: Any) -> sa.Engine:
        role = self.scope.role
        engine: sa.Engine = self._db.engines[replica_bind(role) if self.on_replica else role.value]
        return engine


@event.listens_for(ScopedSession, "after_begin")
def _seal_the_transaction(
    session: Session, transaction: SessionTransaction, connection: sa.Connection
) -> None:
    if transaction.nested or not isinstance(session, ScopedSession):
        return
    settings = current_app.extensions["settings"]
    login = f"{settings.database_role_prefix}_{session.scope.role}"
    token = seal(session.scope, key=settings.scope_secret, login=login, now=time.time())
    driver: psycopg.Connection = connection.connection.driver_connection  # type: ignore[assignment]
    # Past the driver, which may prepare: a prepared statement keeps its text, token and all, for
    # whoever has this pooled connection next (pg_prepared_statements). One round trip begins and
    # seals.
    # How far a transaction sees is what the connection was told (`isolation_level`).
    level = driver.isolation_level
    begin = f"BEGIN ISOLATION LEVEL {level.name.replace('_', ' ')}" if level else "BEGIN"
    try:
        at_once(driver, f"{_cover(connection)}{begin}; SET LOCAL app.scope = '{token}'")
    except psycopg.OperationalError as gone:
        # Not given back to its pool.
        connection.invalidate(gone)
        raise


def at_once(driver: psycopg.Connection, statements: str) -> PGresult:
    """What the last answers of some statements of our own in one round trip, past what the driver
    does for each.

    Raises:
        psycopg.Error: what the server answered; the connection is as the server left it.
    """
    result = driver.pgconn.exec_(statements.encode())
    if result.status not in (ExecStatus.COMMAND_OK, ExecStatus.TUPLES_OK):
        # What the server itself says has a state; that it is gone says the driver.
        says = result.error_field(DiagnosticField.SQLSTATE)
        if says is None or driver.pgconn.status is ConnStatus.BAD:
            raise psycopg.OperationalError("the database is gone")
        raise error_from_result(result, encoding="utf-8")
    return result


def _cover(connection: sa.Connection) -> str:
    """A comment so long that pg_stat_activity, which shows a role the statements of all its own
    connections, cuts the token off."""
    if "cover_of_token" not in connection.info:
        (size,) = connection.exec_driver_sql(
            "SELECT setting::int FROM pg_settings WHERE name = 'track_activity_query_size'"
        ).one()
        connection.info["cover_of_token"] = f"/*{' ' * size}*/ "
    cover: str = connection.info["cover_of_token"]
    return cover


@contextmanager
def scoped(scope: Scope) -> Iterator[ScopedSession]:
    """A session of its own for one scope: committed at the end, rolled back on an error.

    What was read in it can be looked at when it has ended.
    """
    db = current_app.extensions["sqlalchemy"]
    with ScopedSession(db, scope=scope) as session:
        try:
            yield session
            session.expire_on_commit = False
            session.commit()
        except BaseException:
            session.rollback()
            raise
