"""How long a case is kept, and what may stay of it: the rules alone."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.protection.keeping import (
    KEEPS,
    Kept,
    Rule,
    closed_before,
    kept_until,
    refusal_words,
)
from tenants.protection.traces import bare_detail, bare_word, born_about
from tenants.statistics.measures.breakdowns import age_band, phase

DAYS = st.dates(dt.date(2016, 1, 1), dt.date(2036, 12, 31))


def test_of_a_29_february_it_is_the_28th() -> None:
    assert kept_until(dt.date(2024, 2, 29), 6) == dt.date(2030, 2, 28)
    assert kept_until(dt.date(2024, 2, 29), 4) == dt.date(2028, 2, 29)


@given(closed=DAYS, today=DAYS, years=st.integers(1, 30))
def test_the_list_and_the_case_agree_on_what_is_due(
    closed: dt.date, today: dt.date, years: int
) -> None:
    by_the_list = closed < closed_before(today, years)
    assert by_the_list == Kept(kept_until(closed, years), Rule(years), held=False).is_due(today)


def test_what_is_held_or_open_is_never_due() -> None:
    long_ago, today = dt.date(2001, 1, 1), dt.date(2026, 6, 10)
    assert Kept(long_ago, Rule(), held=False).is_due(today)
    assert not Kept(long_ago, Rule(), held=True).is_due(today)
    assert not Kept(None, Rule(), held=False).is_due(today)
    assert not Kept(today, Rule(), held=False).is_due(today)


@given(born=st.dates(dt.date(2001, 1, 1), dt.date(2024, 12, 31)), opened=DAYS)
def test_an_age_that_stays_says_the_band_and_the_phase_and_no_birthday(
    born: dt.date, opened: dt.date
) -> None:
    about = born_about(born, opened)
    assert age_band(about, opened) == age_band(born, opened)
    assert phase(about, opened) == phase(born, opened)
    assert (about.month, about.day) in ((9, 1), (8, 31))


def test_of_a_fact_stay_keys_and_marks_and_no_words() -> None:
    detail = {
        "meeting_on": "2026-05-28",
        "place": "Ada's school",
        "authority_attended": True,
        "offers": [{"id": "x", "on": "2026-05-01", "time": "at Jo's"}],
        "signers": [{"signer": "family:1", "side": "family", "name": "Jo Example"}],
        "minutes": 20,
        "who": {"name": "Jo Example", "age": 4},
    }
    assert bare_detail(detail) == {
        "meeting_on": "2026-05-28",
        "place": "",
        "authority_attended": True,
        "offers": [],
        "signers": [{"signer": "family:1", "side": "family", "name": ""}],
        "minutes": 20,
        "who": {"name": "", "age": 4},
    }


@pytest.mark.parametrize(("value", "stays"), [("full", "full"), ("Jo Example", None), (None, None)])
def test_of_a_value_stays_a_word_of_a_list(value: str | None, stays: str | None) -> None:
    assert bare_word(value) == stays


def test_a_refusal_is_told_in_words() -> None:
    assert refusal_words("hold appeal") == ("It is held; an appeal is recorded without its outcome")
    assert "tried again" in refusal_words("fault")
    assert all(KEEPS.values())
