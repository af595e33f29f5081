"""Reading from a streaming replica: when it may be asked, and what happens when it may not.

The roles that read every authority, and pages that say so (`may_lag`), ask the replica that
DATABASE_READ_URL names. It is left for the primary when the person wrote something that it has
not replayed, when it does not answer, and when it is too far behind. Who signs in, every write and
the trail are the primary's always.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TypeVar

import psycopg
import sqlalchemy as sa
from flask import Flask, current_app, g, has_request_context
from sqlalchemy import event
from sqlalchemy.exc import DBAPIError, InternalError, OperationalError
from sqlalchemy.orm import ORMExecuteState, Session, UOWTransaction

from saas.config import Settings
from saas.database.scope import IN_PASSING, REPLICATED, Scope, ScopedSession, scoped

log = logging.getLogger(__name__)
Answer = TypeVar("Answer")

# So long the primary is asked alone, after the replica did not answer.
AWAY_SECONDS = 10.0
# So often a process compares the replica with the primary.
JUDGED_EVERY_SECONDS = 5.0
# What is behind for longer is looked at again after so long, before it is believed.
LONG_SECONDS = 1.0
LOOK_AGAIN_SECONDS = 0.05

# `pg_current_wal_insert_lsn` of a server in recovery is an error: it is asked of the primary alone.
# Places are in bytes from the beginning of the log.
WRITTEN: sa.ColumnElement[int] = sa.literal_column(
    "pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint", sa.BigInteger
)
_REPLAYED = sa.text(
    """SELECT pg_is_in_recovery(), pg_wal_lsn_diff(pg_last_wal_replay_lsn(), '0/0')::bigint,
              extract(epoch FROM pg_last_xact_replay_timestamp())::float"""
)


class NoReplicaError(RuntimeError):
    """What DATABASE_READ_URL names answers, and is no replica."""


@dataclass(frozen=True)
class Lag:
    """How far a replica is behind: 0 and 0 when it has replayed all that was written."""

    seconds: float
    bytes: int


@dataclass
class Replica:
    """What this process knows of the replica.

    Args:
        most_seconds: further behind it is not asked.
    """

    most_seconds: float
    clock: Callable[[], float] = time.monotonic
    _away_until: float = field(default=0.0, init=False)
    _judged_at: float | None = field(default=None, init=False)
    _is_late: bool = field(default=False, init=False)

    @property
    def is_away(self) -> bool:
        """Whether it did not answer a moment ago."""
        return self.clock() < self._away_until

    def may_be_asked(self) -> bool:
        """Whether it answers, as far as is known, and is not too far behind.

        The first who asks after a while finds out.
        """
        if self.is_away:
            return False
        now = self.clock()
        if self._judged_at is None or now - self._judged_at >= JUDGED_EVERY_SECONDS:
            self._judged_at = now
            try:
                lag = measured_lag()
            except (OperationalError, psycopg.OperationalError, NoReplicaError) as fault:
                self.lost(fault)
                return False
            was_late, self._is_late = self._is_late, lag.seconds > self.most_seconds
            if self._is_late and not was_late:
                log.warning("the replica is %.0f s behind: the primary is asked", lag.seconds)
        return not self._is_late

    def lost(self, fault: Exception) -> None:
        """It does not answer: leave it in peace for a while."""
        if not self.is_away:
            log.warning(
                "the replica does not answer (%s): the primary is asked for %.0f s",
                type(fault).__name__,
                AWAY_SECONDS,
            )
        self._away_until = self.clock() + AWAY_SECONDS
        self._judged_at = None


def init_replica(app: Flask, settings: Settings) -> None:
    """Let pages read from the replica, where there is one."""
    if not settings.has_replica:
        return
    app.extensions["replica"] = Replica(float(settings.database_read_max_lag))
    for name, listener in (("after_flush", _note_flush), ("do_orm_execute", _note_statement)):
        if not event.contains(ScopedSession, name, listener):
            event.listen(ScopedSession, name, listener)


def _note_flush(session: Session, _work: UOWTransaction) -> None:
    note_write()


def _note_statement(state: ORMExecuteState) -> None:
    writes = state.is_insert or state.is_update or state.is_delete
    if writes and not IN_PASSING.items() <= state.execution_options.items():
        note_write()


def note_write() -> None:
    """The request at hand wrote something, or may have."""
    if has_request_context():
        g.wrote = True


def has_written() -> bool:
    return bool(g.get("wrote"))


def the_replica() -> Replica | None:
    found: Replica | None = current_app.extensions.get("replica")
    return found


def written_until() -> int:
    """The place in the primary's log before which all lies that was written until now."""
    with scoped(Scope.identity()) as session:
        return session.execute(sa.select(WRITTEN)).scalar_one()


