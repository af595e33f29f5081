"""From an empty server to the schema of this release."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import alembic.command
import alembic.config
import psycopg
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import sql

from saas.config import ROOT, Settings
from saas.database.base import Base
from saas.database.connections import (
    EMBEDDED_DATABASE,
    hold_embedded,
    login_name,
    owner_connection,
    owner_url,
    role_password,
)
from saas.database.scope import LoginRole, hmac_pads

Say = Callable[[str], None]
# What a role may take: a page that needs longer is a fault, not a wait.
ROLE_SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}


def ensure_database(settings: Settings, say: Say = lambda _: None) -> bool:
    """Make what is missing: database, login roles, schema, the key of the seal. Quick when current.

    Returns:
        Whether a database of an earlier release was brought to this one: what is derived from its
        rows is to be derived again.

    Raises:
        psycopg.Error: when the server refuses; nothing of the failed step is left behind.
    """
    if settings.embedded:
        _ensure_embedded_database(settings)
    with owner_connection(settings) as connection:
        ensure_roles(connection, settings)
    found = current_revision(settings)
    if found != head_revision():
        say("Bringing the database up to date")
        alembic.command.upgrade(alembic_config(settings), "head")
    with owner_connection(settings) as connection:
        install_seal_key(connection, settings)
    return found is not None and found != head_revision()


def _ensure_embedded_database(settings: Settings) -> None:
    address = hold_embedded(settings)
    with psycopg.connect(address.url("postgres"), autocommit=True) as connection:
        ensure_owner(connection, settings)
        ensure_empty_database(connection, settings, EMBEDDED_DATABASE)


def ensure_owner(connection: psycopg.Connection, settings: Settings) -> None:
    """The owner of all tables: neither superuser nor BYPASSRLS, so policies bind it too."""
    owner = login_name(settings, "owner")
    found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [owner]).fetchone()
    if not found:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEROLE").format(sql.Identifier(owner)))
    connection.execute(
        sql.SQL("ALTER ROLE {} PASSWORD {}").format(
            sql.Identifier(owner), sql.Literal(role_password(settings, "owner"))
        )
    )


def ensure_empty_database(connection: psycopg.Connection, settings: Settings, name: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
        return
    connection.execute(
        sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0").format(
            sql.Identifier(name), sql.Identifier(login_name(settings, "owner"))
        )
    )


def ensure_roles(connection: psycopg.Connection, settings: Settings) -> None:
    """The login roles, their passwords and their limits. Repeatable."""
    for role in LoginRole:
        name = sql.Identifier(login_name(settings, role))
        found = connection.execute(
            "SELECT 1 FROM pg_roles WHERE rolname = %s", [login_name(settings, role)]
        ).fetchone()
        if not found:
            connection.execute(sql.SQL("CREATE ROLE {} LOGIN NOINHERIT").format(name))
        connection.execute(
            sql.SQL("ALTER ROLE {} PASSWORD {}").format(
                name, sql.Literal(role_password(settings, role))
            )
        )
        for setting, value in ROLE_SETTINGS.items():
            connection.execute(
                sql.SQL("ALTER ROLE {} SET {} = {}").format(
                    name, sql.Identifier(setting), sql.Literal(value)
                )
            )


def install_seal_key(connection: psycopg.Connection, settings: Settings) -> None:
    """Give the database the pads of the key that scopes are sealed with."""
    inner, outer = hmac_pads(settings.scope_secret)
    connection.execute(
        "INSERT INTO scope_seal (id, inner_pad, outer_pad) VALUES (1, %s, %s)"
        " ON CONFLICT (id) DO UPDATE SET inner_pad = excluded.inner_pad,"
        " outer_pad = excluded.outer_pad WHERE scope_seal.inner_pad <> excluded.inner_pad",
        [inner, outer],
    )


def alembic_config(settings: Settings) -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["settings"] = settings
    return config


def migrations_sql(settings: Settings) -> dict[str, str]:
    """The statements of each migration, by its name, in their order. Nothing is run."""
    config = alembic_config(settings)
    found = {}
    for script in reversed(list(ScriptDirectory.from_config(config).walk_revisions())):
        config.output_buffer = io.StringIO()
        before = script.down_revision or "base"
        alembic.command.upgrade(config, f"{before}:{script.revision}", sql=True)
        # As the driver would get it, so with every % doubled.
        found[Path(script.path).stem] = config.output_buffer.getvalue().replace("%%", "%")
    return found


def head_revision() -> str | None:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return ScriptDirectory.from_config(config).get_current_head()


def current_revision(settings: Settings) -> str | None:
    engine = sa.create_engine(owner_url(settings), poolclass=sa.NullPool)
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def differences(settings: Settings) -> list[str]:
    """What the models say and the database does not have, or the other way round."""
    engine = sa.create_engine(owner_url(settings), poolclass=sa.NullPool)
    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={"include_object": include_object, "compare_type": True},
        )
        return [str(d) for d in compare_metadata(context, Base.metadata)]


# Made and upgraded by other hands than our models.
FOREIGN_TABLES = ("procrastinate_", "scope_seal", "alembic_version")


def include_object(
    _object: object, name: str | None, kind: str, _reflected: bool, _compare_to: object
) -> bool:
    return not (kind == "table" and name is not None and name.startswith(FOREIGN_TABLES))
