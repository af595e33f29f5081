"""What the driver prepares: it stays on its connection, for whoever has that next."""

from __future__ import annotations

import re

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.connections import PREPARED_AFTER, owner_connection
from saas.database.scope import Scope, ScopedSession, scoped
from tests.factories import make_case, make_tenant
from tests.saas.database.attack import Place
from tests.saas.database.test_scope import references

PREPARED = "SELECT name, statement FROM pg_prepared_statements"


LIST = "SELECT sen_case.reference \nFROM sen_case"


def prepared(session: ScopedSession) -> dict[str, str]:
    """What is prepared on the connection, and under which name, once `references` is."""
    for _ in range(PREPARED_AFTER + 1):
        references(session)
    return {row.statement: row.name for row in session.execute(sa.text(PREPARED))}


def test_what_is_prepared_for_the_next_holds_no_token_and_nothing_of_whose_it_was(
    app: Flask, places: tuple[Place, Place]
) -> None:
    """A prepared statement keeps its text for whoever has the connection next."""
    own, other = places
    for place in (other, own):
        with scoped(Scope.authority(place.id, None)) as session:
            kept = prepared(session)
            assert LIST in kept
            said = " ".join(kept)
            # No seal, which ends in an HMAC-SHA256, and no tenant.
            assert not re.search("[0-9a-f]{64}", said) and str(other.id) not in said
            assert other.reference not in said
            assert references(session) == [place.reference]


def test_work_behind_the_pages_and_over_all_authorities_is_not_prepared(
    app: Flask, places: tuple[Place, Place]
) -> None:
    for scope in (Scope.all_cases(None), Scope.worker(places[0].id)):
        with scoped(scope) as session:
            for _ in range(20):
                session.execute(sa.text("SELECT count(*) FROM sen_case"))
            assert session.execute(sa.text(PREPARED)).all() == []


def backends_of(place: Place) -> set[int]:
    """Who has the provider's connections now, having read the cases of a place; the pool gives them
    out in turn."""
    found = set()
    for _ in range(8):
        with scoped(Scope.provider(place.id, None)) as session:
            assert references(session) == [place.reference]
            found.add(session.scalar(sa.text("SELECT pg_backend_pid()")) or 0)
    return found


@pytest.mark.parametrize("ends", ["commit", "rollback"])
def test_a_connection_on_which_sql_prepared_something_is_never_had_again(
    app: Flask, places: tuple[Place, Place], caplog: pytest.LogCaptureFixture, ends: str
) -> None:
    """Under the name of a statement of ours the next one would run it."""
    here, there = places
    with ScopedSession(
        app.extensions["sqlalchemy"], scope=Scope.provider(here.id, None)
    ) as session:
        left = session.scalar(sa.text("SELECT pg_backend_pid()"))
        name = prepared(session)[LIST]
        session.execute(sa.text(f"DEALLOCATE {name}"))
        session.execute(sa.text(f"PREPARE {name} AS SELECT 'NOT-A-CASE'"))
        assert references(session) == ["NOT-A-CASE"]
        getattr(session, ends)()
    assert [one.message for one in caplog.records if one.levelname == "ERROR"] == [
        "a statement was prepared by SQL on a connection of ours: it is closed"
    ]
    assert left not in backends_of(there)


def test_a_statement_that_is_gone_or_fits_no_more_fails_once(
    app: Flask, places: tuple[Place, Place]
) -> None:
    """As after a migration that changes what a statement answers, or after injected SQL."""
    here, there = places
    with scoped(Scope.provider(here.id, None)) as session:
        left = session.scalar(sa.text("SELECT pg_backend_pid()"))
        name = prepared(session)[LIST]
        session.execute(sa.text(f"DEALLOCATE {name}"))
    with pytest.raises(sa.exc.DBAPIError) as failed:
        backends_of(there)
    assert isinstance(failed.value.orig, psycopg.errors.InvalidSqlStatementName)
    assert left in backends_of(there)


@pytest.mark.parametrize(
    ("change", "failures"),
    [
        ("ALTER TABLE sen_case ADD COLUMN more text", 0),
        ("CREATE INDEX ON sen_case (reference)", 0),
        ("ALTER TABLE sen_case ALTER COLUMN reference TYPE varchar(90)", 1),
    ],
)
def test_a_migration_meets_what_is_prepared(fresh_app: Flask, change: str, failures: int) -> None:
    """What a migration may do beside its release disturbs nobody (docs/RUNNING.md); what it may
    not, each connection once."""
    tenant = make_tenant(fresh_app)
    make_case(fresh_app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert LIST in prepared(session)
        (before,) = references(session)
    with owner_connection(fresh_app.extensions["settings"]) as owner:
        owner.execute(change.encode())
    failed = 0
    for _ in range(PREPARED_AFTER + 2):
        try:
            with scoped(Scope.provider(tenant.id, None)) as session:
                assert references(session) == [before]
        except sa.exc.DBAPIError as fault:
            failed += "cached plan" in str(fault.orig)
    assert failed == failures
