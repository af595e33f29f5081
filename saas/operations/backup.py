"""A backup: the database at one moment, and every uploaded file that it knows.

The rows are counted in the very snapshot that pg_dump reads. Files are read after it: a file is put
before its row is committed and is never changed, so all that the snapshot knows are there.
"""

from __future__ import annotations

import datetime as dt
import io
import shutil
import subprocess
import tarfile
import threading
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, cast

import psycopg
from psycopg import sql

from saas.config import Settings
from saas.database.connections import EMBEDDED_DATABASE, hold_embedded
from saas.documents.storage import MissingFileError, Storage, open_storage
from saas.operations.manifest import (
    DATABASE,
    DOCUMENTS,
    BackupError,
    Chain,
    Manifest,
    Part,
    write,
)
from saas.operations.programs import connection_arguments, find_program
from saas.operations.streams import piped, store
from saas.reference.progress import ReportsProgress, silent

# The pads of the seal's key are made from SCOPE_KEY, and a backup holds none of the secrets.
LEFT_OUT = ("scope_seal",)
UNFINISHED = ".unfinished"
# Where a restore keeps what it takes the place of, until it is through.
SET_ASIDE = "before_restore"
MAKE_ROLE = """The role of BACKUP_DATABASE_URL must read past the walls. An administrator of the
server makes it:
    CREATE ROLE mediation_backup LOGIN BYPASSRLS PASSWORD 'another-password';
    GRANT pg_read_all_data TO mediation_backup;
    GRANT CONNECT ON DATABASE "{database}" TO mediation_backup;"""


def backup_url(settings: Settings) -> str:
    """The connection that backups are made by.

    Raises:
        BackupError: none is named.
    """
    given = settings.backup_database_url.get_secret_value()
    if given:
        return given
    if settings.embedded:
        return hold_embedded(settings).url(EMBEDDED_DATABASE)
    raise BackupError("BACKUP_DATABASE_URL is missing.\n" + MAKE_ROLE.format(database="mediation"))


def make_backup(
    settings: Settings, into: Path, *, at: dt.datetime, say: ReportsProgress = silent
) -> tuple[Path, Manifest]:
    """Write a new backup into a folder of its own; the folder, and what it holds.

    It gets its name when it is whole: what was cut short is never taken for a backup.

    Raises:
        BackupError: the role may not read everything, or pg_dump failed.
        saas.operations.programs.ProgramError: there is no pg_dump that fits.
        saas.documents.storage.StorageError: the documents' store does not answer.
        OSError: the disk is full, for one. Nothing of the attempt stays.
    """
    url = backup_url(settings)
    into.mkdir(mode=0o700, parents=True, exist_ok=True)
    final = into / f"send-mediation-{at:%Y%m%dT%H%M%SZ}"
    folder = into / f"{final.name}{UNFINISHED}"
    if final.exists():
        raise BackupError(f"{final} is there already.")
    folder.mkdir(mode=0o700)
    try:
        manifest = _write_parts(settings, url, folder, at, say)
        write(manifest, folder)
        folder.rename(final)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        raise
    return final, manifest


def _write_parts(
    settings: Settings, url: str, folder: Path, at: dt.datetime, say: ReportsProgress
) -> Manifest:
    encrypted = bool(settings.backup_age_recipient)
    ending = ".age" if encrypted else ""
    with _snapshot(url) as (connection, snapshot):
        server = connection.info.server_version // 10_000
        program, dumped_by = find_program(settings, "pg_dump", major=server)
        rows = count_rows(connection)
        path = folder / (DATABASE + ending)
        with _dump(program, url, snapshot, len(rows), say) as dump:
            stored = [(path, store(dump, path, settings.backup_age_recipient))]
        (revision,) = _one(connection, "SELECT version_num FROM alembic_version")
        (owner,) = _one(
            connection,
            "SELECT datdba::regrole::text FROM pg_database WHERE datname = current_database()",
        )
        rights = connection.execute(
            "SELECT a.grantee::regrole::text, a.privilege_type FROM pg_database d,"
            " aclexplode(d.datacl) a WHERE d.datname = current_database()"
            " AND a.grantee <> d.datdba AND a.grantee <> 0 AND starts_with("
            " a.grantee::regrole::text, %s) ORDER BY 1, 2",
            [f"{settings.database_role_prefix}_"],
        ).fetchall()
        chains = chain_ends(connection)
        keys = connection.execute(
            "SELECT storage_key, case_id, id FROM case_document ORDER BY tenant_id, id"
        ).fetchall()
    missing: list[str] = []
    path = folder / (DOCUMENTS + ending)
    storage = open_storage(settings)

    def pack(writer: BinaryIO) -> None:
        missing.extend(_pack(storage, keys, writer, say))

    with piped(pack) as documents:
        stored.append((path, store(documents, path, settings.backup_age_recipient)))
    return Manifest(
        made_at=at,
        release=settings.release,
        revision=str(revision),
        server=server,
        dumped_by=dumped_by,
        owner=str(owner),
        role_prefix=settings.database_role_prefix,
        rights=tuple((str(role), str(right)) for role, right in rights),
        rows=rows,
        chains=chains,
        documents=len(keys) - len(missing),
        missing=tuple(missing),
        encrypted=encrypted,
        parts=tuple(Part(name=path.name, size=one.size, sha256=one.sha256) for path, one in stored),
    )


