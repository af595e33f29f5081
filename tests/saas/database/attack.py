"""What an attacker has: a login role's own connection, and tokens to present there."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import psycopg

from saas.database.scope import (
    LoginRole,
)
from saas.identity.signed_in import Tenancy

CASE_ROLES = (LoginRole.AUTHORITY, LoginRole.PROVIDER)
# Every role that can be asked for cases at all.
READ_CASES = (*CASE_ROLES, LoginRole.PROVIDER_READER)


@dataclass(frozen=True)
class Place:
    """A tenant with one case."""

    tenant: Tenancy
    case_id: uuid.UUID
    reference: str

    @property
    def id(self) -> uuid.UUID:
        return self.tenant.id


Connect = Callable[[LoginRole], psycopg.Connection]


def count(connection: psycopg.Connection, table: str, token: str | None = None) -> int:
    """How many rows there are for whoever presents this token."""
    with connection.transaction():
        if token is not None:
            present(connection, token)
        row = connection.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
    assert row is not None
    return int(row[0])


def present(connection: psycopg.Connection, token: str) -> None:
    connection.execute(f"SET LOCAL app.scope = '{token}'".encode())


@contextmanager
def inside(connection: psycopg.Connection, token: str) -> Iterator[psycopg.Connection]:
    with connection.transaction():
        present(connection, token)
        yield connection


def make_hole(admin: psycopg.Connection, statement: str) -> None:
    """Roles are the server's, and other tests keep theirs on it: who comes second tries again."""
    for _ in range(50):
        admin.execute("SAVEPOINT hole")
        try:
            admin.execute(statement.encode())
        except psycopg.errors.InternalError_:
            admin.execute("ROLLBACK TO SAVEPOINT hole")
            time.sleep(0.1)
        else:
            return
    raise AssertionError(f"the server is never free for {statement}")
