"""When a contract has to be thought of: before the last day on which notice can be given. Pure."""

from __future__ import annotations

import datetime as dt

# So long before that day a contract stands among those to renew.
LOOKED_AT_DAYS = 60


def last_day_of_notice(ends_on: dt.date, notice_days: int) -> dt.date:
    """The last day on which notice still takes effect at the contract's end."""
    return ends_on - dt.timedelta(days=notice_days)


def is_to_renew(starts_on: dt.date, ends_on: dt.date, notice_days: int, today: dt.date) -> bool:
    """Whether a contract that runs, or begins, is near the end of its notice or past it."""
    near = last_day_of_notice(ends_on, notice_days) - today <= dt.timedelta(days=LOOKED_AT_DAYS)
    return near and starts_on <= today <= ends_on
