"""From an empty server to the schema of this release."""

from __future__ import annotations

import io
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
import psycopg
import sqlalchemy as sa
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.runtime.migration import MigrationInfo
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
    plain_url,
    role_password,
)
from saas.database.scope import LoginRole, hmac_pads

Say = Callable[[str], None]


class UpgradeRefusedError(Exception):
    """The database could not be brought up to date; the text says why, and what to do."""


# What a role may take: a page that needs longer is a fault, not a wait.
ROLE_SETTINGS = {
    "statement_timeout": "30s",
    "lock_timeout": "10s",
    "idle_in_transaction_session_timeout": "60s",
}
# Who asks is found by one statement of ten tables before every page, and is joined as it is
# written: to plan it in every order takes PostgreSQL longer than to answer it.
SETTINGS_OF_ROLE: Mapping[LoginRole, Mapping[str, str]] = {
    LoginRole.IDENTITY: {"join_collapse_limit": "1"}
}

TRIES_OF_ROLES, SECONDS_BETWEEN_TRIES = 50, 0.1


# Less than the second after which the server looks for a deadlock: the migration gives way, and
# not a page.
WAIT_FOR_A_LOCK = "SET lock_timeout = '500ms'"
# Nobody waits behind an index that is made concurrently, and it waits for every older transaction.
WAIT_CONCURRENTLY = "SET lock_timeout = '10min'"
# Seconds between the tries of a migration that met a lock, five minutes in all. It is lucky once it
# comes between two pages that each use several of its tables: many tries do more than long pauses.
PAUSES = (0.5, 1.0, 2.0, *[3.0] * 100)


def ensure_database(
    settings: Settings, say: Say = lambda _: None, *, to: str | None = None
) -> bool:
    """Make what is missing: database, login roles, schema, the key of the seal. Quick when current.

    Args:
        to: stop at this migration; the key of the seal is given with the last.

    Returns:
        Whether a database of an earlier release was brought to this one: what is derived from its
        rows is to be derived again.

    Raises:
        UpgradeRefusedError: the owner may not do what is needed, or a migration failed. Each
            migration is one transaction, so the database stays at a whole revision.
        psycopg.Error: when the server does not answer.
    """
    if settings.embedded:
        _ensure_embedded_database(settings)
    with owner_connection(settings) as connection:
        ensure_roles(connection, settings)
    found = current_revision(settings)
    if found != head_revision():
        say("Bringing the database up to date")
        _upgrade(settings, to or "head", say)
    if to in (None, head_revision()):
        with owner_connection(settings) as connection:
            install_seal_key(connection, settings)
    return found is not None and found != head_revision()


def _upgrade(settings: Settings, to: str, say: Say) -> None:
    config = alembic_config(settings)
    at, pauses = current_revision(settings), iter(PAUSES)
    if at is not None:
        config.attributes["say"] = say
    while True:
        try:
            _drop_broken_off_indexes(settings)
            return alembic.command.upgrade(config, to)
        except (sa.exc.SQLAlchemyError, psycopg.Error) as fault:
            before, at = at, current_revision(settings)
            if at != before:
                pauses = iter(PAUSES)
            cause = getattr(fault, "orig", None) or fault
            pause = next(pauses, None) if isinstance(cause, GIVES_WAY) else None
            if pause is None:
                raise UpgradeRefusedError(
                    f"Migration {_after(at)} failed: {_one_line(cause)}\n"
                    f"The database is whole, at {at or 'the beginning'}: nothing of that migration"
                    " was kept. Put right what it names, then run the same command again."
                ) from fault
            say(f"{_after(at)} gave way to who uses its tables; again in {pause:g} s")
            time.sleep(pause)


GIVES_WAY = (psycopg.errors.LockNotAvailable, psycopg.errors.DeadlockDetected)


def _drop_broken_off_indexes(settings: Settings) -> None:
    """What making an index concurrently leaves when it breaks off: IF NOT EXISTS would take it for
    the index."""
    with psycopg.connect(plain_url(owner_url(settings)), autocommit=True) as connection:
        found = connection.execute(
            """SELECT n.nspname, c.relname
                 FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid
                 JOIN pg_namespace n ON n.oid = c.relnamespace
                WHERE NOT i.indisvalid AND c.relkind = 'i'
                  AND pg_get_userbyid(c.relowner) = current_user"""
        ).fetchall()
        for name in found:
            connection.execute(
                sql.SQL("DROP INDEX CONCURRENTLY IF EXISTS {}").format(sql.Identifier(*name))
            )


def _after(revision: str | None) -> str:
    """The migration that follows a revision, by its file's name."""
    scripts = ScriptDirectory.from_config(_plain_config())
    following = [s for s in scripts.walk_revisions() if s.down_revision == revision]
    return Path(following[0].path).stem if following else "after the last"


def _one_line(fault: BaseException) -> str:
    return str(fault).strip().splitlines()[0] if str(fault).strip() else type(fault).__name__


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
    """The login roles, their passwords and their limits. Repeatable, and committed.

    Raises:
        UpgradeRefusedError: the owner may make no roles, or one of that name is somebody else's.
    """
    for left in reversed(range(TRIES_OF_ROLES)):
        try:
            for role in LoginRole:
                _ensure_role(connection, settings, role)
        except psycopg.errors.InsufficientPrivilege as refused:
            connection.rollback()
            raise UpgradeRefusedError(_whose_roles(connection, settings, refused)) from refused
        except psycopg.errors.InternalError_:
            # Roles are the server's: somebody does the same for another of its databases, or for
            # this one. The server says "tuple concurrently updated", and has no code for it.
            connection.rollback()
            if not left:
                raise
            time.sleep(SECONDS_BETWEEN_TRIES)
        else:
            connection.commit()
            return


