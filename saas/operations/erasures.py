"""The list of what was erased, kept beside the backups: a backup is older than some erasures, and
what was erased must not come back with it.

The list holds numbers, ids and days, and nobody's name. It only grows: what is in it and not in
the database (which was restored, for one) stays in it.
"""

from __future__ import annotations

import datetime as dt
import os
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import psycopg
from psycopg.rows import dict_row
from pydantic import BaseModel, ConfigDict, ValidationError

from saas.config import Settings
from saas.database.connections import owner_connection
from saas.operations.backup import backup_url
from saas.operations.manifest import BackupError
from tenants.protection.redoing import Erased

NAME = "erasures.json"
_ALL = """SELECT tenant_id, id, reference, closed_on, kept_until, years, asked_on, asked_at,
                 asked_by, erased_at
          FROM case_erasure WHERE erased_at IS NOT NULL ORDER BY tenant_id, erased_at, id"""


class ErasureList(BaseModel):
    """The file."""

    model_config = ConfigDict(frozen=True)

    format: int = 1
    written_at: dt.datetime
    erased: tuple[Erased, ...]


def beside(backup: Path) -> Path:
    """Where the list lies that was written with a backup."""
    return backup.absolute().parent / NAME


def read(path: Path) -> tuple[Erased, ...]:
    """What a list holds.

    Raises:
        BackupError: it is none.
    """
    try:
        found = ErasureList.model_validate_json(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as fault:
        raise BackupError(f"{path} cannot be read: {type(fault).__name__}.") from fault
    except ValidationError as wrong:
        raise BackupError(f"{path} is no list of erasures.") from wrong
    if found.format != 1:
        raise BackupError(f"{path} has format {found.format}: a newer release wrote it.")
    return found.erased


def together(*lists: Iterable[Erased]) -> tuple[Erased, ...]:
    """Each erasure once, the earliest first."""
    found = {(one.tenant_id, one.id): one for these in lists for one in these}
    return tuple(sorted(found.values(), key=lambda one: (one.erased_at, one.id)))


def write_list(settings: Settings, path: Path, *, at: dt.datetime) -> int:
    """Add to the file what the database says was erased; how many it holds then.

    Raises:
        BackupError: no role that reads past the walls is named, or the file is no list.
        OSError: the file cannot be written; the one before is as it was.
    """
    with psycopg.connect(backup_url(settings)) as connection:
        now = _of(connection)
    before = read(path) if path.exists() else ()
    found = together(before, now)
    new = path.with_name(f"{path.name}.new")
    with suppress(FileNotFoundError):
        new.unlink()
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(ErasureList(written_at=at, erased=found).model_dump_json(indent=1))
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)
    return len(found)


def of_database(settings: Settings) -> tuple[Erased, ...] | None:
    """What the database of the settings says was erased, asked by its owner; None where it has no
    such log. Nobody else may be at work in it.

    Raises:
        psycopg.Error: it cannot be read.
    """
    with owner_connection(settings) as connection:
        has = connection.execute("SELECT to_regclass('public.case_erasure')").fetchone()
        if not has or has[0] is None:
            return None
        # The owner is bound by the walls too, until this is rolled back.
        connection.execute("SET LOCAL lock_timeout = '10s'")
        connection.execute("ALTER TABLE case_erasure NO FORCE ROW LEVEL SECURITY")
        try:
            return _of(connection)
        finally:
            connection.rollback()


def _of(connection: psycopg.Connection) -> tuple[Erased, ...]:
    with connection.cursor(row_factory=dict_row) as cursor:
        return tuple(Erased(**row) for row in cursor.execute(_ALL))


def to_redo(
    settings: Settings, backup: Path, *, list_file: Path | None, nothing_erased: bool
) -> tuple[Erased, ...]:
    """What is to be erased again after this backup is restored: as the database says whose place
    it takes, and as the list does.

    Args:
        list_file: None takes the one beside the backup, if there is one.
        nothing_erased: somebody says that there is nothing, so that no list is needed.

    Raises:
        BackupError: neither the database nor a list says what was erased; or it is in use.
    """
    try:
        known = of_database(settings)
    except psycopg.errors.LockNotAvailable as busy:
        raise BackupError("The database is in use: stop the web and the worker first.") from busy
    except psycopg.OperationalError:
        # It is lost: that is why it is restored.
        known = None
    path = list_file or beside(backup)
    listed = read(path) if list_file or path.exists() else None
    if known is None and listed is None and not nothing_erased:
        raise BackupError(
            f"What was erased since the backup would come back, and no list says what it was: name"
            f" it by --erasures (each backup adds to {NAME} beside it), or say"
            " --without-erasures if it was nothing."
        )
    return together(known or (), listed or ())