def _one(connection: psycopg.Connection, query: str) -> tuple[object, ...]:
    found = connection.execute(query.encode()).fetchone()
    if found is None:
        raise BackupError("The database was never set up: there is nothing to back up.")
    return found


@contextmanager
def _snapshot(url: str) -> Iterator[tuple[psycopg.Connection, str]]:
    """A transaction that reads everything as of one moment, and the name by which pg_dump does."""
    with psycopg.connect(url) as connection:
        connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
        connection.read_only = True
        (sees_all, database, has) = _one(
            connection,
            "SELECT rolsuper OR rolbypassrls, current_database(),"
            " to_regclass('public.alembic_version') IS NOT NULL"
            " FROM pg_roles WHERE rolname = current_user",
        )
        if not has:
            raise BackupError("The database was never set up: there is nothing to back up.")
        if not sees_all:
            raise BackupError(MAKE_ROLE.format(database=database))
        (snapshot,) = _one(connection, "SELECT pg_export_snapshot()")
        yield connection, str(snapshot)


def tables_of(connection: psycopg.Connection) -> list[str]:
    """The tables whose rows are in a backup."""
    return [
        name
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace AND relname <> ALL(%s) ORDER BY relname",
            [list(LEFT_OUT)],
        )
    ]


def count_rows(connection: psycopg.Connection) -> dict[str, int]:
    """How many rows each table has, to whom this connection shows all."""
    counted = {}
    for table in tables_of(connection):
        query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier("public", table))
        (number,) = connection.execute(query).fetchone() or (0,)
        counted[table] = int(number)
    return counted


def chain_ends(connection: psycopg.Connection) -> tuple[Chain, ...]:
    """The last link of each authority's trail."""
    ends = connection.execute(
        "SELECT DISTINCT ON (tenant_id) tenant_id, number, sha256 FROM audit_link"
        " ORDER BY tenant_id, number DESC"
    )
    return tuple(Chain(tenant=str(t), number=n, sha256=s) for t, n, s in ends)


@contextmanager
def _dump(
    program: Path, url: str, snapshot: str, tables: int, say: ReportsProgress
) -> Iterator[BinaryIO]:
    """What pg_dump writes. Its fault is raised at the end."""
    arguments, environment = connection_arguments(url)
    process = subprocess.Popen(
        [
            str(program),
            *arguments,
            *(f"--snapshot={snapshot}", "--format=custom", "--verbose", "--no-password"),
            f"--exclude-schema={SET_ASIDE}",
            *(f"--exclude-table-data={table}" for table in LEFT_OUT),
        ],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env=environment,
    )
    assert process.stdout is not None and process.stderr is not None
    said: deque[str] = deque(maxlen=5)

    def follow(errors: BinaryIO) -> None:
        done = 0
        with io.TextIOWrapper(errors, errors="replace") as lines:
            for line in lines:
                said.append(line.strip())
                if "dumping contents of table" in line:
                    done += 1
                    say("Database", done, tables)

    following = threading.Thread(target=follow, args=(process.stderr,), daemon=True)
    following.start()
    try:
        with process.stdout:
            yield cast(BinaryIO, process.stdout)
    except BaseException:
        process.kill()
        raise
    finally:
        process.wait()
        following.join()
    if process.returncode != 0:
        raise BackupError("pg_dump failed: " + "\n".join(said))


def _pack(
    storage: Storage,
    keys: Sequence[tuple[str, object, object]],
    into: BinaryIO,
    say: ReportsProgress,
) -> Iterator[str]:
    """Write the files, each by its key; those that are not there are told."""
    with tarfile.open(fileobj=into, mode="w|") as archive:
        for done, (key, case, document) in enumerate(keys, start=1):
            try:
                content = storage.get(key)
            except MissingFileError:
                yield f"case {case}, document {document}"
                continue
            entry = tarfile.TarInfo(key)
            entry.size = len(content)
            entry.mode = 0o600
            archive.addfile(entry, io.BytesIO(content))
            say("Documents", done, len(keys))


def remove_old(into: Path, *, keep: int) -> list[Path]:
    """Delete all but the newest backups of a folder, and what attempts that were killed left;
    those deleted."""
    whole = sorted(
        path for path in into.glob("send-mediation-*") if not path.name.endswith(UNFINISHED)
    )
    old = whole[:-keep]
    for path in old:
        shutil.rmtree(path)
    return old
