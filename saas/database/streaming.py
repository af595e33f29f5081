"""Rows that are sent away while they are read: a cursor of the server's, a moment that stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from flask import current_app

from saas.database.scope import Scope, ScopedSession

# So many rows at a time are fetched.
ROWS_AT_A_TIME = 500


class Reading(ScopedSession):
    """A session that outlives the page, and all of whose rows are of one moment."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._streams: list[sa.Result[*tuple[Any, ...]]] = []

    def stream(
        self, statement: sa.Select[*tuple[Any, ...]], values: Mapping[str, Any] | None = None
    ) -> sa.Result[*tuple[Any, ...]]:
        """The rows, fetched while they are asked for by a cursor of the server's."""
        found = self.execute(
            statement, values or {}, execution_options={"yield_per": ROWS_AT_A_TIME}
        )
        self._streams.append(found)
        return found

    def close(self) -> None:
        while self._streams:
            self._streams.pop().close()
        super().close()


@contextmanager
def begun_alongside(session: ScopedSession) -> Iterator[Reading]:
    """A session of the same scope on the same server. Whoever it is given to closes it; it is
    closed here when that fails."""
    with begun(session.scope, on_replica=session.on_replica) as reading:
        yield reading


@contextmanager
def begun(scope: Scope, *, on_replica: bool = False) -> Iterator[Reading]:
    """The same for a scope that no session at hand has."""
    reading = Reading(current_app.extensions["sqlalchemy"], scope=scope)
    reading.on_replica = on_replica
    try:
        reading.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield reading
    except BaseException:
        reading.close()
        raise
