"""What was loaded when: the record that makes loading repeatable and tells what changed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import psycopg

from saas.database.base import new_id


@dataclass(frozen=True)
class Change:
    """What loading one source did, in words for whoever ran it."""

    source: str
    summary: str
    changed: bool
    notes: tuple[str, ...] = ()

    def __str__(self) -> str:
        return "\n  - ".join([f"{self.source}: {self.summary}", *self.notes])


@contextmanager
def in_one_transaction(connection: psycopg.Connection[Any]) -> Iterator[None]:
    """Do the work as one transaction of its own: all of it is committed, or none.

    What the connection had open before is committed first, lest a failure here undo it.
    """
    connection.commit()
    with connection.transaction():
        yield


def record_load(
    connection: psycopg.Connection[Any],
    *,
    source: str,
    digest: str,
    edition: str,
    rows: int,
    note: str = "",
) -> None:
    """Write down that a file was loaded: `digest` is the SHA-256 of its bytes."""
    connection.execute(
        "INSERT INTO reference_load (id, source, digest, edition, rows, note) "
        "VALUES (%s, %s, %s, %s, %s, %s)",
        [new_id(), source, digest, edition, rows, note],
    )


def last_digest(connection: psycopg.Connection[Any], source: str) -> str | None:
    """The digest of what was loaded last from a source."""
    found = connection.execute(
        "SELECT digest FROM reference_load WHERE source = %s ORDER BY loaded_at DESC LIMIT 1",
        [source],
    ).fetchone()
    return found[0] if found else None


def was_ever_loaded(connection: psycopg.Connection[Any], source: str, digest: str) -> bool:
    """Whether exactly this file was loaded at any time."""
    found = connection.execute(
        "SELECT EXISTS (SELECT FROM reference_load WHERE source = %s AND digest = %s)",
        [source, digest],
    ).fetchone()
    return bool(found and found[0])
