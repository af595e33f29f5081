"""A migration under people at work: it gives way to them, and the release before it serves on."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator

import alembic.command
import psycopg
import pytest
from flask import Flask

from saas.config import Settings
from saas.database import migrate
from saas.database.connections import owner_connection, owner_url, plain_url
from saas.database.embedded import ServerAddress
from saas.database.faults import explanation
from tests.saas.operations.processes import command

REVISIONS = migrate.revisions()
# The newest uses this table, which people use, too.
BEFORE, TABLE = "0078", "case_notice"


@pytest.fixture
def one_behind(fresh_settings: Settings) -> Settings:
    alembic.command.downgrade(migrate.alembic_config(fresh_settings), BEFORE)
    return fresh_settings


@pytest.fixture
def held(one_behind: Settings) -> Iterator[psycopg.Connection]:
    """Somebody's transaction that is in the way."""
    with psycopg.connect(plain_url(owner_url(one_behind))) as connection:
        connection.execute(f"LOCK TABLE {TABLE} IN ACCESS SHARE MODE".encode())
        yield connection


def test_a_migration_that_meets_a_lock_gives_way_and_is_tried_again(
    one_behind: Settings, held: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PAUSES", [0.1] * 100)
    said: list[str] = []
    gave_way = threading.Event()

    def say(line: str) -> None:
        said.append(line)
        if "gave way" in line:
            gave_way.set()

    upgrading = threading.Thread(target=migrate.ensure_database, args=(one_behind, say))
    upgrading.start()
    assert gave_way.wait(30)
    # What was asked for behind it is answered: nothing of the migration holds the table.
    with owner_connection(one_behind) as other:
        other.execute("SET lock_timeout = '5s'")
        other.execute(f"SELECT count(*) FROM {TABLE}".encode())
    held.rollback()
    upgrading.join(30)
    assert migrate.current_revision(one_behind) == migrate.head_revision()
    assert any(re.fullmatch(r"0079_news_and_notices: \d+\.\d\d s", line) for line in said)


@pytest.mark.usefixtures("held")
def test_a_lock_that_is_never_let_go_is_said_and_nothing_is_kept(
    one_behind: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(migrate, "PAUSES", (0.01, 0.01))
    with pytest.raises(migrate.UpgradeRefusedError, match=r"0079_news_and_notices failed: .*lock"):
        migrate.ensure_database(one_behind)
    assert migrate.current_revision(one_behind) == BEFORE


def test_a_migration_waits_less_than_the_server_does_before_it_ends_a_page(
    owner_connection: psycopg.Connection,
) -> None:
    owner_connection.execute(migrate.WAIT_FOR_A_LOCK.encode())
    found = owner_connection.execute(
        "SELECT name, setting::int FROM pg_settings WHERE name IN ('lock_timeout',"
        " 'deadlock_timeout') ORDER BY name"
    ).fetchall()
    assert [name for name, _ in found] == ["deadlock_timeout", "lock_timeout"]
    assert found[1][1] < found[0][1]


def test_an_index_that_broke_off_is_not_taken_for_the_index(
    one_behind: Settings, server: ServerAddress
) -> None:
    with owner_connection(one_behind) as owner:
        owner.execute("CREATE INDEX broken_off ON child (id)")
    database = owner_url(one_behind).database or ""
    with psycopg.connect(server.url(database), autocommit=True) as admin:
        admin.execute(
            "UPDATE pg_index SET indisvalid = false WHERE indexrelid = 'broken_off'::regclass"
        )
    migrate.ensure_database(one_behind)
    with owner_connection(one_behind) as owner:
        assert owner.execute("SELECT to_regclass('broken_off')").fetchone() == (None,)


def test_the_migrations_are_applied_one_by_one(one_behind: Settings) -> None:
    alembic.command.downgrade(migrate.alembic_config(one_behind), "0077")
    said, _ = command(one_behind, "database", "upgrade", "--to", "0078")
    assert "0078_authoritys_life: " in said and said.endswith("The database is at 0078.\n")
    _, complained = command(one_behind, "database", "upgrade", "--to", "0099", expect=2)
    assert "no migration '0099'" in complained


def test_a_release_serves_on_a_database_that_the_next_one_migrated(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    client = fresh_app.test_client()
    for revision, status in (("9999", 200), ("0001", 503), (REVISIONS[-1], 200)):
        with owner_connection(fresh_settings) as owner:
            owner.execute("UPDATE alembic_version SET version_num = %s", [revision])
        assert client.get("/health/ready").status_code == status, revision
        assert (explanation(fresh_settings) is None) == (status == 200)
