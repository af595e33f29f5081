"""An authority's rows as earlier releases wrote them come through the upgrade unharmed."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import alembic.command
import psycopg
import pytest
from psycopg import sql
from psycopg.rows import dict_row

from saas.database import migrate
from saas.database.connections import login_name
from saas.database.embedded import ServerAddress
from tests.conftest import settings_for

RELEASES = sorted((Path(__file__).parents[2] / "released").glob("*.jsonl"))
MIGRATIONS = Path(__file__).parents[3] / "migrations" / "versions"
Row = dict[str, Any]


@pytest.fixture(params=RELEASES, ids=lambda path: path.stem)
def release(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def superuser(server: ServerAddress, release: Path) -> Iterator[psycopg.Connection]:
    """A database of that release with its rows, by a connection that no wall binds."""
    name = f"release_{release.stem}"
    settings = settings_for(server, name)
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        migrate.ensure_owner(admin, settings)
        migrate.ensure_empty_database(admin, settings, name)
        try:
            with psycopg.connect(settings.database_url.get_secret_value()) as owner:
                migrate.ensure_roles(owner, settings)
            alembic.command.upgrade(migrate.alembic_config(settings), release.stem)
            with psycopg.connect(server.url(name), autocommit=True) as connection:
                for kept in rows_of(release):
                    write_row(connection, kept["table"], kept["row"])
                yield connection
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def rows_of(release: Path) -> list[Row]:
    return [json.loads(line) for line in release.read_text(encoding="utf-8").splitlines()]


def _columns(connection: psycopg.Connection, table: str) -> list[str]:
    found = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0"
        " AND NOT attisdropped AND attgenerated = ''",
        [table],
    )
    return [name for (name,) in found]


def write_row(connection: psycopg.Connection, table: str, row: Row) -> None:
    columns = sql.SQL(", ").join(map(sql.Identifier, _columns(connection, table)))
    connection.execute("SET session_replication_role = replica")
    connection.execute(
        sql.SQL(
            "INSERT INTO {table} ({columns}) OVERRIDING SYSTEM VALUE"
            " SELECT {columns} FROM jsonb_populate_record(NULL::{table}, %s)"
        ).format(table=sql.Identifier(table), columns=columns),
        [json.dumps(row)],
    )
    connection.execute("SET session_replication_role = origin")


def _rows_now(connection: psycopg.Connection, table: str) -> list[Row]:
    with connection.cursor(row_factory=dict_row) as cursor:
        cursor.execute(sql.SQL("SELECT to_jsonb(t) AS row FROM {} t").format(sql.Identifier(table)))
        return [found["row"] for found in cursor]


def test_every_row_of_a_release_is_as_it_was_after_the_upgrade(
    superuser: psycopg.Connection, release: Path, server: ServerAddress
) -> None:
    settings = settings_for(server, f"release_{release.stem}")

    migrate.ensure_database(settings)

    assert migrate.current_revision(settings) == migrate.head_revision()
    now: dict[str, list[Row]] = {}
    for kept in rows_of(release):
        rows = now.setdefault(kept["table"], _rows_now(superuser, kept["table"]))
        assert any(_holds(row, kept["row"]) for row in rows), kept


def _holds(row: Row, kept: Row) -> bool:
    return all(name in row and row[name] == value for name, value in kept.items())


def test_every_invoice_of_a_release_draws_on_its_order(
    superuser: psycopg.Connection, release: Path, server: ServerAddress
) -> None:
    """The owner is bound by the walls: a migration that forgets it fills nothing in."""
    migrate.ensure_database(settings_for(server, f"release_{release.stem}"))

    ordered = "FROM invoice WHERE purchase_order_id IS NOT NULL"
    drawn = "FROM order_share"
    for what in ("count(*)", "sum(net_pence)"):
        first, second = (
            superuser.execute(f"SELECT {what} {x}").fetchone() for x in (ordered, drawn)
        )
        assert first == second and first and first[0] > 0


def test_a_migration_that_changes_rows_lifts_the_wall_that_binds_the_owner() -> None:
    changes = re.compile(
        r"\bUPDATE \w+ SET\b|\bDELETE FROM\b|\bINSERT INTO \w+ \([^)]*\)[\s\"]*SELECT"
    )
    found = {}
    for path in MIGRATIONS.glob("*.py"):
        _, _, upgrade = path.read_text(encoding="utf-8").partition("\ndef upgrade")
        upgrade, _, _ = upgrade.partition("\ndef downgrade")
        if changes.search(upgrade):
            found[path.stem] = "NO FORCE ROW LEVEL SECURITY" in upgrade
    assert found and all(found.values()), found


def test_a_database_that_was_upgraded_is_as_the_models_say(
    superuser: psycopg.Connection, release: Path, server: ServerAddress
) -> None:
    settings = settings_for(server, f"release_{release.stem}")

    migrate.ensure_database(settings)

    assert migrate.differences(settings) == []
    assert superuser.execute(
        "SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace"
        " WHERE n.nspname = 'public' AND c.relkind = 'r' AND pg_get_userbyid(c.relowner) <> %s",
        [login_name(settings, "owner")],
    ).fetchone() == (0,)
