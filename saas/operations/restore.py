"""From a backup to a database: into an empty one, or in the place of what is there.

What a backup does not hold comes from the settings of the deployment: the keys, and with them the
passwords of the login roles and the seal of scopes.
"""

from __future__ import annotations

import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psycopg
from psycopg import sql

from saas.config import Settings
from saas.database.connections import (
    EMBEDDED_DATABASE,
    hold_embedded,
    owner_connection,
    owner_url,
    plain_url,
)
from saas.database.migrate import ensure_empty_database, ensure_owner, ensure_roles
from saas.database.migrate import install_seal_key as install_seal
from saas.documents.storage import open_storage
from saas.operations import manifest as manifests
from saas.operations.backup import SET_ASIDE, count_rows, tables_of
from saas.operations.manifest import BackupError, Manifest
from saas.operations.programs import ProgramError, connection_arguments, find_program
from saas.operations.streams import opened
from saas.reference.progress import ReportsProgress, silent


def refuse_unfit(settings: Settings, manifest: Manifest) -> None:
    """Refuse a backup that cannot become this deployment's database, before anything is done.

    Raises:
        BackupError: naming the setting that differs.
    """
    if manifest.role_prefix != settings.database_role_prefix:
        raise BackupError(
            f"The backup is of a deployment with DATABASE_ROLE_PREFIX={manifest.role_prefix}, and"
            f" this one has {settings.database_role_prefix}: set it as it was there."
        )
    owner = owner_url(settings).username
    if manifest.owner != owner:
        raise BackupError(
            f"The tables belonged to the role {manifest.owner}, and DATABASE_URL names {owner}:"
            f" let an administrator make a role {manifest.owner} and name it there."
        )


def restore_database(
    settings: Settings,
    folder: Path,
    manifest: Manifest,
    *,
    identity: str,
    overwrite: bool = False,
    say: ReportsProgress = silent,
) -> None:
    """Make the database of the settings what it was, at the release of the backup.

    What was there stays aside until all is well, and comes back when it is not.

    Raises:
        BackupError: the database is not empty, or in use; or the rows are not those of the backup.
        saas.operations.programs.ProgramError: there is no pg_restore that fits.
        saas.operations.streams.EncryptionError: the key does not open the backup.
    """
    refuse_unfit(settings, manifest)
    if settings.embedded:
        _ensure_embedded(settings)
    with owner_connection(settings) as connection:
        server = connection.info.server_version // 10_000
        if server < manifest.server:
            raise BackupError(
                f"The backup is of PostgreSQL {manifest.server}, this server is {server}:"
                " restore it into one as new."
            )
        program, _ = find_program(settings, "pg_restore", major=manifest.dumped_by)
        filled = bool(tables_of(connection))
        if filled and not overwrite:
            raise BackupError(
                f"The database {connection.info.dbname} is not empty. --overwrite puts the backup"
                " in its place: everything entered since is lost."
            )
        _refuse_in_use(connection, settings)
        ensure_roles(connection, settings)
        if filled:
            _set_aside(connection)
    try:
        _run(settings, program, manifest.path_of(folder, manifests.DATABASE), identity, say)
        with owner_connection(settings) as connection:
            _give_rights(connection, manifest)
            install_seal(connection, settings)
        compare_rows(settings, manifest)
    except BaseException:
        with owner_connection(settings) as connection:
            _put_back(connection, filled=filled)
        raise
    with owner_connection(settings) as connection:
        connection.execute(f"DROP SCHEMA IF EXISTS {SET_ASIDE} CASCADE".encode())


def _ensure_embedded(settings: Settings) -> None:
    with psycopg.connect(hold_embedded(settings).url("postgres"), autocommit=True) as admin:
        ensure_owner(admin, settings)
        ensure_empty_database(admin, settings, EMBEDDED_DATABASE)


def _refuse_in_use(connection: psycopg.Connection, settings: Settings) -> None:
    used = connection.execute(
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
        " AND pid <> pg_backend_pid() AND starts_with(usename, %s)",
        [f"{settings.database_role_prefix}_"],
    ).fetchone()
    if used and used[0]:
        raise BackupError(
            f"The database is in use by {used[0]} connections: stop the web and the worker first."
        )


def _set_aside(connection: psycopg.Connection) -> None:
    connection.execute(f"DROP SCHEMA IF EXISTS {SET_ASIDE} CASCADE".encode())
    connection.execute(f"ALTER SCHEMA public RENAME TO {SET_ASIDE}".encode())
    _make_public(connection)
    connection.commit()


def _make_public(connection: psycopg.Connection) -> None:
    """The schema as PostgreSQL makes it in a new database."""
    connection.execute("CREATE SCHEMA public")
    connection.execute("ALTER SCHEMA public OWNER TO pg_database_owner")
    connection.execute("GRANT USAGE ON SCHEMA public TO PUBLIC")


