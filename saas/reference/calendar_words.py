"""Dates as people say them, in the same words whatever the machine's locale is."""

from __future__ import annotations

from datetime import date

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
