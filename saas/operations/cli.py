"""`flask --app saas.app operations ...`: backups, settings, the pooler's files."""

from __future__ import annotations

import datetime as dt
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

import click
from flask import current_app
from flask.cli import with_appcontext

from saas.audit.actions import record_across
from saas.config import Settings
from saas.database.faults import said_of
from saas.database.migrate import UpgradeRefusedError, ensure_database, head_revision
from saas.database.scope import Scope, scoped
from saas.documents.storage import StorageError, open_storage
from saas.operations import backup as backups
from saas.operations import erasures
from saas.operations import manifest as manifests
from saas.operations import restore as restores
from saas.operations.bringing_back import bring_tenant_back
from saas.operations.manifest import BackupError
from saas.operations.pooler import write_files
from saas.operations.programs import ProgramError
from saas.operations.settings_list import settings_list
from saas.operations.streams import EncryptionError
from saas.operations.verify import verify_backup
from saas.reference.progress import progress_bar
from saas.task_runs.recording import record_backup
from saas.web.today import now, today
from tenants.outage.queries import day_sheet
from tenants.outage.sheet import sheet_as_pdf
from tenants.protection.redoing import Redone, erase_again

FOLDER = click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="BACKUP"
)
IDENTITY = click.option(
    "--identity",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="The file of age's secret key, for a backup that is encrypted; - is standard input.",
)


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


@contextmanager
def _telling() -> Iterator[None]:
    """What went wrong, in words and without a traceback."""
    try:
        yield
    except (
        BackupError,
        EncryptionError,
        ProgramError,
        StorageError,
        UpgradeRefusedError,
    ) as failed:
        raise click.ClickException(str(failed)) from failed
    except OSError as failed:
        raise click.ClickException(f"{said_of(failed)} Nothing was kept.") from failed


def _secret(identity: Path | None) -> str:
    if identity is None:
        return ""
    if str(identity) == "-":
        return sys.stdin.read()
    return identity.read_text(encoding="utf-8")


@click.group("operations")
def operations_group() -> None:
    """Looking after the service: backups, settings, the pooler."""


@operations_group.command("backup")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder of backups: each is a folder in it.",
)
@click.option(
    "--keep",
    type=click.IntRange(1),
    help="Delete all but so many of the newest, once this one is whole.",
)
@with_appcontext
def backup(into: Path, keep: int | None) -> None:
    """Back up the database and the uploaded files, at one moment.

    Ends with 1 if nothing was kept, and if a file that the database knows was not in the store.
    """
    at, begun = now(), time.monotonic()
    try:
        with _telling(), progress_bar() as progress:
            made, manifest = backups.make_backup(_settings(), into, at=at, say=progress)
    except click.ClickException:
        _note("backup", at, begun, ok=False, size=0)
        raise
    _note("backup", at, begun, ok=not manifest.missing, size=manifest.size)
    click.echo(
        f"{made}: {sum(manifest.rows.values()):,} rows of {len(manifest.rows)} tables and"
        f" {manifest.documents:,} files, {manifest.size / 1e6:,.1f} MB,"
        f" {'encrypted' if manifest.encrypted else 'NOT encrypted'}."
    )
    try:
        erasures.write_list(_settings(), into / erasures.NAME, at=at)
    except (BackupError, OSError) as failed:
        raise click.ClickException(
            f"The backup is kept; the list of erasures could not be added to: {failed}"
        ) from failed
    for old in backups.remove_old(into, keep=keep) if keep else ():
        click.echo(f"{old} is deleted.")
    for one in manifest.missing:
        click.echo(f"Missing in the store: the file of {one}")
    if manifest.missing:
        raise click.ClickException(f"{len(manifest.missing)} files were missing; all else is kept.")


def _note(kind: str, at: dt.datetime, begun: float, *, ok: bool, size: int) -> None:
    """For the page about the service's state. A backup counts even where this cannot be noted."""
    try:
        with scoped(Scope.jobs()) as session:
            record_backup(
                session, kind, at=at, seconds=round(time.monotonic() - begun), ok=ok, size=size
            )
    except Exception as failed:
        click.echo(
            f"This could not be noted for the status page: {type(failed).__name__}", err=True
        )


@operations_group.command("verify-backup")
@FOLDER
@IDENTITY
@with_appcontext
def verify(folder: Path, identity: Path | None) -> None:
    """Restore a backup into a scratch database, count, check trails, files and walls; drop it."""
    at, begun, settings = now(), time.monotonic(), _settings()
    try:
        with _telling(), progress_bar() as progress:
            manifest = manifests.read(folder)
            with restores.scratch_database(settings, _scratch_name(at)) as scratch:
                good = verify_backup(
                    scratch,
                    folder,
                    manifest,
                    identity=_secret(identity),
                    make_service=current_app.extensions["build_service"],
                    now=time.time(),
                    say=progress,
                )
    except click.ClickException:
        _note("verify", at, begun, ok=False, size=0)
        raise
    _note("verify", at, begun, ok=True, size=manifest.size)
    click.echo(
        f"The backup of {manifest.made_at:%-d %B %Y, %H:%M} UTC is good: {good.rows:,} rows of"
        f" {good.tables} tables, {good.chains} trails, {good.documents:,} files; the walls stand."
    )


def _scratch_name(at: dt.datetime) -> str:
    return f"send_scratch_{at:%Y%m%d_%H%M%S}"


