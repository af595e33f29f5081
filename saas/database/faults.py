"""What a command says when its database was never set up, is older, or does not answer; and when a
file or folder it was given cannot be used."""

from __future__ import annotations

from typing import Any

import click
import psycopg
import sqlalchemy as sa
from flask import current_app
from flask.cli import ScriptInfo

from saas.config import Settings
from saas.database.migrate import current_revision, head_revision, lacks_migrations

SET_UP = "flask --app saas.app database upgrade"


def explanation(settings: Settings) -> str | None:
    """What is amiss with the database and what to do; None when it is as it should be."""
    try:
        there = current_revision(settings)
    except (sa.exc.OperationalError, psycopg.OperationalError) as unreachable:
        cause = getattr(unreachable, "orig", None) or unreachable
        said = " ".join(str(cause).split())
        return f"The database cannot be used: {said}\nA new one is set up with: {SET_UP}"
    if there is None:
        return f"The database was never set up. Set it up with: {SET_UP}"
    if lacks_migrations(there):
        return (
            f"The database is at {there}, and this release needs {head_revision()}."
            f" Bring it up to date with: {SET_UP}"
        )
    return None


def said_of(fault: OSError) -> str:
    """Which file or folder it is about, and what the system says of it."""
    named = f"{fault.filename}: " if fault.filename is not None else ""
    return f"{named}{fault.strerror or fault}."


def explaining(command: click.Command) -> click.Command:
    """The command, or group of them, with a clear message in the place of such a traceback."""
    invoke = command.invoke

    def explained(ctx: click.Context) -> Any:
        try:
            return invoke(ctx)
        except (sa.exc.DBAPIError, psycopg.Error) as fault:
            app = current_app or ctx.ensure_object(ScriptInfo).load_app()
            words = explanation(app.extensions["settings"])
            if words is None:
                raise
            raise click.ClickException(words) from fault
        except OSError as fault:
            if fault.filename is None:
                raise
            raise click.ClickException(said_of(fault)) from fault

    command.invoke = explained  # type: ignore[method-assign]
    return command
