"""From which day the right is the young person's own, and until when."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.law.rights import (
    birthday,
    holds_own_right,
    last_day_of_right,
    leaves_school_age_on,
    own_right_from,
)


@pytest.mark.parametrize(
    ("born", "leaves"),
    [
        # Sixteen in the autumn: the June after.
        ("2010-09-01", "2027-06-25"),
        ("2010-12-31", "2027-06-25"),
        # Sixteen in the spring: the June of the same year.
        ("2010-01-31", "2026-06-26"),
        ("2010-06-26", "2026-06-26"),
        # Sixteen in the summer holidays: the June before the birthday.
        ("2010-07-15", "2026-06-26"),
        ("2010-08-31", "2026-06-26"),
        # Born on a leap day.
        ("2012-02-29", "2028-06-30"),
    ],
)
def test_compulsory_school_age_ends_on_a_last_friday_in_june(born: str, leaves: str) -> None:
    """Education Act 1996 s.8."""
    assert leaves_school_age_on(dt.date.fromisoformat(born)) == dt.date.fromisoformat(leaves)


def test_a_sixteenth_birthday_in_september_gives_no_right_yet() -> None:
    born = dt.date(2010, 9, 15)
    assert not holds_own_right(born, dt.date(2026, 9, 15))
    assert not holds_own_right(born, dt.date(2027, 6, 25)), "to the end of that day"
    assert holds_own_right(born, dt.date(2027, 6, 26))


@given(st.dates(dt.date(1990, 1, 1), dt.date(2040, 12, 31)))
def test_the_day_is_a_friday_in_june_near_the_sixteenth_birthday(born: dt.date) -> None:
    leaves = leaves_school_age_on(born)
    assert leaves.weekday() == 4 and leaves.month == 6 and leaves.day >= 24
    assert -70 <= (leaves - birthday(born, 16)).days <= 303
    assert own_right_from(born) > leaves


def test_a_young_person_is_under_25() -> None:
    """Children and Families Act 2014 s.83(2)."""
    assert last_day_of_right(dt.date(2001, 5, 10)) == dt.date(2026, 5, 9)


def test_a_plan_that_is_maintained_longer_carries_the_right_with_it() -> None:
    """s.46 and SEND Regs 2014 reg 46: to the end of the academic year."""
    born = dt.date(2001, 5, 10)
    assert last_day_of_right(born, dt.date(2026, 7, 31)) == dt.date(2026, 7, 31)
    assert last_day_of_right(born, dt.date(2027, 7, 31)) == dt.date(2027, 5, 9), "before 26"
    assert last_day_of_right(born, dt.date(2025, 7, 31)) == dt.date(2026, 5, 9)
