"""Working days of England and Wales, checked against days worked out by hand."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.reference.working_days import (
    LAST_YEAR,
    OVERRIDES_FILE,
    CalendarError,
    Override,
    add_working_days,
    bank_holidays,
    bank_holidays_of_year,
    count_back_working_days,
    is_working_day,
    load_overrides,
    next_working_day,
    working_days_between,
)

DAYS = st.dates(date(2014, 9, 1), date(2060, 12, 31))


@pytest.mark.parametrize(
    "day",
    [
        date(2026, 4, 3),  # Good Friday
        date(2026, 4, 6),  # Easter Monday
        date(2026, 5, 25),  # spring
        date(2026, 12, 28),  # stands in for Saturday 26 December
        date(2022, 9, 19),  # one-off: the Queen's funeral
        date(2023, 5, 8),  # one-off: the coronation
        date(2020, 5, 8),  # moved from Monday 4 May
        date(2026, 3, 7),  # Saturday
        date(2026, 3, 8),  # Sunday
    ],
)
def test_weekends_and_bank_holidays_are_no_working_days(day: date) -> None:
    assert not is_working_day(day)


@pytest.mark.parametrize(
    "day",
    [
        date(2020, 5, 4),  # its holiday was moved to the 8th
        date(2026, 3, 17),  # St Patrick's Day: Northern Ireland's only
        date(2026, 1, 2),  # Scotland's only
        date(2026, 8, 3),  # Scotland's only
        date(2026, 12, 24),
        date(2026, 12, 31),
    ],
)
def test_holidays_of_other_nations_and_ordinary_weekdays_are_working_days(day: date) -> None:
    assert is_working_day(day)


def test_a_time_of_day_does_not_turn_a_holiday_into_a_working_day() -> None:
    assert not is_working_day(datetime(2026, 4, 3, 10, 30))


@pytest.mark.parametrize(
    ("start", "count", "last"),
    [
        (date(2026, 4, 1), 3, date(2026, 4, 8)),
        (date(2026, 5, 22), 3, date(2026, 5, 28)),
        (date(2026, 12, 29), 3, date(2027, 1, 4)),
        (date(2026, 12, 24), 3, date(2026, 12, 31)),
        (date(2026, 3, 7), 1, date(2026, 3, 9)),  # from a Saturday
        (date(2026, 3, 7), 0, date(2026, 3, 7)),
    ],
)
def test_working_days_are_counted_from_the_day_after(start: date, count: int, last: date) -> None:
    assert add_working_days(start, count) == last


@pytest.mark.parametrize(
    ("day", "count", "first"),
    [
        (date(2026, 4, 8), 5, date(2026, 3, 30)),  # back over Easter
        (date(2026, 6, 15), 5, date(2026, 6, 8)),
        (date(2027, 1, 4), 1, date(2026, 12, 31)),
        (date(2026, 3, 8), 1, date(2026, 3, 6)),
    ],
)
def test_working_days_are_counted_back_from_the_day_before(
    day: date, count: int, first: date
) -> None:
    assert count_back_working_days(day, count) == first


def test_a_negative_number_of_working_days_is_refused() -> None:
    with pytest.raises(ValueError, match="0 or more"):
        add_working_days(date(2026, 1, 5), -1)
    with pytest.raises(ValueError, match="0 or more"):
        count_back_working_days(date(2026, 1, 5), -1)


def test_the_next_working_day_is_never_the_day_itself() -> None:
    assert next_working_day(date(2026, 3, 4)) == date(2026, 3, 5)
    assert next_working_day(date(2026, 4, 2)) == date(2026, 4, 7)


@given(DAYS, st.integers(0, 60))
def test_counting_forward_and_counting_between_agree(start: date, count: int) -> None:
    assert working_days_between(start, add_working_days(start, count)) == count


@given(DAYS, st.integers(-500, 500))
def test_the_quick_count_between_equals_counting_each_day(start: date, offset: int) -> None:
    end = start + timedelta(days=offset)
    first, last = min(start, end), max(start, end)
    one_by_one = sum(
        is_working_day(first + timedelta(days=n)) for n in range(1, (last - first).days + 1)
    )
    assert working_days_between(start, end) == (one_by_one if end >= start else -one_by_one)


@given(DAYS, st.integers(1, 30))
def test_counting_ends_on_a_working_day(start: date, count: int) -> None:
    assert is_working_day(add_working_days(start, count))
    assert is_working_day(count_back_working_days(start, count))


def test_bank_holidays_come_with_their_names_over_the_turn_of_a_year() -> None:
    assert bank_holidays(date(2026, 12, 26), date(2027, 1, 1)) == {
        date(2026, 12, 26): "Boxing Day",
        date(2026, 12, 28): "Boxing Day (observed)",
        date(2027, 1, 1): "New Year's Day",
    }


def test_the_shipped_table_of_one_off_holidays_can_be_read() -> None:
    assert isinstance(load_overrides(OVERRIDES_FILE), tuple)


def test_a_holiday_announced_later_is_added_and_a_moved_one_taken_away(tmp_path: Path) -> None:
    table = tmp_path / "bank_holidays.toml"
    table.write_text(
        '[[holiday]]\ndate = 2031-06-06\nname = "Jubilee"\nchange = "added"\n'
        'source = "Proclamation of 1 March 2030"\n'
        '[[holiday]]\ndate = 2031-05-26\nname = "Spring Bank Holiday"\nchange = "removed"\n'
        'source = "Proclamation of 1 March 2030"\n',
        encoding="utf-8",
    )
    before, after = bank_holidays_of_year(2031), bank_holidays_of_year(2031, load_overrides(table))
    assert date(2031, 6, 6) not in before and after[date(2031, 6, 6)] == "Jubilee"
    assert date(2031, 5, 26) in before and date(2031, 5, 26) not in after
    assert list(after) == sorted(after)


def test_a_one_off_holiday_changes_only_its_own_year() -> None:
    override = Override(date(2031, 6, 6), "Jubilee", "added", "a proclamation")
    assert bank_holidays_of_year(2030, [override]) == bank_holidays_of_year(2030)


@pytest.mark.parametrize(
    "entry",
    [
        'date = "2031-06-06"\nname = "Jubilee"\nchange = "added"\nsource = "s"',
        'date = 2031-06-06\nname = "Jubilee"\nchange = "new"\nsource = "s"',
        'date = 2031-06-06\nname = "Jubilee"\nchange = "added"',
        'date = 2031-06-06\nchange = "added"\nsource = "s"',
    ],
)
def test_a_one_off_holiday_without_its_particulars_is_refused(tmp_path: Path, entry: str) -> None:
    table = tmp_path / "bank_holidays.toml"
    table.write_text(f"[[holiday]]\n{entry}\n", encoding="utf-8")
    with pytest.raises(CalendarError, match="holiday 1"):
        load_overrides(table)


def test_a_year_whose_holidays_are_not_known_is_refused_rather_than_guessed() -> None:
    assert bank_holidays_of_year(LAST_YEAR)
    with pytest.raises(CalendarError, match=str(LAST_YEAR + 1)):
        is_working_day(date(LAST_YEAR + 1, 12, 27))
