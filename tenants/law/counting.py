"""How the clocks count: the last day of a period, and the same in words.

The start day is never counted. Months go by the corresponding date, clamped to the month's end.
Days and weeks are calendar ones. Nothing rolls past a weekend but the appeal to the Tribunal
(Tribunal Procedure (HESC) Rules 2008 r.12).
"""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta

from saas.reference.working_days import (
    add_working_days,
    bank_holidays,
    count_back_working_days,
    is_working_day,
    next_working_day,
)
from tenants.law.register import Count, Roll

_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
_WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_AUGUST, _DECEMBER, _JANUARY = 8, 12, 1


@dataclass(frozen=True, slots=True)
class Month:
    """A month of a year, as a sentence names it: 'April 2026'."""

    year: int
    month: int

    def __str__(self) -> str:
        return f"{_MONTHS[self.month - 1]} {self.year}"


Value = date | Month | int | str


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of how a day was counted, with what stands in its places: '%(end)s'.

    The text without the days is what a catalogue of another language knows. A value that is text
    (the name of a bank holiday) is a word that can be translated, too.
    """

    text: str
    values: Mapping[str, Value] = field(default_factory=dict)

    def __str__(self) -> str:
        if not self.values:
            return self.text
        return self.text % {
            name: in_words(value) if isinstance(value, date) else str(value)
            for name, value in self.values.items()
        }


def add_months(start: date, months: int) -> date:
    """The corresponding date so many months later, or that month's last day if it has none."""
    years, month = divmod(start.month - 1 + months, 12)
    year, month = start.year + years, month + 1
    return date(year, month, min(start.day, monthrange(year, month)[1]))


def last_day(count: Count, start: date) -> date:
    """The last day of a count from `start`, before any roll."""
    match count.unit:
        case "months":
            return add_months(start, count.length)
        case "weeks":
            return start + timedelta(weeks=count.length)
        case "days":
            return start + timedelta(days=count.length)
        case "working_days":
            return add_working_days(start, count.length)
        case "working_days_before":
            return count_back_working_days(start, count.length)


def rolled(day: date, roll: Roll) -> date:
    """The day on which what was due on `day` is still in time."""
    if roll == "none":
        return day
    # r.12(3)(a) asks where the time itself ended, so it comes before the roll of r.12(2): a time
    # that ends on Saturday 31 July is in time on Monday 2 August, not in September.
    if day.month == _AUGUST:
        return next_working_day(date(day.year, _AUGUST, 31))
    if day.month == _DECEMBER and day.day >= 25:
        return next_working_day(date(day.year + 1, _JANUARY, 1))
    # 1 January is a bank holiday or a weekend, so it needs no line of its own.
    return day if is_working_day(day) else next_working_day(day)


def in_words(day: date) -> str:
    """'Wed 1 April 2026', whatever the locale of the machine."""
    return f"{_WEEKDAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def say_count(count: Count, start: date) -> list[Sentence]:
    """One count as sentences, with what was passed over or clamped."""
    end, event = last_day(count, start), f"{count.when} (%(start)s)"
    days: dict[str, Value] = {"start": start, "end": end}
    match count.unit:
        case "months":
            text = f"{_length(count, 'month')} after {event}, by the corresponding date"
            if end.day != start.day:
                text += "; %(month)s has no day %(day)s, so its last day"
                days |= {"month": Month(end.year, end.month), "day": start.day}
            return [Sentence(f"{text}: %(end)s.", days)]
        case "weeks" | "days":
            if count.length == 0:
                return [Sentence(f"At once: the day {event}.", {"start": start})]
            text = (
                f"{_length(count, count.unit.removesuffix('s'))} after {event}; that day is not"
                " counted, weekends and bank holidays are: %(end)s."
            )
            return [Sentence(text, days)]
        case "working_days":
            text = f"{_length(count, 'working day')} after {event}; that day is not counted"
            between = (start + timedelta(days=1), end)
        case "working_days_before":
            text = f"{_length(count, 'working day')} back from {event}; that day is not counted"
            between = (end, start - timedelta(days=1))
    return [Sentence(f"{text}: %(end)s.", days), _say_skipped(*between)]


def say_no_roll(day: date) -> list[Sentence]:
    """Why a last day that is no working day stays where it is; nothing for a working day."""
    if is_working_day(day):
        return []
    return [Sentence("%(day)s is not a working day, and this date does not move.", {"day": day})]


def say_roll(day: date) -> list[Sentence]:
    """Why an appeal whose time ends on `day` is in time later (r.12); nothing when it is not."""
    moved = rolled(day, "tribunal")
    if moved == day:
        return []
    values: dict[str, Value] = {"day": day, "moved": moved}
    if day.month == _AUGUST:
        why = "in August, so an appeal is in time on the first working day after 31 August"
    elif (day.month, day.day) == (_JANUARY, 1) or (day.month == _DECEMBER and day.day >= 25):
        why = (
            "from 25 December to 1 January, so an appeal is in time on the first working day"
            " after 1 January"
        )
    else:
        name = bank_holidays(day, day).get(day)
        why = "not on a working day"
        if name:
            why, values["holiday"] = f"{why} (%(holiday)s)", name
        why += ", so an appeal is in time on the next working day"
    return [Sentence(f"%(day)s is {why}: %(moved)s (r.12).", values)]


def _length(count: Count, unit: str) -> str:
    return f"{count.length} {unit}" if count.length == 1 else f"{count.length} {unit}s"


def _say_skipped(first: date, last: date) -> Sentence:
    names = bank_holidays(first, last)
    skipped = []
    for offset in range((last - first).days + 1):
        day = first + timedelta(days=offset)
        if not is_working_day(day):
            name = f" ({names[day]})" if day in names else ""
            skipped.append(in_words(day).rsplit(" ", 1)[0] + name)
    if not skipped:
        return Sentence("No weekend or bank holiday of England and Wales falls in between.")
    return Sentence(
        "Not counted, as weekend or bank holiday of England and Wales: %(days)s.",
        {"days": ", ".join(skipped)},
    )
