"""Issue 12, point 7: a contract is thought of before its notice is over."""

from __future__ import annotations

import datetime as dt

import pytest

from billing.contracts.renewals import is_to_renew, last_day_of_notice

STARTS, ENDS = dt.date(2025, 4, 1), dt.date(2027, 3, 31)


@pytest.mark.parametrize(
    ("notice", "last"),
    [
        (90, dt.date(2026, 12, 31)),
        (180, dt.date(2026, 10, 2)),
        (0, ENDS),
        (365, dt.date(2026, 3, 31)),
    ],
)
def test_the_last_day_of_notice_is_counted_back_from_the_end(notice: int, last: dt.date) -> None:
    assert last_day_of_notice(ENDS, notice) == last


@pytest.mark.parametrize(
    ("today", "notice", "listed"),
    [
        (dt.date(2026, 10, 31), 90, False),
        (dt.date(2026, 11, 1), 90, True),
        # A notice of half a year: at 120 days before the end it was long too late.
        (dt.date(2026, 8, 3), 180, True),
        (dt.date(2027, 2, 1), 180, True),
        (dt.date(2027, 1, 29), 0, False),
        (dt.date(2027, 1, 30), 0, True),
        (dt.date(2027, 4, 1), 90, False),
        (dt.date(2025, 3, 31), 730, False),
    ],
)
def test_a_contract_is_listed_while_notice_can_be_given_and_until_it_ends(
    today: dt.date, notice: int, listed: bool
) -> None:
    assert is_to_renew(STARTS, ENDS, notice, today) is listed
