"""Which times are offered: hours, holidays, days away, what is taken, and the clock."""

from __future__ import annotations

import datetime as dt
import uuid

from saas.reference.calendar_words import clock_words, moment_words
from saas.reference.today import LONDON
from tenants.call_backs.slots import Away, Hours, Taken, days_of, free_times, offered_days

ONE, OTHER = uuid.UUID(int=1), uuid.UUID(int=2)
# A Monday; the early May bank holiday of 2026 is on the 4th.
MONDAY = dt.date(2026, 5, 11)


def at(day: dt.date, hour: int, minute: int = 0) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(hour, minute), LONDON).astimezone(dt.UTC)


def hours(person: uuid.UUID = ONE, weekday: int = 0, start: int = 10, end: int = 12) -> Hours:
    return Hours(person, weekday, dt.time(start), dt.time(end), 4)


def free(*stretches: Hours, now: dt.datetime | None = None, **given: object) -> list[dt.datetime]:
    values: dict[str, object] = {"away": [], "taken": [], "first": MONDAY, "last": MONDAY, **given}
    return list(free_times(stretches, now=now or at(MONDAY, 6), **values))  # type: ignore[arg-type]


def test_hours_are_cut_into_half_hours_of_london() -> None:
    assert free(hours()) == [at(MONDAY, 10), at(MONDAY, 10, 30), at(MONDAY, 11), at(MONDAY, 11, 30)]
    # The clocks go back on 25 October: the same hours, another moment.
    winter = dt.date(2026, 10, 26)
    (first, *_) = free(hours(), first=winter, last=winter)
    assert first == dt.datetime(2026, 10, 26, 10, tzinfo=dt.UTC)


def test_nothing_is_offered_on_a_bank_holiday_or_a_weekend() -> None:
    every_day = [hours(weekday=day) for day in range(5)]
    days = {
        time.astimezone(LONDON).date()
        for time in free(*every_day, now=at(dt.date(2026, 4, 30), 9), first=dt.date(2026, 5, 1),
                         last=dt.date(2026, 5, 5))
    }  # fmt: skip
    assert days == {dt.date(2026, 5, 1), dt.date(2026, 5, 5)}


def test_nobody_is_called_within_two_hours() -> None:
    assert free(hours(), now=at(MONDAY, 9)) == [at(MONDAY, 11), at(MONDAY, 11, 30)]


def test_days_away_and_taken_times_are_left_out() -> None:
    assert free(hours(), away=[Away(ONE, MONDAY, MONDAY)]) == []
    taken = [Taken(ONE, at(MONDAY, 10))]
    assert at(MONDAY, 10) not in free(hours(), taken=taken)
    # Another is free then.
    assert at(MONDAY, 10) in free(hours(), hours(OTHER), taken=taken)


def test_whoever_has_least_to_do_is_first_and_nobody_gets_more_than_the_most() -> None:
    taken = [Taken(ONE, at(MONDAY, 10))]
    found = free_times([hours(), hours(OTHER)], [], taken, now=at(MONDAY, 6), first=MONDAY,
                       last=MONDAY)  # fmt: skip
    assert found[at(MONDAY, 11)] == [OTHER, ONE]
    full = Hours(ONE, 0, dt.time(10), dt.time(12), 1)
    assert free(full, taken=taken) == []


def test_no_day_after_the_familys_last_is_offered() -> None:
    assert offered_days(MONDAY, None) == (MONDAY, dt.date(2026, 5, 26))
    assert offered_days(MONDAY, dt.date(2026, 5, 13)) == (MONDAY, dt.date(2026, 5, 13))
    # One that is over holds nothing back: late is never a bar.
    assert offered_days(MONDAY, dt.date(2026, 5, 1)) == (MONDAY, dt.date(2026, 5, 26))


def test_times_are_said_as_people_say_them() -> None:
    assert clock_words(at(MONDAY, 9, 30)) == "9:30am"
    assert clock_words(at(MONDAY, 12)) == "12pm"
    assert moment_words(at(MONDAY, 14)) == "Monday 11 May 2026 at 2pm"
    assert list(days_of({at(MONDAY, 9): [ONE]})) == [MONDAY]
