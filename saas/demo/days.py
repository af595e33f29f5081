"""Days of the demonstration's stories: working days, drawn from a generator."""

from __future__ import annotations

import datetime as dt
import random

from saas.reference.working_days import add_working_days, is_working_day

ONE_DAY = dt.timedelta(days=1)


def worked_before(day: dt.date) -> dt.date:
    """The day itself if it is a working day, or the last working day before it."""
    while not is_working_day(day):
        day -= ONE_DAY
    return day


def worked_after(day: dt.date) -> dt.date:
    """The day itself if it is a working day, or the next working day."""
    while not is_working_day(day):
        day += ONE_DAY
    return day


def working_days_of(first: dt.date, last: dt.date) -> list[dt.date]:
    """Every working day from `first` to `last`, both included."""
    days = (first + n * ONE_DAY for n in range((last - first).days + 1))
    return [day for day in days if is_working_day(day)]


def some_days_before(rng: random.Random, day: dt.date, least: int, most: int) -> dt.date:
    """A working day some calendar days before another; the order of two calls is kept."""
    return worked_before(day - rng.randint(least, most) * ONE_DAY)


def some_days_after(rng: random.Random, day: dt.date, least: int, most: int) -> dt.date:
    """A working day some calendar days after another."""
    return worked_after(day + rng.randint(least, most) * ONE_DAY)


def working_days_later(rng: random.Random, day: dt.date, least: int, most: int) -> dt.date:
    """The last of some working days after a day; 0 working days is the day itself."""
    return add_working_days(day, rng.randint(least, most))
