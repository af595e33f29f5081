"""Whether the walls stand, asked of the running database: what an authority's role can reach.

Each check does what an attacker would, on the very connection that the authority's pages use, and
changes nothing: what it writes is refused, or rolled back.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from saas.database.base import db, declared_walls
from saas.database.scope import LoginRole, Scope, seal

OF_ANOTHER = (
    "INSERT INTO audit_entry (tenant_id, id, at, action, subject_kind, subject_id, detail, door)"
    " VALUES ('00000000-0000-7000-8000-000000000000', gen_random_uuid(), '2026-01-01', 'x', 'x',"
    " gen_random_uuid(), '{}', 'authority')"
)


@dataclass(frozen=True)
class WallCheck:
    """One thing that must be so, and what the database said."""

    name: str
    passed: bool
    found: str


def tenant_tables() -> list[str]:
    """The tables that hold authorities' rows and that an authority's role may read."""
    return sorted(
        name
        for name, wall in declared_walls().items()
        if wall.tenant_column == "tenant_id"
        and (grant := wall.grants.get(LoginRole.AUTHORITY)) is not None
        and grant.select
    )


def check_walls(tenant: uuid.UUID, *, key: bytes, login: str, now: float) -> list[WallCheck]:
    """Every check, on the connection of the authorities' login role.

    Args:
        tenant: the authority in whose scope the checks run.
        key: of the seal; a token that is made with another must open nothing.
        login: the login role's name in this deployment.
        now: seconds since the epoch.
    """
    scope = Scope.authority(tenant, None)
    prefix = login.removesuffix(LoginRole.AUTHORITY)
    right = seal(scope, key=key, login=login, now=now)
    forged = seal(scope, key=b"guessed" * 5, login=login, now=now)
    old = seal(scope, key=key, login=login, now=now - 3_600)
    others = seal(scope, key=key, login=f"{login}_other", now=now)
    return [
        _all_tables_walled(),
        _sees("With its own scope: rows of other authorities", right, tenant),
        _sees("Without a scope: rows of anybody", "", None),
        _sees("With a forged scope: rows of anybody", forged, None),
        _sees("With a scope that has run out: rows of anybody", old, None),
        _sees("With a scope sealed for another role: rows of anybody", others, None),
        _is_refused(
            "Writing a row of another authority",
            right,
            OF_ANOTHER,
        ),
        *(
            _is_refused(f"Becoming another role: {role}", right, f"SET ROLE {prefix}{role}")
            for role in (LoginRole.PROVIDER_READER, LoginRole.IDENTITY)
        ),
        *(
            _is_refused(name, right, statement)
            for name, statement in (
                ("Reading who can sign in", "SELECT count(*) FROM person"),
                ("Reading what families are written", "SELECT count(*) FROM message"),
                ("Switching the walls off", "ALTER TABLE sen_case DISABLE ROW LEVEL SECURITY"),
                ("Changing the trail", "UPDATE audit_entry SET action = 'x'"),
                ("Taking entries out of the trail", "DELETE FROM audit_entry"),
                ("Running a program on the server", "COPY (SELECT 1) TO PROGRAM 'true'"),
                ("Reading a file of the server", "SELECT pg_read_file('PG_VERSION')"),
            )
        ),
    ]


@contextmanager
def _connection(token: str) -> Iterator[sa.Connection]:
    """A transaction on the authorities' connection, which is rolled back."""
    with db.engines[LoginRole.AUTHORITY.value].connect() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        # Never prepared, so that no token stays on the connection.
        driver.execute(f"SET LOCAL app.scope = '{token}'".encode(), prepare=False)
        try:
            yield connection
        finally:
            connection.rollback()


def _all_tables_walled() -> WallCheck:
    with _connection("") as connection:
        rows = connection.execute(
            sa.text(
                "SELECT c.relname, c.relrowsecurity AND c.relforcerowsecurity FROM pg_class c"
                " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attname = 'tenant_id'"
                " JOIN pg_namespace n ON n.oid = c.relnamespace AND n.nspname = 'public'"
                " WHERE c.relkind = 'r' AND NOT a.attisdropped"
            )
        ).all()
    bare = sorted(name for name, walled in rows if not walled)
    return WallCheck(
        "Every table with authorities' rows has its wall, for its owner too",
        bool(rows) and not bare,
        f"{len(rows)} tables" + (f", bare: {', '.join(bare)}" if bare else ""),
    )


def _sees(name: str, token: str, own: uuid.UUID | None) -> WallCheck:
    """How many rows of others are seen, over all tables."""
    tables, seen = tenant_tables(), 0
    with _connection(token) as connection:
        for table in tables:
            others = f" WHERE tenant_id <> '{own}'" if own else ""
            seen += connection.execute(
                sa.text(f"SELECT count(*) FROM (SELECT tenant_id FROM {table}{others} LIMIT 1) x")  # noqa: S608
            ).scalar_one()
    return WallCheck(name, seen == 0, f"{seen or 'none'} in {len(tables)} tables")


def _is_refused(name: str, token: str, statement: str) -> WallCheck:
    try:
        with _connection(token) as connection:
            connection.execute(sa.text(statement))
    except DBAPIError as refused:
        said = str(refused.orig).splitlines()[0] if refused.orig else "refused"
        return WallCheck(name, True, f"refused: {said}")
    return WallCheck(name, False, "it was done, and rolled back")
