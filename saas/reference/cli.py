"""`flask --app saas.app reference ...`: load the open data."""

from __future__ import annotations

from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from saas.database.connections import owner_connection
from saas.reference.credits import POSTCODE_CREDIT, PUBLIC_SECTOR_CREDIT
from saas.reference.load import load_reference
from saas.reference.postcode_files import PostcodeFileError
from saas.reference.postcode_load import load_postcodes
from saas.reference.progress import progress_bar


@click.group()
def reference() -> None:
    """Authorities, postcodes and national figures: load and ask."""


@reference.command("load")
@with_appcontext
def load() -> None:
    """Load the reference data that comes with the product; say what changed."""
    settings = current_app.extensions["settings"]
    with owner_connection(settings) as connection, progress_bar() as progress:
        changes = load_reference(connection, progress)
    for change in changes:
        click.echo(str(change))
    click.echo(PUBLIC_SECTOR_CREDIT)
    click.echo(POSTCODE_CREDIT)


@reference.command("load-postcodes")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@with_appcontext
def load_postcodes_command(file: Path) -> None:
    """Load an edition of ONSPD or NSPL (CSV, plain, .gz or .zip) in place of the present list.

    A file with less than half as many English postcodes is taken for an extract: its rows are
    added or updated, and none is removed.
    """
    settings = current_app.extensions["settings"]
    try:
        with owner_connection(settings) as connection, progress_bar() as progress:
            change = load_postcodes(connection, file, progress)
    except PostcodeFileError as refused:
        raise click.ClickException(f"{refused} The postcodes are as they were.") from None
    click.echo(str(change))
