from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from saas.web.dates import clock_words, date_hint, london_time, long_date, short_date

WEDNESDAY = date(2026, 4, 1)  # Good Friday is the 3rd, Easter Monday the 6th


def test_a_long_date_has_its_weekday() -> None:
    assert long_date(date(2026, 4, 20)) == "Monday 20 April 2026"


@pytest.mark.parametrize(
    ("day", "words"),
    [(date(2025, 12, 4), "Thu 4 Dec"), (date(2026, 1, 2), "Fri 2 Jan 2026")],
)
def test_a_short_date_has_its_year_when_it_is_another(day: date, words: str) -> None:
    assert short_date(day, date(2025, 11, 21)) == words


@pytest.mark.parametrize(
    ("due", "words", "urgency"),
    [
        (date(2026, 4, 1), "today", "soon"),
        (date(2026, 4, 2), "in 1 working day", "soon"),
        (date(2026, 4, 8), "in 3 working days", "soon"),
        (date(2026, 4, 10), "in 5 working days", "soon"),
        (date(2026, 4, 13), "in 6 working days", "ok"),
        (date(2026, 3, 31), "overdue by 1 working day", "overdue"),
        (date(2026, 3, 30), "overdue by 2 working days", "overdue"),
    ],
)
def test_a_clock_counts_working_days(due: date, words: str, urgency: str) -> None:
    assert clock_words(due, WEDNESDAY) == (words, urgency)


def test_a_clock_that_ends_over_a_weekend_never_says_in_0_working_days() -> None:
    maundy_thursday = date(2026, 4, 2)
    assert clock_words(date(2026, 4, 4), maundy_thursday) == ("in 2 days", "soon")
    assert clock_words(date(2026, 4, 4), date(2026, 4, 5)) == ("overdue by 1 day", "overdue")


def test_a_clock_that_was_met_says_whether_in_time() -> None:
    assert clock_words(WEDNESDAY, date(2027, 1, 1), WEDNESDAY) == ("done in time", "done")
    late = clock_words(WEDNESDAY, date(2027, 1, 1), date(2026, 4, 8))
    assert late == ("done 3 working days late", "done")


@pytest.mark.parametrize(
    ("moment", "words"),
    [
        (datetime(2026, 1, 15, 23, 30, tzinfo=UTC), "23:30 on Thursday 15 January 2026"),
        (datetime(2026, 7, 15, 23, 30, tzinfo=UTC), "00:30 on Thursday 16 July 2026"),
    ],
)
def test_a_moment_is_shown_by_londons_clock(moment: datetime, words: str) -> None:
    assert london_time(moment) == words


def test_a_moment_without_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="store UTC"):
        london_time(datetime(2026, 7, 15, 12, 0))


def test_the_hint_of_a_date_names_the_bank_holidays_around() -> None:
    assert date_hint(WEDNESDAY) == (
        "For example, 1 4 2026. Bank holidays: Fri 3 Apr, Mon 6 Apr, Mon 4 May."
    )
    assert date_hint(date(2026, 10, 20)) == "For example, 20 10 2026."