def _ensure_role(connection: psycopg.Connection, settings: Settings, role: LoginRole) -> None:
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
    for setting, value in {**ROLE_SETTINGS, **SETTINGS_OF_ROLE.get(role, {})}.items():
        connection.execute(
            sql.SQL("ALTER ROLE {} SET {} = {}").format(
                name, sql.Identifier(setting), sql.Literal(value)
            )
        )


def _whose_roles(connection: psycopg.Connection, settings: Settings, refused: psycopg.Error) -> str:
    """What to do where the server does not let the owner make or change the login roles."""
    owner = connection.info.user
    names = [login_name(settings, role) for role in LoginRole]
    there = [
        name
        for (name,) in connection.execute(
            "SELECT rolname FROM pg_roles WHERE rolname = ANY(%s) ORDER BY rolname", [names]
        )
    ]
    if not there:
        return (
            f"The owner {owner} may not make the login roles ({_one_line(refused)}). Let an"
            f' administrator of the server run:\n    ALTER ROLE "{owner}" CREATEROLE;'
        )
    quoted = ", ".join(f'"{name}"' for name in there)
    return (
        f"The server has login roles of these names already, and they are not {owner}'s to"
        f" change: {', '.join(there)}.\n"
        "If another deployment uses them, give this one names of its own:\n"
        "    DATABASE_ROLE_PREFIX=another_prefix\n"
        "If they are this deployment's (a restore, an owner of a new name), let an administrator"
        f' of the server run:\n    GRANT {quoted} TO "{owner}" WITH ADMIN OPTION;'
    )


def install_seal_key(connection: psycopg.Connection, settings: Settings) -> None:
    """Give the database the pads of the keys that scopes are sealed with, and take away those of
    any other key."""
    keys = [hmac_pads(key) for key in settings.scope_secrets]
    for number, (inner, outer) in enumerate(keys, start=1):
        connection.execute(
            "INSERT INTO scope_seal (id, inner_pad, outer_pad) VALUES (%s, %s, %s)"
            " ON CONFLICT (id) DO UPDATE SET inner_pad = excluded.inner_pad,"
            " outer_pad = excluded.outer_pad WHERE scope_seal.inner_pad <> excluded.inner_pad",
            [number, inner, outer],
        )
    connection.execute("DELETE FROM scope_seal WHERE id > %s", [len(keys)])


def alembic_config(settings: Settings) -> alembic.config.Config:
    config = _plain_config()
    config.set_main_option("file_template", "%%(rev)s_%%(slug)s")
    config.attributes["settings"] = settings
    return config


def new_migration(settings: Settings, name: str) -> Path:
    """Begin a migration after the newest, numbered and named like the others; its file."""
    config = alembic_config(settings)
    head = head_revision()
    number = f"{int(head or 0) + 1:04d}"
    made = alembic.command.revision(
        config, message=name.replace("_", " ").capitalize(), rev_id=number, head=head or "base"
    )
    script = made if not isinstance(made, list) else made[0]
    if script is None:
        raise RuntimeError("alembic made no migration")
    path = Path(script.path)
    return path.rename(path.with_name(f"{number}_{name}.py"))


_BEGIN, _COMMIT = "BEGIN;\n\n", "COMMIT;\n\n"


def migrations_sql(settings: Settings) -> dict[str, str]:
    """The statements of each migration, by its name, in their order. Nothing is run."""
    config = alembic_config(settings)
    scripts = ScriptDirectory.from_config(config).walk_revisions()
    names = {one.revision: Path(one.path).stem for one in scripts}
    config.output_buffer = written = io.StringIO()
    ends: dict[str, int] = {}

    def note(*, step: MigrationInfo, **_more: Any) -> None:
        ends[names[step.up_revision_ids[0]]] = written.tell()

    config.attributes["written"] = note
    # All of them in one go: each time alembic is asked, it reads every migration.
    alembic.command.upgrade(config, "base:head", sql=True)
    # As the driver would get it, so with every % doubled.
    whole = written.getvalue()
    begin = whole.index(_BEGIN)
    for_each = whole[:begin]
    found = {}
    for name, end in ends.items():
        found[name] = f"{for_each}{whole[begin:end]}{_COMMIT}".replace("%%", "%")
        begin = end + len(_COMMIT)
    return found


def _plain_config() -> alembic.config.Config:
    config = alembic.config.Config()
    config.set_main_option("script_location", str(ROOT / "migrations"))
    return config


def head_revision() -> str | None:
    return ScriptDirectory.from_config(_plain_config()).get_current_head()


def lacks_migrations(revision: str | None) -> bool:
    """Whether a database at this revision is older than this release. One that a later release has
    migrated already lacks nothing: this release serves on it until the later one is started."""
    *before, _last = revisions()
    return revision is None or revision in before


def revisions() -> list[str]:
    """The migrations of this release, first to last."""
    found = ScriptDirectory.from_config(_plain_config()).walk_revisions()
    return [one.revision for one in found][::-1]


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