def _put_back(connection: psycopg.Connection, *, filled: bool) -> None:
    connection.execute("DROP SCHEMA public CASCADE")
    if filled:
        connection.execute(f"ALTER SCHEMA {SET_ASIDE} RENAME TO public".encode())
    else:
        _make_public(connection)


def _run(
    settings: Settings, program: Path, dump: Path, identity: str, say: ReportsProgress
) -> None:
    arguments, environment = connection_arguments(plain_url(owner_url(settings)))
    say("Database", 0, 1)
    with opened(dump, identity) as content:
        done = subprocess.run(
            [
                str(program),
                *arguments,
                *("--no-password", "--no-owner", "--exit-on-error", "--single-transaction"),
            ],
            stdin=content,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            errors="replace",
            env=environment,
            check=False,
        )
    say("Database", 1, 1)
    if done.returncode != 0:
        raise ProgramError("pg_restore failed: " + done.stderr.strip()[-500:])


def _give_rights(connection: psycopg.Connection, manifest: Manifest) -> None:
    database = sql.Identifier(connection.info.dbname)
    connection.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    for role, right in manifest.rights:
        if right not in ("CONNECT", "TEMPORARY"):
            raise BackupError(f"The backup asks for the right {right} on the database.")
        connection.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}").format(
                sql.SQL(right), database, sql.Identifier(role)
            )
        )


@contextmanager
def past_the_walls(connection: psycopg.Connection) -> Iterator[None]:
    """The owner sees all rows, until the transaction is rolled back.

    Nobody else may be at work in the database: each table is locked.
    """
    for table in walled_tables(connection):
        connection.execute(
            sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(
                sql.Identifier("public", table)
            )
        )
    try:
        yield
    finally:
        connection.rollback()


def walled_tables(connection: psycopg.Connection) -> list[str]:
    return [
        name
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND relforcerowsecurity"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
    ]


def compare_rows(settings: Settings, manifest: Manifest) -> None:
    """Whether each table has as many rows as were counted when the backup was made.

    Raises:
        BackupError: naming the tables that have not.
    """
    with owner_connection(settings) as connection, past_the_walls(connection):
        found = count_rows(connection)
    wrong = [
        f"{table}: {found.get(table, 0)} rows, and {manifest.rows.get(table, 0)} in the backup"
        for table in sorted({*found, *manifest.rows})
        if found.get(table, 0) != manifest.rows.get(table, 0)
    ]
    if wrong:
        raise BackupError("The rows are not those of the backup:\n" + "\n".join(wrong))


def restore_documents(
    settings: Settings,
    folder: Path,
    manifest: Manifest,
    *,
    identity: str,
    only: str = "",
    say: ReportsProgress = silent,
) -> int:
    """Put the files back into the store; how many there were.

    Args:
        only: the tenant's id without dashes, for the files of one; empty for all.
    """
    storage = open_storage(settings)
    done = 0
    for key, content in documents_of(folder, manifest, identity):
        if key.startswith(only):
            storage.put(key, content)
            done += 1
            say("Documents", done, manifest.documents)
    return done


def documents_of(folder: Path, manifest: Manifest, identity: str) -> Iterator[tuple[str, bytes]]:
    """The files of a backup, by their keys."""
    path = manifest.path_of(folder, manifests.DOCUMENTS)
    with (
        opened(path, identity) as content,
        tarfile.open(fileobj=content, mode="r|") as archive,
    ):
        for entry in archive:
            file = archive.extractfile(entry)
            if file is not None:
                yield entry.name, file.read()


@contextmanager
def scratch_database(settings: Settings, name: str) -> Iterator[Settings]:
    """An empty database beside the real one, and the settings by which it is used; it goes again.

    Raises:
        BackupError: the owner may make no database.
    """
    if settings.embedded:
        _ensure_embedded(settings)
        admin_url = hold_embedded(settings).url("postgres")
    else:
        admin_url = plain_url(owner_url(settings))
    url = owner_url(settings)
    owner = str(url.username)
    with psycopg.connect(admin_url, autocommit=True) as admin:
        try:
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'").format(
                    sql.Identifier(name), sql.Identifier(owner)
                )
            )
        except psycopg.errors.InsufficientPrivilege as refused:
            raise BackupError(
                f"The owner {owner} may make no database to try the backup in. Let an"
                f' administrator of the server run:\n    ALTER ROLE "{owner}" CREATEDB;'
            ) from refused
    scratch = settings.model_copy(
        update={
            "database_url": type(settings.database_url)(plain_url(url.set(database=name))),
            # What the scratch holds is read past no pooler, which does not know it.
            "database_pooler": "",
        }
    )
    try:
        yield scratch
    finally:
        with psycopg.connect(admin_url, autocommit=True) as admin, suppress(psycopg.Error):
            admin.execute(
                sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
            )
