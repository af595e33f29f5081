"""The clock on the wall, read at the doors alone: every rule has its today passed in."""

from __future__ import annotations

import datetime as dt

from saas.reference.today import london_today

__all__ = ["now", "today"]


def now() -> dt.datetime:
    """This moment, in UTC."""
    return dt.datetime.now(dt.UTC)


def today() -> dt.date:
    """Today in England."""
    return london_today()
