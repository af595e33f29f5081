"""Dates as people say them, in the same words whatever the machine's locale is."""

from __future__ import annotations

from datetime import date, datetime

from saas.reference.today import LONDON

_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
)


def long_date(day: date) -> str:
    """The day with its weekday: 'Monday 20 April 2026'."""
    return f"{_WEEKDAYS[day.weekday()]} {plain_date(day)}"


def plain_date(day: date) -> str:
    """The day without its weekday: '20 April 2026'."""
    return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"


def period_words(first: date, last: date) -> str:
    """Both days and all between them: '1 January 2026 to 31 March 2026'.

    Raises:
        ValueError: when the last day lies before the first.
    """
    if last < first:
        raise ValueError("the period ends before it starts")
    if first == last:
        return plain_date(first)
    return f"{plain_date(first)} to {plain_date(last)}"


def clock_words(moment: datetime) -> str:
    """The time of day in England as people say it: '9:30am', '2pm'."""
    here = moment.astimezone(LONDON)
    minutes = f":{here.minute:02d}" if here.minute else ""
    return f"{here.hour % 12 or 12}{minutes}{'am' if here.hour < 12 else 'pm'}"


def moment_words(moment: datetime) -> str:
    """The day and the time in England: 'Tuesday 8 December 2026 at 10am'."""
    return f"{long_date(moment.astimezone(LONDON).date())} at {clock_words(moment)}"
