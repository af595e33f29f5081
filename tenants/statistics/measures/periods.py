"""The periods that figures are given for. Pure. Both ends are included."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from dataclasses import dataclass
from enum import StrEnum

from tenants.casework.record import LAW_BEGAN


class PeriodKind(StrEnum):
    CALENDAR = "calendar"
    FINANCIAL = "financial"
    ACADEMIC = "academic"
    QUARTER = "quarter"
    MONTH = "month"


PERIOD_WORDS = {
    PeriodKind.CALENDAR: "Calendar year",
    PeriodKind.FINANCIAL: "Financial year",
    PeriodKind.ACADEMIC: "Academic year",
    PeriodKind.QUARTER: "Quarter",
    PeriodKind.MONTH: "Month",
}
_FIRST_MONTH = {PeriodKind.CALENDAR: 1, PeriodKind.FINANCIAL: 4, PeriodKind.ACADEMIC: 9}
_LENGTH = {PeriodKind.QUARTER: 3, PeriodKind.MONTH: 1}
_MONTH_NAMES = tuple(calendar.month_name)
_WRITTEN = (
    (re.compile(r"(\d{4})"), PeriodKind.CALENDAR),
    (re.compile(r"fy(\d{4})"), PeriodKind.FINANCIAL),
    (re.compile(r"ay(\d{4})"), PeriodKind.ACADEMIC),
    (re.compile(r"(\d{4})-q([1-4])"), PeriodKind.QUARTER),
    (re.compile(r"(\d{4})-(0[1-9]|1[0-2])"), PeriodKind.MONTH),
)
FIRST_YEAR = LAW_BEGAN.year


class UnknownPeriod(ValueError):
    """Not a period that figures can be given for; the text says what would be."""


@dataclass(frozen=True, slots=True, order=True)
class Period:
    """Whole months. `code` is how an address and a file name write it."""

    start: dt.date
    end: dt.date
    kind: PeriodKind

    @property
    def code(self) -> str:
        year = self.start.year
        return {
            PeriodKind.CALENDAR: f"{year}",
            PeriodKind.FINANCIAL: f"fy{year}",
            PeriodKind.ACADEMIC: f"ay{year}",
            PeriodKind.QUARTER: f"{year}-q{(self.start.month + 2) // 3}",
            PeriodKind.MONTH: f"{year}-{self.start.month:02d}",
        }[self.kind]

    @property
    def name(self) -> str:
        year, month = self.start.year, self.start.month
        return {
            PeriodKind.CALENDAR: f"{year}",
            PeriodKind.FINANCIAL: f"April {year} to March {year + 1}",
            PeriodKind.ACADEMIC: f"September {year} to August {year + 1}",
            PeriodKind.QUARTER: f"{_MONTH_NAMES[month]} to {_MONTH_NAMES[self.end.month]} {year}",
            PeriodKind.MONTH: f"{_MONTH_NAMES[month]} {year}",
        }[self.kind]

    @property
    def months(self) -> list[dt.date]:
        """The first day of each of its months."""
        found = []
        month = self.start
        while month <= self.end:
            found.append(month)
            month = add_months(month, 1)
        return found

    @property
    def quarters(self) -> list[Period]:
        """The quarters of the calendar that it is made of; none of a month or an academic year."""
        found = [starting(month, PeriodKind.QUARTER) for month in self.months[::3]]
        return found if all(q == quarter_of(q.start) and q.end <= self.end for q in found) else []

    @property
    def before(self) -> Period:
        """The period of the same kind that ends where this one starts."""
        return starting(add_months(self.start, -len(self.months)), self.kind)

    @property
    def year_before(self) -> Period:
        """The same period a year earlier."""
        return starting(add_months(self.start, -12), self.kind)


def add_months(first: dt.date, months: int) -> dt.date:
    """The first day of the month that is so many months on."""
    index = first.year * 12 + first.month - 1 + months
    return dt.date(index // 12, index % 12 + 1, 1)


def starting(first: dt.date, kind: PeriodKind) -> Period:
    end = add_months(first, _LENGTH.get(kind, 12)) - dt.timedelta(days=1)
    return Period(first, end, kind)


def calendar_year(year: int) -> Period:
    return starting(dt.date(year, 1, 1), PeriodKind.CALENDAR)


def quarter_of(day: dt.date) -> Period:
    return starting(dt.date(day.year, (day.month - 1) // 3 * 3 + 1, 1), PeriodKind.QUARTER)


def period(code: str) -> Period:
    """The period that is written so: 2024, fy2024, ay2024, 2024-q3 or 2024-07.

    Raises:
        UnknownPeriod: it is not written like one, or lies before the law began.
    """
    for pattern, kind in _WRITTEN:
        found = pattern.fullmatch(code)
        if found is None:
            continue
        year = int(found[1])
        if not FIRST_YEAR <= year <= 9998:
            break
        month = _FIRST_MONTH.get(kind, 1)
        if kind is PeriodKind.QUARTER:
            month = int(found[2]) * 3 - 2
        elif kind is PeriodKind.MONTH:
            month = int(found[2])
        return starting(dt.date(year, month, 1), kind)
    raise UnknownPeriod(
        f"{code!r} is not a period from {FIRST_YEAR} on: write 2024, fy2024 (April to March), "
        "ay2024 (September to August), 2024-q3 or 2024-07"
    )


def asked_period(code: str | None, today: dt.date) -> Period:
    """The period that an address asks for; this year where it asks for none that there is."""
    try:
        found = period(code or "")
    except UnknownPeriod:
        return calendar_year(today.year)
    return found if found.start <= today else calendar_year(today.year)


def selectable_years(today: dt.date, first: int | None = None) -> list[Period]:
    """Calendar years to choose from, the latest first."""
    earliest = max(FIRST_YEAR, first if first is not None else today.year - 5)
    return [calendar_year(year) for year in range(today.year, earliest - 1, -1)]
