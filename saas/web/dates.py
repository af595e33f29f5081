"""Dates and clocks in words, as the pages show them.

Times are UTC in the database and London's on a page; a date is a date and has no zone.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Literal, NamedTuple

from saas.reference.calendar_words import long_date
from saas.reference.today import LONDON, london_today
from saas.reference.working_days import bank_holidays, working_days_between

__all__ = [
    "ClockWords",
    "Urgency",
    "clock_words",
    "date_hint",
    "dated",
    "london_now",
    "london_time",
    "london_today",
    "long_date",
    "short_date",
]

# A working week: what is due within it belongs into this week's work.
SOON = 5  # working days

HINTED = timedelta(weeks=6)

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

Urgency = Literal["overdue", "soon", "ok", "done"]


class ClockWords(NamedTuple):
    """How far away a due date is, in words, and how much that matters."""

    words: str
    urgency: Urgency


def london_now() -> datetime:
    """This moment, in London."""
    return datetime.now(UTC).astimezone(LONDON)


def short_date(day: date, today: date | None = None) -> str:
    """The day in little room: 'Thu 4 Dec', with the year when it is not this year's.

    `today` says which year is this year's (London's date when not given).
    """
    this_year = (today or london_today()).year
    words = f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]}"
    return words if day.year == this_year else f"{words} {day.year}"


def dated(day: date) -> str:
    """The day as accounts write it, with its year whatever the year: '5 Jul 2026'."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def london_time(moment: datetime) -> str:
    """A moment by London's clock: '14:05 on Monday 20 April 2026'.

    Raises:
        ValueError: the moment has no zone, so nobody can say when it was.
    """
    if moment.tzinfo is None:
        raise ValueError("a moment without its zone cannot be shown: store UTC")
    here = moment.astimezone(LONDON)
    return f"{here:%H:%M} on {long_date(here.date())}"


def clock_words(due: date, today: date, done_on: date | None = None) -> ClockWords:
    """How far `due` is from `today`, in working days, and the urgency its colour shows.

    Days are working days, because that is what is left to act in; where a weekend or bank
    holidays alone lie between, calendar days are said instead of 'in 0 working days'. A clock
    that was met carries `done_on` and is then 'done', late or not.
    """
    if done_on is not None:
        if done_on <= due:
            return ClockWords("done in time", "done")
        return ClockWords(f"done {_distance(due, done_on)} late", "done")
    if due == today:
        return ClockWords("today", "soon")
    if due < today:
        return ClockWords(f"overdue by {_distance(due, today)}", "overdue")
    urgency: Urgency = "soon" if working_days_between(today, due) <= SOON else "ok"
    return ClockWords(f"in {_distance(today, due)}", urgency)


def _distance(first: date, last: date) -> str:
    days = working_days_between(first, last)
    if days:
        return "1 working day" if days == 1 else f"{days} working days"
    days = (last - first).days
    return "1 day" if days == 1 else f"{days} days"


def date_hint(today: date) -> str:
    """The hint of a date field: an example, and the bank holidays of the weeks around today.

    Whoever counts working days on fingers must know them: 'For example, 27 3 2026. Bank holidays:
    Fri 3 Apr, Mon 6 Apr.'
    """
    example = f"For example, {today.day} {today.month} {today.year}."
    near = bank_holidays(today - HINTED, today + HINTED)
    named = ", ".join(short_date(day, today) for day in near if day.weekday() < 5)
    return f"{example} Bank holidays: {named}." if named else example
