"""Where the database is, and as whom each part of the service connects to it."""

from __future__ import annotations

import atexit
import base64
import hashlib
import hmac
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any

import psycopg
import sqlalchemy as sa
from psycopg.pq import TransactionStatus
from sqlalchemy.engine import URL
from sqlalchemy.pool import ConnectionPoolEntry, PoolResetState

from saas.config import Settings
from saas.database.embedded import EmbeddedPostgres, ServerAddress
from saas.database.scope import REPLICATED, LoginRole, at_once, replica_bind

log = logging.getLogger(__name__)
EMBEDDED_DATABASE = "send_mediation"
CONNECT_SECONDS = 5
_leases = ExitStack()
_held: dict[str, ServerAddress] = {}


def embedded_server(settings: Settings) -> EmbeddedPostgres:
    return EmbeddedPostgres(settings.var_dir / "postgres")


def hold_embedded(settings: Settings) -> ServerAddress:
    """The embedded server, kept running for as long as this process lives."""
    key = str(settings.var_dir)
    if key not in _held:
        if not _held:
            atexit.register(_leases.close)
        _held[key] = _leases.enter_context(embedded_server(settings).lease())
    return _held[key]


def login_name(settings: Settings, role: LoginRole | str) -> str:
    return f"{settings.database_role_prefix}_{role}"


def role_password(settings: Settings, role: LoginRole | str) -> str:
    """The password of a login role, derived so that one secret configures them all."""
    digest = hmac.new(settings.role_secret, f"login role {role}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=")


def owner_url(settings: Settings) -> URL:
    """The connection of the owner of all tables: for migrations and reference data only."""
    if settings.embedded:
        address = hold_embedded(settings)
        return URL.create(
            "postgresql+psycopg",
            login_name(settings, "owner"),
            role_password(settings, "owner"),
            address.host,
            address.port,
            EMBEDDED_DATABASE,
        )
    given = sa.make_url(settings.database_url.get_secret_value())
    return given.set(drivername="postgresql+psycopg")


def role_url(settings: Settings, role: LoginRole) -> URL:
    """The connection of a login role to the server itself."""
    return owner_url(settings).set(
        username=login_name(settings, role), password=role_password(settings, role)
    )


def pooled_url(settings: Settings, role: LoginRole) -> URL:
    """The connection of a login role for short transactions: through PgBouncer, where there is
    one."""
    direct = role_url(settings, role)
    if not settings.database_pooler:
        return direct
    host, _, port = settings.database_pooler.rpartition(":")
    return direct.set(host=host, port=int(port))


def replica_url(settings: Settings, role: LoginRole) -> URL:
    """The connection of a login role to the replica, which has the roles of its primary."""
    given = sa.make_url(settings.database_read_url.get_secret_value())
    return given.set(
        drivername="postgresql+psycopg",
        username=login_name(settings, role),
        password=role_password(settings, role),
        database=given.database or owner_url(settings).database,
    )


def plain_url(url: URL) -> str:
    """The URL as psql and psycopg take it, password and all."""
    return url.set(drivername="postgresql").render_as_string(hide_password=False)


def binds(settings: Settings) -> dict[str, Any]:
    """One engine per login role, for Flask-SQLAlchemy.

    Where the server is is asked at the first connection: a command that needs no database
    starts none.
    """

    def connect_as(role: LoginRole) -> Callable[[], psycopg.Connection]:
        return lambda: _connect(pooled_url(settings, role), role, made_as)

    def connect_to_replica(role: LoginRole) -> Callable[[], psycopg.Connection]:
        return lambda: _connect(replica_url(settings, role), role, Borrowed, **TO_REPLICA)

    made_as: type[psycopg.Connection[Any]] = (
        psycopg.Connection if settings.database_pooler else Borrowed
    )
    reset = give_back if settings.database_pooler else leave_as_new
    found = {role.value: _bind(settings, connect_as(role), reset) for role in LoginRole}
    if settings.has_replica:
        for role in REPLICATED:
            found[replica_bind(role)] = _bind(settings, connect_to_replica(role), leave_as_new)
    return found


# A replica that does not answer is soon left for the primary: at once when it is connected to, and
# when what was sent to it is not received.
TO_REPLICA = {"connect_timeout": 2, "tcp_user_timeout": 5_000}


def _connect(
    url: URL, role: LoginRole, made_as: type[psycopg.Connection[Any]], **more: int
) -> psycopg.Connection[Any]:
    given: dict[str, Any] = {
        "application_name": f"send-{role}",
        # A server that does not answer is told of in a page, before the reader gives up.
        "connect_timeout": CONNECT_SECONDS,
        "prepare_threshold": None,
        **more,
    }
    connection = made_as.connect(plain_url(url), **given)
    if made_as is Borrowed and role in PREPARES:
        connection.prepare_threshold, connection.prepared_max = PREPARED_AFTER, PREPARED_AT_MOST
    return connection


def _bind(
    settings: Settings, creator: Callable[[], psycopg.Connection], reset: Callable[..., None]
) -> dict[str, Any]:
    return {
        "url": "postgresql+psycopg://",
        "creator": creator,
        # A fault's text would hold what was written: a child's name, in the log.
        "hide_parameters": True,
        "pool_size": settings.database_pool_size,
        "max_overflow": settings.database_pool_size,
        "pool_recycle": 1800,
        "pool_reset_on_return": None,
        "pool_events": [(reset, "reset"), (ask_if_it_lives, "checkout")],
    }


