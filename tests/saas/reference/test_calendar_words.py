from __future__ import annotations

import locale
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.reference.calendar_words import long_date, period_words, plain_date


def test_a_long_date_names_the_weekday() -> None:
    assert long_date(date(2026, 4, 20)) == "Monday 20 April 2026"
    assert long_date(date(2026, 2, 1)) == "Sunday 1 February 2026"


@given(st.dates(min_value=date(1000, 1, 1)))
def test_a_long_date_agrees_with_the_c_locale(day: date) -> None:
    # The interpreter's own names, in the locale that every machine has.
    before = locale.setlocale(locale.LC_TIME)
    locale.setlocale(locale.LC_TIME, "C")
    try:
        assert long_date(day) == f"{day:%A} {day.day} {day:%B} {day.year}"
    finally:
        locale.setlocale(locale.LC_TIME, before)


def test_a_period_names_its_first_and_last_day() -> None:
    first = date(2026, 1, 1)
    assert period_words(first, date(2026, 3, 31)) == "1 January 2026 to 31 March 2026"
    assert period_words(first, first) == plain_date(first)
    with pytest.raises(ValueError, match="ends before it starts"):
        period_words(first, first - timedelta(days=1))
