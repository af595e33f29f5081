"""`subscribers export` and `subscribers verify-export`: all of an authority's data as one file."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from saas.audit.actions import record as audit
from saas.database.scope import Scope, scoped
from saas.documents.storage import StorageError, open_storage
from saas.reference.today import LONDON
from saas.web.today import now
from tenants.subscribers.queries import find_tenancy
from tenants.tenure.export.verifying import verify
from tenants.tenure.export.writing import write_export


@click.command("export")
@click.argument("slug")
@click.option(
    "--into",
    type=click.Path(file_okay=False, path_type=Path),
    required=True,
    help="The folder that the ZIP is written to.",
)
@click.option(
    "--whole",
    is_flag=True,
    help="All that the provider holds, what families said in confidence too: never for the"
    " authority.",
)
@with_appcontext
def export(slug: str, into: Path, whole: bool) -> None:
    """Write all that an authority may read of its data into one ZIP, with a description and
    checksums."""
    tenancy = find_tenancy(slug)
    if tenancy is None:
        raise click.UsageError(f"No authority called {slug!r} subscribes.")
    settings, at = current_app.extensions["settings"], now()
    into.mkdir(parents=True, exist_ok=True)
    kind = "-whole" if whole else ""
    path = into / f"{slug}{kind}-{at.astimezone(LONDON):%Y-%m-%d-%H%M%S}.zip"

    def say(*, tables: int, of: int, rows: int, files: int) -> None:
        if tables == of:
            click.echo(f"{tables} tables, {rows:,} rows, {files:,} files")

    try:
        write_export(
            path, tenancy, whole=whole, provider=settings.provider_name,
            storage=open_storage(settings), at=at, say=say,
        )  # fmt: skip
    except (OSError, StorageError) as failed:
        path.unlink(missing_ok=True)
        raise click.ClickException(f"The export is not made: {failed}") from failed
    with scoped(Scope.provider(tenancy.id, None)) as session:
        audit(
            session, "export taken away", subject_kind="authority", subject_id=tenancy.id, at=at,
            whole=whole, by="command",
        )  # fmt: skip
    click.echo(f"{path} is written. Check it with: subscribers verify-export {path}")


@click.command("verify-export")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def verify_export(file: Path) -> None:
    """Check an export's checksums and numbers of rows. It needs no database."""
    try:
        found = verify(file)
    except ValueError as wrong:
        raise click.ClickException(str(wrong)) from wrong
    for fault in found.faults:
        click.echo(fault)
    if found.faults:
        raise click.ClickException(f"{len(found.faults)} faults: do not rely on this export.")
    click.echo(f"{found.files} files and {found.tables} tables with {found.rows:,} rows: all well.")
