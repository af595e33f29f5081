"""Which times are free for a call: advisers' hours less days off and what is taken. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from saas.reference.today import LONDON
from saas.reference.working_days import add_working_days, is_working_day

# Mediation information takes about 20 minutes; the rest is for writing it down.
LASTS = dt.timedelta(minutes=30)
# Nobody is called sooner than this after they chose.
NOTICE = dt.timedelta(hours=2)
# Working days ahead that are offered.
AHEAD = 10


@dataclass(frozen=True)
class Hours:
    """A stretch of every week in which an adviser makes calls; `weekday` 0 is Monday."""

    person_id: uuid.UUID
    weekday: int
    from_time: dt.time
    to_time: dt.time
    most: int


@dataclass(frozen=True)
class Away:
    person_id: uuid.UUID
    first_day: dt.date
    last_day: dt.date


@dataclass(frozen=True)
class Taken:
    person_id: uuid.UUID
    starts_at: dt.datetime


# Who is free at each time, whoever has fewest calls on that day first.
FreeTimes = Mapping[dt.datetime, list[uuid.UUID]]


def offered_days(today: dt.date, last_day: dt.date | None) -> tuple[dt.date, dt.date]:
    """From when to when times are offered: AHEAD working days, within the family's own clock.

    Args:
        last_day: the last day on which a call still serves, such as the last day to appeal; one
            that is over holds nothing back.
    """
    last = add_working_days(today, AHEAD)
    if last_day is not None and last_day >= today:
        last = min(last, last_day)
    return today, last


def free_times(
    hours: Iterable[Hours],
    away: Iterable[Away],
    taken: Collection[Taken],
    *,
    now: dt.datetime,
    first: dt.date,
    last: dt.date,
) -> FreeTimes:
    """The times from `first` to `last`, both included, at which somebody can call."""
    absent = list(away)
    busy = {(one.person_id, one.starts_at) for one in taken}
    load = Counter((one.person_id, one.starts_at.astimezone(LONDON).date()) for one in taken)
    free: dict[dt.datetime, set[uuid.UUID]] = {}
    stretches = list(hours)
    day = first
    while day <= last:
        if is_working_day(day):
            for stretch in stretches:
                if stretch.weekday == day.weekday() and not _is_away(absent, stretch, day):
                    _add_free(free, stretch, day, busy, now)
        day += dt.timedelta(days=1)
    return {
        time: sorted(who, key=lambda one: (load[one, time.astimezone(LONDON).date()], str(one)))
        for time, who in sorted(free.items())
    }


def _is_away(absent: list[Away], stretch: Hours, day: dt.date) -> bool:
    return any(
        one.person_id == stretch.person_id and one.first_day <= day <= one.last_day
        for one in absent
    )


def _add_free(
    free: dict[dt.datetime, set[uuid.UUID]],
    stretch: Hours,
    day: dt.date,
    busy: set[tuple[uuid.UUID, dt.datetime]],
    now: dt.datetime,
) -> None:
    times = []
    start = dt.datetime.combine(day, stretch.from_time, LONDON)
    end = dt.datetime.combine(day, stretch.to_time, LONDON)
    while start + LASTS <= end:
        times.append(start.astimezone(dt.UTC))
        start += LASTS
    open_times = [time for time in times if (stretch.person_id, time) not in busy]
    if len(times) - len(open_times) >= stretch.most:
        return
    for time in open_times:
        if time >= now + NOTICE:
            free.setdefault(time, set()).add(stretch.person_id)


def days_of(free: FreeTimes) -> dict[dt.date, list[dt.datetime]]:
    """The free times by their day in England."""
    days: dict[dt.date, list[dt.datetime]] = {}
    for time in free:
        days.setdefault(time.astimezone(LONDON).date(), []).append(time)
    return days
