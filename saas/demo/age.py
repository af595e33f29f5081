"""How old the demonstration is, and beginning it afresh."""

from __future__ import annotations

import datetime as dt
import shutil

import psycopg
from psycopg import sql

from saas.config import Settings
from saas.database.connections import EMBEDDED_DATABASE, hold_embedded
from saas.database.migrate import ensure_database
from saas.demo.parts import told_until
from saas.reference.today import london_today

# Older than this, most of what is open has become late, which shows nobody's working day.
FRESH_FOR = dt.timedelta(days=31)


def is_old(settings: Settings, today: dt.date | None = None) -> str:
    """What to say of a demonstration older than FRESH_FOR; '' of a fresh one, or where none is."""
    until = told_until(settings)
    if until is None or (today or london_today()) - until <= FRESH_FOR:
        return ""
    return (
        f"The demonstration tells what happened until {until:%A} {until.day} {until:%B %Y}."
        " Much that was ahead then is late by now."
    )


def begin_afresh(settings: Settings) -> None:
    """Delete the embedded database and its files, and make an empty one. Nobody else may use it."""
    address = hold_embedded(settings)
    with psycopg.connect(address.url("postgres"), autocommit=True) as connection:
        connection.execute(
            sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(EMBEDDED_DATABASE))
        )
    shutil.rmtree(settings.var_dir / "documents", ignore_errors=True)
    ensure_database(settings)
