"""The councils' financial year, April to March, and the periods that are billed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

FREQUENCY_MONTHS = {"annual": 12, "quarterly": 3, "monthly": 1}
FREQUENCY_WORDS = {"annual": "Yearly", "quarterly": "Quarterly", "monthly": "Monthly"}
ONE_DAY = dt.timedelta(days=1)

_QUARTER = re.compile(r"(\d{4})-(\d{2})-Q([1-4])")
_DATES = re.compile(r"(\d{4}-\d{2}-\d{2})/(\d{4}-\d{2}-\d{2})")


# A fee in advance is billed a quarter before its own, and none earlier.
FAR_AHEAD = 100


class PeriodRefused(ValueError):
    """The text is no period; it says what would be one."""


@dataclass(frozen=True, order=True)
class Period:
    """Whole days, the last one included."""

    first: dt.date
    last: dt.date

    def __post_init__(self) -> None:
        if self.last < self.first:
            raise PeriodRefused(f"The period ends on {self.last} before it starts on {self.first}")

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def __contains__(self, day: dt.date) -> bool:
        return self.first <= day <= self.last

    def __str__(self) -> str:
        return f"{self.first}/{self.last}"

    @property
    def name(self) -> str:
        """'2026-27-Q1' where it is a quarter of the financial year, or its two days."""
        quarter = quarter_of(self.first)
        if quarter == self:
            return quarter_name(quarter)
        return str(self)

    def within(self, first: dt.date, last: dt.date) -> Period | None:
        """The part of this period between two days, if there is any."""
        begins, ends = max(self.first, first), min(self.last, last)
        return Period(begins, ends) if begins <= ends else None


def add_months(day: dt.date, months: int) -> dt.date:
    """The first of the month so many months later."""
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


def financial_year_start(day: dt.date) -> dt.date:
    return dt.date(day.year if day.month >= 4 else day.year - 1, 4, 1)


def financial_year(day: dt.date) -> Period:
    start = financial_year_start(day)
    return Period(start, add_months(start, 12) - ONE_DAY)


def financial_year_name(day: dt.date) -> str:
    """'2026-27'."""
    year = financial_year_start(day).year
    return f"{year}-{(year + 1) % 100:02d}"


def months_after(day: dt.date, months: int) -> dt.date:
    """The same day so many months later; the month's last where it has no such day."""
    return day + relativedelta(months=months)


def billing_period(day: dt.date, frequency: str, anchor: dt.date | None = None) -> Period:
    """The period of a frequency that a day is in, counted from April or from `anchor`."""
    months = FREQUENCY_MONTHS[frequency]
    if anchor is not None:
        number = ((day.year - anchor.year) * 12 + day.month - anchor.month) // months
        if months_after(anchor, number * months) > day:
            number -= 1
        first = months_after(anchor, number * months)
        return Period(first, months_after(anchor, (number + 1) * months) - ONE_DAY)
    start = financial_year_start(day)
    passed = (day.year - start.year) * 12 + day.month - start.month
    first = add_months(start, passed - passed % months)
    return Period(first, add_months(first, months) - ONE_DAY)


def quarter_of(day: dt.date) -> Period:
    return billing_period(day, "quarterly")


def quarter_name(quarter: Period) -> str:
    number = (quarter.first.month - 4) % 12 // 3 + 1
    return f"{financial_year_name(quarter.first)}-Q{number}"


def billing_periods(within: Period, frequency: str) -> Iterator[Period]:
    """The periods of a frequency that start inside another."""
    period = billing_period(within.first, frequency)
    while period.first <= within.last:
        if period.first >= within.first:
            yield period
        period = billing_period(period.last + ONE_DAY, frequency)


def previous_period(period: Period) -> Period:
    """The period of the same length just before: whole months where it is whole months."""
    months = whole_months(period)
    last = period.first - ONE_DAY
    if months is None:
        return Period(last - dt.timedelta(days=period.days - 1), last)
    return Period(add_months(period.first, -months), last)


def whole_months(period: Period) -> int | None:
    """How many whole months the period is, if it is."""
    after = period.last + ONE_DAY
    if period.first.day != 1 or after.day != 1:
        return None
    return (after.year - period.first.year) * 12 + after.month - period.first.month


def refuse_far_ahead(period: Period, today: dt.date) -> None:
    """A mistyped year makes no invoices.

    Raises:
        PeriodRefused: the period begins more than FAR_AHEAD days from today.
    """
    if (period.first - today).days > FAR_AHEAD:
        raise PeriodRefused(
            f"{period.name} begins on {period.first:%-d %B %Y}, more than {FAR_AHEAD} days from"
            " now: check the year"
        )


def parse_period(text: str) -> Period:
    """A period as people write it: '2026-27-Q1', or two days '2026-04-01/2026-06-30'.

    Raises:
        PeriodRefused: saying what would be right.
    """
    quarter = _QUARTER.fullmatch(text.strip())
    if quarter:
        year = int(quarter[1])
        if (year + 1) % 100 != int(quarter[2]):
            raise PeriodRefused(
                f"The financial year {year} is written {year}-{(year + 1) % 100:02d}, not "
                f"{quarter[1]}-{quarter[2]}"
            )
        first = add_months(dt.date(year, 4, 1), 3 * (int(quarter[3]) - 1))
        return Period(first, add_months(first, 3) - ONE_DAY)
    dates = _DATES.fullmatch(text.strip())
    if dates:
        try:
            return Period(dt.date.fromisoformat(dates[1]), dt.date.fromisoformat(dates[2]))
        except ValueError as refused:
            raise PeriodRefused(str(refused)) from None
    raise PeriodRefused(
        f"{text!r} is no period: write a quarter such as 2026-27-Q1, or its first and last day "
        "such as 2026-04-01/2026-06-30"
    )