def known_lag() -> Lag | None:
    """How far the replica is behind; None when it does not answer."""
    try:
        return measured_lag()
    except (OperationalError, psycopg.OperationalError, NoReplicaError) as fault:
        log.warning("the replica does not answer (%s)", type(fault).__name__)
        return None


def measured_lag() -> Lag:
    """How far the replica is behind the primary.

    The time is that since the last transaction that it replayed. What a primary writes where
    nothing is committed may make that long, and is there in a moment: it is looked at again first.

    Raises:
        OperationalError: one of the two does not answer.
        NoReplicaError: what answers is no replica.
    """
    written = written_until()
    for again in (True, True, True, False):
        lag = _lag_behind(written)
        if lag.seconds < LONG_SECONDS or not again:
            break
        time.sleep(LOOK_AGAIN_SECONDS)
    return lag


def _lag_behind(written: int) -> Lag:
    with ScopedSession(current_app.extensions["sqlalchemy"], Scope.all_cases(None)) as session:
        session.on_replica = True
        follows, replayed, committed_at = session.execute(_REPLAYED).one()
    if not follows or replayed is None:
        raise NoReplicaError("a replica replays what a primary wrote")
    behind = max(0, written - replayed)
    since = time.time() - committed_at if behind and committed_at is not None else 0.0
    return Lag(max(0.0, since), behind)


def ask(
    session: ScopedSession, question: Callable[[], Answer], *, written: int | None = None
) -> Answer:
    """Answer a question that only reads: from the replica, or from the primary where the replica
    may not be asked or is lost before there is an answer.

    Args:
        session: open, and not used yet.
        question: asked a second time, of the primary, when the replica is lost.
        written: what the asker wrote last lies before this place in the log; None: nothing lately.
    """
    replica = the_replica()
    if replica is None or session.scope.role not in REPLICATED:
        return question()
    # What this request itself wrote is not there yet.
    if has_request_context() and has_written():
        return question()
    try:
        if not replica.may_be_asked() or not _begin(session, written):
            return question()
        return question()
    except (DBAPIError, psycopg.OperationalError) as fault:
        if not session.on_replica or not _is_of_a_replica(fault):
            raise
        _leave(session)
        if getattr(fault, "connection_invalidated", True):
            replica.lost(fault)
        else:
            log.warning("the replica cannot answer (%s): the primary is asked", _kind_of(fault))
        return question()


def _begin(session: ScopedSession, written: int | None) -> bool:
    """Begin on the replica; whether it has replayed what was written.

    It is asked on the connection that goes on to be used: behind one name there may be several
    replicas.
    """
    session.on_replica = True
    if written is None:
        session.connection()
        return True
    follows, replayed, _ = session.execute(_REPLAYED).one()
    if follows and replayed is not None and replayed >= written:
        return True
    _leave(session)
    return False


def _leave(session: ScopedSession) -> None:
    session.close()
    session.on_replica = False


def _is_of_a_replica(fault: Exception) -> bool:
    """Whether a primary would answer: the connection is gone, the answer was cut off because it
    stood in the way of what is replayed, or something was to be written."""
    if isinstance(fault, psycopg.OperationalError):
        return True
    cause = fault.__cause__
    if isinstance(cause, psycopg.errors.QueryCanceled):
        # It took too long, and would there, too.
        return False
    return isinstance(fault, OperationalError) or (
        isinstance(fault, InternalError)
        and isinstance(cause, psycopg.errors.ReadOnlySqlTransaction)
    )


def _kind_of(fault: Exception) -> str:
    return type(fault.__cause__ or fault).__name__
