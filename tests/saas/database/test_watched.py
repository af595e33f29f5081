"""Which tables are watched, as the database has it and as one place says."""

from __future__ import annotations

import re
from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

import saas.tables
from saas.config import Settings
from saas.database.base import Base, declared_walls
from saas.database.embedded import ServerAddress
from saas.database.scope import LoginRole
from saas.database.watched import FUNCTION, NOT_WATCHED, watched
from saas.database.watched import READERS as CHANGES
from tests.saas.database.catalogue_known import rows

assert saas.tables.Base is Base


@pytest.fixture(name="admin")
def superuser(server: ServerAddress, settings: Settings) -> Iterator[psycopg.Connection]:
    name = sa.make_url(settings.database_url.get_secret_value()).database
    assert name is not None
    with psycopg.connect(server.url(name)) as connection:
        yield connection
        connection.rollback()


def test_every_tenant_table_is_watched_or_says_why_not(admin: psycopg.Connection) -> None:
    """One place says which are, and the triggers that are there are those that follow from it."""
    tenants = {name for name, wall in declared_walls().items() if wall.tenant_column}
    assert tenants - watched().keys() == NOT_WATCHED.keys()
    assert all(NOT_WATCHED.values())
    there = {
        (table, _plain(definition))
        for table, definition in rows(
            admin,
            """SELECT c.relname, pg_get_triggerdef(t.oid) FROM pg_trigger t
               JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_proc p ON p.oid = t.tgfoid
               WHERE p.proname = %s AND t.tgenabled = 'O'""",
            FUNCTION,
        )
    }
    declared = {
        (name, _plain(statement))
        for name, watch in watched().items()
        for statement in watch.statements()
    }
    assert there == declared, "`database walls TABLE` prints the triggers of a table"


def _plain(definition: str) -> str:
    """As PostgreSQL says it back, and as we write it."""
    return definition.replace("public.", "").replace(
        "OLD TABLE AS gone NEW TABLE AS added", "NEW TABLE AS added OLD TABLE AS gone"
    )


def test_what_opens_something_is_never_copied() -> None:
    """Whatever is named like a secret in a watched table is hidden, or known not to be one."""
    no_secrets = {"text_hash", "sha256", "storage_key", "search_key"}
    looks = re.compile("hash|sha|secret|password|token|seal|key")
    for name, watch in watched().items():
        suspicious = {c.name for c in Base.metadata.tables[name].columns if looks.search(c.name)}
        assert suspicious <= set(watch.hidden) | no_secrets, f"{name}: saas/database/watched.py"
        assert watch.readers, f"nobody could read what is changed in {name}"
        assert LoginRole.AUTHORITY not in {one for who in watch.readers for one in CHANGES[who]}
