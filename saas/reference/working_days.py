"""Working days of England and Wales.

A working day is Monday to Friday, not Christmas Day, Good Friday or a bank holiday of England and
Wales (Banking and Financial Dealings Act 1971). The calendar is the `holidays` package's, with
`bank_holidays.toml` beside this file for what is announced after that package was released.

Counting never includes the day it starts from.
"""

from __future__ import annotations

import tomllib
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from typing import Literal

from holidays import country_holidays

OVERRIDES_FILE = Path(__file__).with_name("bank_holidays.toml")
# The installed calendar knows nothing outside these years, and would call every weekday a
# working day there; we refuse instead.
FIRST_YEAR, LAST_YEAR = 1900, 2100

_ONE_DAY = timedelta(days=1)
_SATURDAY = 5


class CalendarError(ValueError):
    """A day whose bank holidays are not known, or a table of overrides that cannot be read."""


@dataclass(frozen=True, slots=True)
class Override:
    """A bank holiday announced, or moved away, after the calendar was released."""

    day: date
    name: str
    change: Literal["added", "removed"]
    source: str


def load_overrides(path: Path) -> tuple[Override, ...]:
    """The one-off changes written in a TOML file.

    Raises:
        CalendarError: an entry lacks its date, name, change or source.
    """
    entries = tomllib.loads(path.read_text(encoding="utf-8")).get("holiday", [])
    overrides = []
    for number, entry in enumerate(entries, start=1):
        day, change = entry.get("date"), entry.get("change")
        if type(day) is not date or change not in ("added", "removed"):
            raise CalendarError(
                f"{path.name}, holiday {number}: write a date such as 2030-06-07 and"
                ' change = "added" or "removed"'
            )
        if not entry.get("name") or not entry.get("source"):
            raise CalendarError(f"{path.name}, holiday {number}: name and source are needed")
        overrides.append(Override(day, entry["name"], change, entry["source"]))
    return tuple(overrides)


def bank_holidays_of_year(year: int, overrides: Iterable[Override] = ()) -> dict[date, str]:
    """The bank holidays of one year with their names, in order; uncached.

    Raises:
        CalendarError: the calendar does not reach that year.
    """
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise CalendarError(
            f"The bank holidays of {year} are not known: {FIRST_YEAR} to {LAST_YEAR} are"
        )
    calendar = country_holidays("GB", subdiv="ENG", years=year)
    named = {day: name for day, name in calendar.items() if day.year == year}
    for override in overrides:
        if override.day.year != year:
            continue
        if override.change == "added":
            named[override.day] = override.name
        else:
            named.pop(override.day, None)
    return dict(sorted(named.items()))


_OVERRIDES = load_overrides(OVERRIDES_FILE)


@cache
def _named(year: int) -> dict[date, str]:
    return bank_holidays_of_year(year, _OVERRIDES)


# Ordinals, because a datetime never equals the date of its day and would miss its holiday.
@cache
def _ordinals(year: int) -> frozenset[int]:
    return frozenset(day.toordinal() for day in _named(year))


@cache
def _weekday_holidays(year: int) -> tuple[int, ...]:
    return tuple(day.toordinal() for day in _named(year) if day.weekday() < _SATURDAY)


def bank_holidays(first: date, last: date) -> dict[date, str]:
    """The bank holidays from `first` to `last`, both included, by date, with their names.

    Those that fall on a weekend are listed too, as is the weekday that stands in for them.
    """
    return {
        day: name
        for year in range(first.year, last.year + 1)
        for day, name in _named(year).items()
        if first <= day <= last
    }


def is_working_day(day: date) -> bool:
    """Whether `day` is a working day of England and Wales."""
    return day.weekday() < _SATURDAY and day.toordinal() not in _ordinals(day.year)


def next_working_day(day: date) -> date:
    """The first working day after `day`, never `day` itself."""
    day += _ONE_DAY
    while not is_working_day(day):
        day += _ONE_DAY
    return day


def add_working_days(start: date, count: int) -> date:
    """The last of `count` working days after `start`; 0 gives `start` back as it is.

    Raises:
        ValueError: `count` is negative (see count_back_working_days).
    """
    return _count(start, count, _ONE_DAY)


def count_back_working_days(day: date, count: int) -> date:
    """The first of the `count` working days before `day`; 0 gives `day` back as it is.

    Raises:
        ValueError: `count` is negative.
    """
    return _count(day, count, -_ONE_DAY)


def _count(day: date, count: int, step: timedelta) -> date:
    if count < 0:
        raise ValueError(f"{count} working days cannot be counted: give 0 or more")
    while count:
        day += step
        if is_working_day(day):
            count -= 1
    return day


def working_days_between(start: date, end: date) -> int:
    """Working days after `start` up to and including `end`: 'in 3 working days'.

    Negative when `end` is before `start` ('3 working days ago'). The counterpart of
    add_working_days. Its cost grows with the years in between, not the days.
    """
    if end < start:
        return -working_days_between(end, start)
    first, last = start.toordinal(), end.toordinal()
    holidays_between = 0
    for year in range(start.year, end.year + 1):
        days = _weekday_holidays(year)
        holidays_between += bisect_right(days, last) - bisect_right(days, first)
    return _weekdays_until(last) - _weekdays_until(first) - holidays_between


def _weekdays_until(ordinal: int) -> int:
    """Mondays to Fridays from day 1 (a Monday) up to and including the day of this ordinal."""
    weeks, rest = divmod(ordinal, 7)
    return weeks * 5 + min(rest, 5)
