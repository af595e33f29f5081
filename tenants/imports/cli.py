"""`flask --app saas.app cases ...`: cases from a spreadsheet, and where they stand."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.exc import IntegrityError

from saas.database.scope import Scope, scoped
from saas.documents.csv_files import csv_bytes
from saas.identity.signed_in import Tenancy
from saas.reference.progress import progress_bar
from saas.reference.today import london_today
from tenants.casework.kept.deriving_again import derive_all, differences, pieces_of
from tenants.imports.columns import described, template
from tenants.imports.rows import RowFault
from tenants.imports.run import ImportRefusedError, import_cases
from tenants.imports.sheets import SheetRefused
from tenants.subscribers.queries import all_tenancies, find_tenancy
from tenants.subscribers.refused import StandingRefused

FAULTS_SHOWN = 200
ALL = "all"


@click.group("cases")
def cases_group() -> None:
    """Cases: bring them in from a spreadsheet, derive again where they stand."""


@cases_group.command("import")
@click.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
@click.option("--authority", metavar="SLUG", help="whose cases they are, such as trafford")
@click.option("--dry-run", is_flag=True, help="check everything, write nothing")
@click.option(
    "--errors",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="write every mistake into this CSV file",
)
@click.option("--template", "show_template", is_flag=True, help="print an example file and stop")
@click.option("--columns", "show_columns", is_flag=True, help="print what each column holds")
@with_appcontext
def import_command(
    file: Path | None,
    authority: str | None,
    dry_run: bool,
    errors: Path | None,
    show_template: bool,
    show_columns: bool,
) -> None:
    """Bring the cases of FILE (CSV or XLSX) into one authority: all of them, or none.

    A case that is there already is recognised by its external_reference and left as it is.
    """
    if show_template or show_columns:
        click.echo(template() if show_template else described(), nl=show_columns)
        return
    if file is None:
        raise click.UsageError("Say which FILE; --template prints an example of one.")
    if authority is None:
        raise click.UsageError("Say whose cases they are: --authority trafford")
    tenancy = find_tenancy(authority)
    if tenancy is None:
        raise click.UsageError(f"No authority with the name {authority!r} subscribes.")
    try:
        with progress_bar() as progress:
            done = import_cases(
                file,
                tenancy.id,
                at=dt.datetime.now(dt.UTC),
                today=london_today(),
                progress=progress,
                dry_run=dry_run,
            )
    except (SheetRefused, StandingRefused) as refused:
        raise click.ClickException(f"{refused}\nNothing was written.") from None
    except ImportRefusedError as refused:
        _say_faults(refused.faults, errors)
        raise click.ClickException(str(refused)) from None
    except IntegrityError:
        raise click.ClickException(
            "Another import brought in some of these cases meanwhile. Nothing was written:"
            " run it again."
        ) from None
    if dry_run:
        click.echo(f"{done}. This was a trial: nothing was written.")
    else:
        click.echo(f"{done}.")


def _chosen(authority: str) -> list[Tenancy]:
    with scoped(Scope.all_cases(None)) as session:
        found = [t for t in all_tenancies(session) if authority in (ALL, t.slug)]
    if not found and authority != ALL:
        raise click.UsageError(f"No authority called {authority!r} subscribes.")
    return found


@cases_group.command("derive")
@click.option("--authority", default=ALL, help="One authority's slug; all of them when left out.")
@click.option("--check", is_flag=True, help="change nothing; fail if anything would change")
@with_appcontext
def derive_command(authority: str, check: bool) -> None:
    """Derive from the facts again where each case stands and what its authority must do.

    Run it after every upgrade: it writes what a new release derives more, or otherwise. It can be
    run at any time and twice.
    """
    tenancies = _chosen(authority)
    if not check:
        with progress_bar() as progress:
            cases, written = derive_all(tenancies, progress)
        told = f"{written:,} were written anew" if written else "nothing differs"
        click.echo(f"Looked at {cases:,} cases: {told}.")
        return
    cases = wrong = 0
    for tenancy in tenancies:
        for some in pieces_of(tenancy):
            cases += len(some)
            with scoped(Scope.all_cases(None)) as session:
                for found in differences(session, tenancy.id, some):
                    wrong += 1
                    click.echo(f"{tenancy.slug}: case {found.case_id}: {found.what}")
    if wrong:
        raise click.ClickException(
            f"{wrong:,} differences. `cases derive` puts what is kept right."
        )
    click.echo(f"Looked at {cases:,} cases: nothing differs.")


def _say_faults(faults: Sequence[RowFault], into: Path | None) -> None:
    for fault in faults[:FAULTS_SHOWN]:
        where = f"Row {fault.row}, {fault.column}" if fault.column else f"Row {fault.row}"
        click.echo(f"{where}: {fault.reason}", err=True)
    if len(faults) > FAULTS_SHOWN:
        left = len(faults) - FAULTS_SHOWN
        hint = "" if into else "; --errors FILE writes them all"
        click.echo(f"... and {left:,} more{hint}.", err=True)
    if into is not None:
        into.write_bytes(
            csv_bytes(
                ("row", "column", "mistake"),
                ((fault.row, fault.column, fault.reason) for fault in faults),
            )
        )
        click.echo(f"Every mistake is in {into}.", err=True)
