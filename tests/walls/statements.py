"""The statements that the service sends to its database."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

WRITES = re.compile(
    r"\b(INSERT\s+INTO|UPDATE|DELETE\s+FROM|MERGE\s+INTO|TRUNCATE|COPY)\s+\"?(\w+)", re.IGNORECASE
)


@contextmanager
def recorded() -> Iterator[list[str]]:
    """Collects what every engine sends meanwhile."""
    with _listening(lambda _connection, sent, statement: sent.append(statement)) as sent:
        yield sent


@contextmanager
def committed() -> Iterator[list[str]]:
    """Collects what was sent in transactions that were committed: what stays."""
    waiting: dict[int, list[str]] = {}

    def keep(connection: sa.Connection) -> None:
        sent.extend(waiting.pop(id(connection), ()))

    def forget(connection: sa.Connection) -> None:
        waiting.pop(id(connection), None)

    def wait(connection: sa.Connection, _sent: list[str], statement: str) -> None:
        waiting.setdefault(id(connection), []).append(statement)

    sa.event.listen(sa.Engine, "commit", keep)
    sa.event.listen(sa.Engine, "rollback", forget)
    try:
        with _listening(wait) as sent:
            yield sent
    finally:
        sa.event.remove(sa.Engine, "commit", keep)
        sa.event.remove(sa.Engine, "rollback", forget)


@contextmanager
def _listening(
    hear: Callable[[sa.Connection, list[str], str], None],
) -> Iterator[list[str]]:
    sent: list[str] = []

    def note(connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        hear(connection, sent, statement)

    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)


def tables_written(statements: list[str]) -> set[str]:
    """The tables that are written to."""
    # Neither a lock (FOR UPDATE) nor the end of an upsert (DO UPDATE SET) names a table.
    text = "\n".join(re.sub(r"(FOR|FOR NO KEY|DO) UPDATE", "", one) for one in statements)
    # A test's browser signs in by a row of its own, which says nothing of the page.
    return {found.group(2) for found in WRITES.finditer(text)} - {"web_session"}
