"""The clock on the wall, read at the doors alone: every rule has its today passed in."""

from __future__ import annotations

import datetime as dt

from saas.reference.today import LONDON


def clock() -> dt.datetime:
    """The wall clock. Tests put a standing one in its place; a sealed scope never asks it."""
    return dt.datetime.now(dt.UTC)


def now() -> dt.datetime:
    """This moment, in UTC."""
    return clock()


def today() -> dt.date:
    """Today in England."""
    return clock().astimezone(LONDON).date()
