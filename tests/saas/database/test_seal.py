"""The sealed scope, attacked by each login role with a plain connection: psql's, not ours.

Everything here commits for real. A savepoint around a test would keep the setting alive into the
next transaction and hide what it is there to find.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.config import Settings
from saas.database.base import declared_walls
from saas.database.connections import login_name
from saas.database.scope import (
    READERS,
    SEAL_SECONDS,
    TENANT_ROLES,
    LoginRole,
    Scope,
    scoped,
)
from tenants.casework.models import CaseNote
from tests.factories import NOW
from tests.saas.database.attack import READ_CASES, Connect, Place, count, inside, present


@pytest.mark.parametrize("role", READ_CASES)
def test_a_good_token_opens_its_own_tenant_and_only_that(
    role: LoginRole, connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    connection = connect(role)
    if role in READERS:
        assert count(connection, "sen_case", token(role)) >= 2
        return
    for place in places:
        with inside(connection, token(role, place.id)):
            found = connection.execute("SELECT tenant_id, id FROM sen_case").fetchall()
        assert found == [(place.id, place.case_id)]


def forgeries(
    settings: Settings, role: LoginRole, own: uuid.UUID, other: uuid.UUID, make: Callable[..., str]
) -> dict[str, str]:
    """What somebody could present who has a token of their own and wants the other tenant."""
    reader = role in READERS
    good = make(role, None if reader else own)
    parts = good.split(".")
    swapped = ["all" if parts[0] != "all" else other.hex, *parts[1:]]
    late = [*parts[:2], str(int(parts[2]) + 10_000), *parts[3:]]
    sibling = LoginRole.PROVIDER if role is not LoginRole.PROVIDER else LoginRole.AUTHORITY
    return {
        "nothing": "",
        "a key of one's own": make(role, None if reader else other, key=b"guessed" * 8),
        "no key": make(role, None if reader else other, key=b""),
        "the tenant swapped": ".".join([other.hex, *parts[1:]]),
        "everywhere instead": ".".join(swapped),
        "the expiry moved": ".".join(late),
        "expired": make(role, None if reader else own, now=time.time() - SEAL_SECONDS - 2),
        "another role's": make(sibling, other),
        "a reader's": make(LoginRole.PROVIDER_READER if not reader else LoginRole.FINANCE_READER),
        "one's name on another's seal": ".".join(
            [*make(sibling, other).split(".")[:3], parts[3], parts[4]]
        ),
        "the seal cut short": good[:-1],
        "the seal left out": ".".join(parts[:4]),
        "the seal empty": ".".join([*parts[:4], ""]),
        "six parts": good + ".more",
        "only dots": "....",
        "upper case": good.upper(),
        "a wide number": ".".join([*parts[:2], "9" * 40, *parts[3:]]),
        "a negative number": ".".join([*parts[:2], "-1", *parts[3:]]),
        "a word": "all",
        "a tenant alone": str(other),
        "SQL": "all.none.9999999999." + login_name(settings, role) + ".'' OR true --",
        "long": "a" * 100_000,
        "not ASCII": "ä.ö.ü.é.ñ",
    }


@pytest.mark.parametrize("role", READ_CASES)
def test_no_forged_token_opens_anything(
    role: LoginRole,
    connect: Connect,
    token: Callable[..., str],
    places: tuple[Place, Place],
    settings: Settings,
) -> None:
    own, other = places
    connection = connect(role)
    assert count(connection, "sen_case") == 0, "without a token"
    for name, forged in forgeries(settings, role, own.id, other.id, token).items():
        text = forged.replace("'", "''")
        assert count(connection, "sen_case", text) == 0, name
    # The forgeries fail for what they are: the good one works on the same connection.
    assert count(connection, "sen_case", token(role, None if role in READERS else own.id)) > 0


# How many came at the front door just now, and never whose they are; whether an authority's people
# may sign in still, which is asked before who they are.
OPEN_ROWS = {"complaint", "authority_leaving", "authority_suspension"}


@pytest.mark.parametrize("role", LoginRole)
def test_a_role_without_a_token_sees_no_tenants_row_in_any_table(
    role: LoginRole, connect: Connect, places: tuple[Place, Place]
) -> None:
    connection = connect(role)
    public = {LoginRole.PUBLIC, LoginRole.JOBS, LoginRole.IDENTITY}
    seen = {}
    for name, wall in declared_walls().items():
        grant = wall.grants.get(role)
        if wall.tenant_column is None or grant is None or not grant.select:
            continue
        if role in public and (grant.rows == "true" or name in OPEN_ROWS):
            continue
        column = wall.tenant_column
        rows = connection.execute(f"SELECT {column} FROM {name} LIMIT 1".encode()).fetchall()
        if rows:
            seen[name] = rows
    assert seen == {}


def test_a_table_that_is_not_granted_is_refused_by_name(
    connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    """Finance, the family's and the public's roles cannot even name a case."""
    own = places[0].id
    for role in (LoginRole.FINANCE, LoginRole.FINANCE_READER, LoginRole.PUBLIC, LoginRole.JOBS):
        connection = connect(role)
        scope = token(role, own if role in TENANT_ROLES else None)
        for name, wall in declared_walls().items():
            if role in wall.grants:
                continue
            with pytest.raises(psycopg.errors.InsufficientPrivilege), inside(connection, scope):
                connection.execute(f"SELECT 1 FROM {name}".encode())


def test_the_scope_ends_with_its_transaction_on_the_same_connection(
    connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    connection = connect(LoginRole.AUTHORITY)
    good = token(LoginRole.AUTHORITY, places[0].id)
    assert count(connection, "sen_case", good) == 1
    # A pooled connection reports an empty text then, not NULL: it must open nothing either.
    left = connection.execute("SELECT current_setting('app.scope', true)").fetchone()
    assert left == ("",)
    assert count(connection, "sen_case") == 0
    # And after a rollback, and outside a transaction, where SET LOCAL only warns.
    with connection.transaction(force_rollback=True):
        present(connection, good)
    assert count(connection, "sen_case") == 0


def test_a_token_holds_for_the_transaction_that_began_in_time(
    connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    """It is judged by the start of the transaction, so a long page does not go blind half way."""
    connection = connect(LoginRole.AUTHORITY)
    nearly = token(LoginRole.AUTHORITY, places[0].id, now=time.time() - SEAL_SECONDS + 1.2)
    with inside(connection, nearly):
        assert connection.execute("SELECT count(*) FROM sen_case").fetchone() == (1,)
        connection.execute("SELECT pg_sleep(2.5)")
        assert connection.execute("SELECT count(*) FROM sen_case").fetchone() == (1,)
    assert count(connection, "sen_case", nearly) == 0


ESCAPES = {
    "reading the key": "SELECT * FROM scope_seal",
    "opening the token": "SELECT scope_claims()",
    "another role": "SET ROLE {prefix}_identity",
    "another login": "SET SESSION AUTHORIZATION {prefix}_identity",
    "the owner": "SET ROLE {prefix}_owner",
    "truncating": "TRUNCATE sen_case",
    "copying to a program": "COPY sen_case TO PROGRAM 'cat'",
    "copying to a file": "COPY sen_case TO '/tmp/cases'",
    "reading a file": "SELECT pg_read_file('/etc/passwd')",
    "listing a folder": "SELECT pg_ls_dir('.')",
    "a table": "CREATE TABLE mine (id integer)",
    "a function": "CREATE FUNCTION scope_tenant_2() RETURNS uuid LANGUAGE sql AS 'SELECT NULL'",
    "a function in place": "CREATE OR REPLACE FUNCTION scope_tenant() RETURNS uuid LANGUAGE sql"
    " AS 'SELECT NULL::uuid'",
    "a schema": "CREATE SCHEMA mine",
    "an extension": "CREATE EXTENSION dblink",
    "a trigger": "CREATE TRIGGER t BEFORE INSERT ON sen_case FOR EACH ROW"
    " EXECUTE FUNCTION suppress_redundant_updates_trigger()",
    "no policies": "ALTER TABLE sen_case DISABLE ROW LEVEL SECURITY",
    "no force": "ALTER TABLE sen_case NO FORCE ROW LEVEL SECURITY",
    "a policy": "CREATE POLICY mine ON sen_case USING (true)",
    "a policy less": "DROP POLICY authority ON sen_case",
    "a grant": "GRANT SELECT ON scope_seal TO {prefix}_authority",
    "above policies": "ALTER ROLE {prefix}_authority BYPASSRLS",
    "a role": "CREATE ROLE mine",
    "everything dropped": "DROP TABLE sen_case",
    "policies off": "SET LOCAL row_security = off; SELECT * FROM sen_case",
    "planner's figures": "SELECT * FROM pg_statistic",
    "passwords": "SELECT * FROM pg_authid",
}


@pytest.mark.parametrize("role", [*READ_CASES, LoginRole.FINANCE, LoginRole.PUBLIC])
def test_a_role_cannot_climb_out_of_itself(
    role: LoginRole,
    connect: Connect,
    token: Callable[..., str],
    places: tuple[Place, Place],
    settings: Settings,
) -> None:
    connection = connect(role)
    scope = token(role, places[0].id if role in TENANT_ROLES else None)
    for name, attempt in ESCAPES.items():
        text = attempt.format(prefix=settings.database_role_prefix)
        with pytest.raises(psycopg.Error) as refused, inside(connection, scope):
            connection.execute(text.encode())
        assert refused.value.sqlstate == "42501", (name, str(refused.value))


def test_only_the_provider_makes_temporary_tables(connect: Connect) -> None:
    for role in LoginRole:
        connection = connect(role)
        if role is LoginRole.PROVIDER:
            connection.execute("CREATE TEMPORARY TABLE mine (id integer)")
        else:
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                connection.execute("CREATE TEMPORARY TABLE mine (id integer)")


def test_what_the_planner_remembers_is_not_told(
    connect: Connect, server: Any, settings: Settings, places: tuple[Place, Place]
) -> None:
    name = sa.make_url(settings.database_url.get_secret_value()).database
    assert name is not None
    with psycopg.connect(server.url(name), autocommit=True) as admin:
        admin.execute("ANALYZE child")
        known = admin.execute("SELECT count(*) FROM pg_stats WHERE tablename = 'child'").fetchone()
    assert known is not None and known[0] > 0
    for role in READ_CASES:
        seen = connect(role).execute("SELECT * FROM pg_stats WHERE tablename = 'child'").fetchall()
        assert seen == [], role


def test_nobody_writes_into_another_tenant(
    connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    own, other = places
    connection = connect(LoginRole.PROVIDER)
    scope = token(LoginRole.PROVIDER, own.id)
    insert = (
        "INSERT INTO child (tenant_id, id, given_name, family_name, date_of_birth, search_key)"
        " VALUES (%s, gen_random_uuid(), 'A', 'B', '2016-01-01', 'a b')"
    )
    with pytest.raises(psycopg.errors.InsufficientPrivilege), inside(connection, scope):
        connection.execute(insert, [other.id])
    with pytest.raises(psycopg.errors.InsufficientPrivilege), inside(connection, scope):
        connection.execute("UPDATE child SET tenant_id = %s", [other.id])
    with inside(connection, scope):
        done = connection.execute(
            "UPDATE child SET given_name = 'Stolen' WHERE tenant_id = %s", [other.id]
        )
        assert done.rowcount == 0
    with inside(connection, token(LoginRole.PROVIDER, other.id)):
        names = connection.execute("SELECT given_name FROM child").fetchall()
    assert names == [("Ada",)]


def test_a_foreign_key_does_not_reach_another_tenants_row(
    connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    own, other = places
    connection = connect(LoginRole.PROVIDER)
    note = (
        "INSERT INTO case_note (tenant_id, id, case_id, audience, text, written_at,"
        " written_by_name) VALUES (%s, gen_random_uuid(), %s, 'provider', 'x', now(), 'x')"
    )
    with (
        pytest.raises(psycopg.errors.ForeignKeyViolation),
        inside(connection, token(LoginRole.PROVIDER, own.id)),
    ):
        connection.execute(note, [own.id, other.case_id])


def test_a_key_of_another_tenant_is_free_here_and_its_value_never_told(
    connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    own, other = places
    connection = connect(LoginRole.PROVIDER)
    same = (
        "INSERT INTO child (tenant_id, id, given_name, family_name, date_of_birth, search_key)"
        " SELECT %s, %s, 'A', 'B', '2016-01-01', 'a b'"
    )
    with inside(connection, token(LoginRole.PROVIDER, other.id)):
        (taken,) = connection.execute("SELECT id FROM child").fetchone() or ()
    with inside(connection, token(LoginRole.PROVIDER, own.id)):
        connection.execute(same, [own.id, taken])
    # Of its own tenant it is told that the key is taken, as it may know.
    with (
        pytest.raises(psycopg.errors.UniqueViolation),
        inside(connection, token(LoginRole.PROVIDER, own.id)),
    ):
        connection.execute(same, [own.id, taken])
    # With another tenant's id the policy speaks, not the key.
    with (
        pytest.raises(psycopg.errors.InsufficientPrivilege),
        inside(connection, token(LoginRole.PROVIDER, own.id)),
    ):
        connection.execute(same, [other.id, taken])


def test_readers_of_every_tenant_write_to_none(
    connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    for role in READERS:
        connection = connect(role)
        for name in declared_walls():
            for verb in (
                f"DELETE FROM {name}",
                f"INSERT INTO {name} DEFAULT VALUES",
                f"TRUNCATE {name}",
            ):
                with (
                    pytest.raises(psycopg.errors.InsufficientPrivilege),
                    inside(connection, token(role)),
                ):
                    connection.execute(verb.encode())


def test_the_authority_reads_no_contact_no_choice_and_no_providers_note(
    app: Flask, connect: Connect, token: Callable[..., str], places: tuple[Place, Place]
) -> None:
    own = places[0]
    with scoped(Scope.provider(own.id, None)) as session:
        for audience in ("provider", "parties"):
            session.add(
                CaseNote(
                    tenant_id=own.id,
                    case_id=own.case_id,
                    audience=audience,
                    text=f"For the {audience}",
                    written_at=NOW,
                    written_by=None,
                    written_by_name="A. Adviser",
                )
            )
    connection = connect(LoginRole.AUTHORITY)
    scope = token(LoginRole.AUTHORITY, own.id)
    for column in ("email", "telephone", "postcode", "adjustments", "interpreter"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), inside(connection, scope):
            connection.execute(f"SELECT {column} FROM case_party".encode())
        # Nor by asking whether it is so: a condition is a question too.
        with pytest.raises(psycopg.errors.InsufficientPrivilege), inside(connection, scope):
            connection.execute(f"SELECT name FROM case_party WHERE {column} = 'x'".encode())
    for hidden in ("choice", "choice_on", "*"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege), inside(connection, scope):
            connection.execute(f"SELECT {hidden} FROM case_position".encode())
    with inside(connection, scope):
        notes = connection.execute("SELECT text FROM case_note").fetchall()
        audiences = connection.execute("SELECT DISTINCT audience FROM case_fact").fetchall()
    assert notes == [("For the parties",)]
    assert audiences in ([("parties",)], [])
    with pytest.raises(psycopg.errors.InsufficientPrivilege), inside(connection, scope):
        connection.execute("UPDATE case_note SET audience = 'parties'")