# Whose statements the driver prepares: those of the pages that people wait for. A third of what
# PostgreSQL does for such a page is planning. Its plans are the same for every tenant, as a policy
# compares with a function, and for every value once it was run some times; what goes over all
# authorities is planned for the period that is asked, and work in the background for itself.
PREPARES = frozenset(
    {
        LoginRole.AUTHORITY,
        LoginRole.PROVIDER,
        LoginRole.FINANCE,
        LoginRole.FAMILY,
        LoginRole.PUBLIC,
        LoginRole.IDENTITY,
    }
)
# A statement keeps some 0.2 MB on each connection.
PREPARED_AFTER, PREPARED_AT_MOST = 3, 60

# What DISCARD ALL does, but for plans: those that functions keep, and those of what the driver has
# prepared. They are the same for everyone, and to plan anew costs each request more than all of
# this (0.05 ms).
AS_NEW = """RESET ALL; CLOSE ALL; UNLISTEN *; DISCARD SEQUENCES; DISCARD TEMP;
SELECT pg_advisory_unlock_all()"""
# Only SQL can prepare what the driver did not, and we have none that does: under the name of one of
# ours it would be run by whoever has the connection next.
IS_TAMPERED = "SELECT EXISTS (SELECT FROM pg_catalog.pg_prepared_statements WHERE from_sql)"


class Borrowed(psycopg.Connection[Any]):
    """A connection of a pool: what ends a transaction leaves it as new in the same round trip."""

    is_as_new = False
    # Somebody prepared a statement by SQL: nobody has this connection again.
    is_tampered = False

    def cursor(self, *args: Any, **kwargs: Any) -> Any:
        self.is_as_new = False
        return super().cursor(*args, **kwargs)

    def commit(self) -> None:
        self._end("COMMIT")

    def rollback(self) -> None:
        self._end("ROLLBACK")

    def make_as_new(self) -> None:
        """Leave nothing on it of whoever had it."""
        self._at_once(AS_NEW)

    def _end(self, by: str) -> None:
        status = self.pgconn.transaction_status
        if status == TransactionStatus.IDLE:
            return
        if status == TransactionStatus.INERROR and by == "ROLLBACK":
            # What failed may be a plan that fits no more: the driver's own end forgets them all.
            super().rollback()
            self.make_as_new()
        else:
            self._at_once(f"{by}; {AS_NEW}")

    def _at_once(self, statements: str) -> None:
        self.is_as_new = False
        last = at_once(self, f"{statements}; {IS_TAMPERED}")
        self.is_tampered = self.is_tampered or last.get_value(0, 0) != b"f"
        self.is_as_new = True


def leave_as_new(connection: Borrowed, record: ConnectionPoolEntry, state: PoolResetState) -> None:
    """Leave nothing on a connection that goes back to its pool, for whoever has it next.

    The scope ends with its transaction. What injected SQL could have left beside it does not: a
    setting, a statement under the driver's own name for one of ours (the connection is closed
    then), a table before ours in the search path, a lock.
    """
    connection.rollback()
    if state.terminate_only:
        return
    try:
        if not connection.is_as_new:
            connection.make_as_new()
    except psycopg.Error:
        _never_again(connection, record)  # The server is going.
        return
    if connection.is_tampered:
        log.error("a statement was prepared by SQL on a connection of ours: it is closed")
        _never_again(connection, record)
        return
    record.info[_ANSWERED_AT] = time.monotonic()


def _never_again(connection: Borrowed, record: ConnectionPoolEntry) -> None:
    """Close what goes back to its pool: the pool is told when it looks whether it lives."""
    connection.close()
    record.info[_ANSWERED_AT] = -TRUSTED_SECONDS


# A connection that answered so short a time ago is taken to live: what has died since then answers
# one request with an error, and the pool begins anew.
TRUSTED_SECONDS = 1.0
_ANSWERED_AT = "answered_at"


def ask_if_it_lives(
    connection: psycopg.Connection, record: ConnectionPoolEntry, _proxy: object
) -> None:
    """Ask a connection that waited in its pool whether the server is still there.

    Raises:
        InvalidatePoolError: it is not; the pool then connects anew, and tells nobody.
    """
    answered_at = record.info.get(_ANSWERED_AT)
    if answered_at is None or time.monotonic() - answered_at < TRUSTED_SECONDS:
        return
    try:
        at_once(connection, "SELECT 1")
    except psycopg.Error as error:
        raise sa.exc.InvalidatePoolError from error


def give_back(
    connection: psycopg.Connection, record: ConnectionPoolEntry, state: PoolResetState
) -> None:
    """End the transaction: the server's connection behind it is PgBouncer's, which leaves it as new
    after each transaction (`operations pooler` writes so into its settings)."""
    connection.rollback()
    if not state.terminate_only:
        record.info[_ANSWERED_AT] = time.monotonic()


@contextmanager
def owner_connection(settings: Settings) -> Iterator[psycopg.Connection]:
    """A connection as the owner: committed at the end, rolled back on an error."""
    with psycopg.connect(plain_url(owner_url(settings))) as connection:
        yield connection
