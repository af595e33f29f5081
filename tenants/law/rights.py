"""Who holds the right to appeal and to mediate: the parent, or the young person. Pure.

A young person is over compulsory school age and under 25 (Children and Families Act 2014 s.83). One
stops being of compulsory school age at the end of the last Friday in June of the school year in
which one becomes 16 (Education Act 1996 s.8), not on the birthday.
"""

from __future__ import annotations

import datetime as dt

_FRIDAY = 4
# A birthday from here on belongs to the school year that begins in it.
_SCHOOL_YEAR_BEGINS = (9, 1)
ONE_DAY = dt.timedelta(days=1)


def birthday(date_of_birth: dt.date, age: int) -> dt.date:
    """The day on which an age is reached; born on 29 February, that is 1 March in other years."""
    year = date_of_birth.year + age
    try:
        return date_of_birth.replace(year=year)
    except ValueError:
        return dt.date(year, 3, 1)


def leaves_school_age_on(date_of_birth: dt.date) -> dt.date:
    """The last day of compulsory school age: a last Friday in June."""
    sixteen = birthday(date_of_birth, 16)
    starts_a_year = (sixteen.month, sixteen.day) >= _SCHOOL_YEAR_BEGINS
    last_of_june = dt.date(sixteen.year + (1 if starts_a_year else 0), 6, 30)
    return last_of_june - dt.timedelta(days=(last_of_june.weekday() - _FRIDAY) % 7)


def own_right_from(date_of_birth: dt.date) -> dt.date:
    """The first day on which the right is the young person's own."""
    return leaves_school_age_on(date_of_birth) + ONE_DAY


def holds_own_right(date_of_birth: dt.date, on: dt.date) -> bool:
    """Whether, on a day, the right is the young person's; before that it is the parent's."""
    return on >= own_right_from(date_of_birth)


def last_day_of_right(
    date_of_birth: dt.date, plan_maintained_until: dt.date | None = None
) -> dt.date:
    """The last day on which somebody is a child or young person to this service.

    Args:
        plan_maintained_until: where the authority keeps the plan to the end of the academic year
            (s.46; SEND Regs 2014 reg 46); never past the day before the 26th birthday.
    """
    ordinary = birthday(date_of_birth, 25) - ONE_DAY
    if plan_maintained_until is None:
        return ordinary
    return max(ordinary, min(plan_maintained_until, birthday(date_of_birth, 26) - ONE_DAY))


def whose_right(
    date_of_birth: dt.date,
    today: dt.date,
    opened_on: dt.date,
    plan_maintained_until: dt.date | None = None,
) -> str:
    """Who decides and appeals, from which day and until when, in words."""
    own_from = own_right_from(date_of_birth)
    if today < own_from:
        return (
            "The parent's, until compulsory school age ends; the young person's from "
            f"{_words(own_from)}"
        )
    said = f"The young person's own, since {_words(own_from)}"
    if own_from > opened_on:
        said += ". It passed during this case: their own consent is needed to go on"
    if plan_maintained_until is not None:
        last = last_day_of_right(date_of_birth, plan_maintained_until)
        said += f". The authority maintains the plan, so it lasts until {_words(last)}"
    return said


def _words(day: dt.date) -> str:
    return f"{day.day} {day:%B %Y}"