@operations_group.command("restore")
@FOLDER
@IDENTITY
@click.option("--overwrite", is_flag=True, help="Take the place of what the database holds now.")
@click.option("--authority", "slug", help="One authority's cases alone, such as trafford.")
@click.option(
    "--erasures",
    "list_file",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="The list of what was erased; the one beside the backup, where it is not named.",
)
@click.option("--without-erasures", is_flag=True, help="Nothing was erased since the backup.")
@click.confirmation_option(prompt="What was entered since the backup is lost. Go on?")
@with_appcontext
def restore(
    folder: Path,
    identity: Path | None,
    overwrite: bool,
    slug: str | None,
    list_file: Path | None,
    without_erasures: bool,
) -> None:
    """Make the database and the files what they were when the backup was made.

    Stop the web and the worker first. With --authority they may run: its cases become what they
    were, and the account, the trail, people and messages of everybody stay as they are.

    What was erased since the backup is erased again: as the database says whose place it takes,
    and the list that each backup adds to. Ends with 1 if something of it could not be.
    """
    settings, secret = _settings(), _secret(identity)
    with _telling(), progress_bar() as progress:
        manifest = manifests.read(folder)
        if slug is not None:
            with restores.scratch_database(settings, _scratch_name(now())) as scratch:
                cases, files, redone = bring_tenant_back(
                    settings,
                    scratch,
                    folder,
                    manifest,
                    slug,
                    identity=secret,
                    at=now(),
                    say=progress,
                )
            click.echo(
                f"{slug} has the {cases:,} cases and {files:,} files of"
                f" {manifest.made_at:%-d %B %Y, %H:%M} UTC."
            )
            _tell_redone(redone)
            return
        erased = erasures.to_redo(
            settings, folder, list_file=list_file, nothing_erased=without_erasures
        )
        restores.restore_database(
            settings, folder, manifest, identity=secret, overwrite=overwrite, say=progress
        )
        files = restores.restore_documents(
            settings, folder, manifest, identity=secret, say=progress
        )
        ensure_database(settings)
        redone = erase_again(erased, storage=open_storage(settings), at=now())
    click.echo(
        f"Restored: {sum(manifest.rows.values()):,} rows and {files:,} files of"
        f" {manifest.made_at:%-d %B %Y, %H:%M} UTC; the database is at {head_revision()}."
    )
    click.echo(
        "The secrets are this deployment's own: SECRET_KEY must be the one of then, or everybody"
        " sets up their second proof anew."
    )
    if manifest.revision != head_revision():
        click.echo("The backup is of an earlier release: run `cases derive` and `statistics keep`.")
    _tell_redone(redone)


def _tell_redone(redone: Redone) -> None:
    click.echo(f"Erased again, as they had been since the backup: {redone.cases} cases.")
    if redone.left:
        raise click.ClickException(
            f"{len(redone.left)} cases that had been erased are there again, and wait to be erased:"
            + "".join(f"\n  {reference}: {why}" for reference, why in redone.left)
        )


@operations_group.command("erasures")
@click.option("--into", type=click.Path(dir_okay=False, path_type=Path), help="A list to add to.")
@click.option(
    "--again",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A list whose cases are erased again, where a restore brought them back.",
)
@with_appcontext
def list_erasures(into: Path | None, again: Path | None) -> None:
    """Keep the list of what was erased, or erase it again.

    Each backup adds to the list beside it. In between, --into keeps it on another machine up to
    date: what is in no list when the database is lost comes back with the backup. Ends with 1 if
    a case of the list is there and could not be erased again.
    """
    if (into is None) == (again is None):
        raise click.UsageError("Give one of --into and --again.")
    settings = _settings()
    with _telling():
        if into is not None:
            number = erasures.write_list(settings, into, at=now())
            click.echo(f"{into} holds {number:,} erasures.")
            return
        assert again is not None
        redone = erase_again(erasures.read(again), storage=open_storage(settings), at=now())
    _tell_redone(redone)


@operations_group.command("settings")
@with_appcontext
def list_settings() -> None:
    """Print every setting: its name, what it is, its default, and whether it is set here.

    Secrets are not printed.
    """
    for one in settings_list(_settings()):
        needed = " (required in production)" if one.required else ""
        click.echo(f"{one.name}{needed}")
        for line in one.meaning:
            click.echo(f"    {line}")
        click.echo(f"    Default: {one.default}. Here: {one.here}.")


@operations_group.command("pooler")
@click.option("--into", type=click.Path(file_okay=False, path_type=Path), required=True)
@click.option("--listen", default="127.0.0.1:6432", show_default=True, help="host:port")
@click.option(
    "--pool-size",
    type=click.IntRange(1, 200),
    default=8,
    show_default=True,
    help="Connections to the server for each login role.",
)
@with_appcontext
def pooler(into: Path, listen: str, pool_size: int) -> None:
    """Write pgbouncer.ini and userlist.txt for a PgBouncer in transaction mode.

    userlist.txt holds the passwords of the login roles. Then set DATABASE_POOLER to the address.
    """
    for path in write_files(_settings(), into, listen=listen, pool_size=pool_size):
        click.echo(f"{path} is written.")


@operations_group.command("day-sheet")
@click.option("--into", type=click.File("wb"), required=True, help="A file; - is standard output.")
@with_appcontext
def print_day_sheet(into: BinaryIO) -> None:
    """Write today's meetings, clocks and telephone numbers as a PDF, to be printed each morning.

    It is confidential: `... day-sheet --into - | lp` leaves no file behind.
    """
    at = now()
    with scoped(Scope.all_cases(None)) as session:
        found = day_sheet(session, today=today())
    record_across(
        "day sheet printed",
        person_id=None,
        at=at,
        meetings=len(found.meetings),
        clocks=len(found.clocks),
    )
    into.write(sheet_as_pdf(found, _settings(), at=at))
