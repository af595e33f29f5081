"""Today, as the people in England have it. Only doors ask; rules are given the date."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

LONDON = ZoneInfo("Europe/London")


def london_today() -> dt.date:
    """The calendar day in England now: in summer it starts an hour before that of UTC."""
    return dt.datetime.now(LONDON).date()
