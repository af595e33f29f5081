"""Issue 12, point 7: a contract is thought of before its notice is over."""

from __future__ import annotations

import datetime as dt

import pytest

from billing.contracts.actions import extended_to
from billing.contracts.models import Contract
from billing.contracts.pricing import Service, allowance, contract_year
from billing.contracts.renewals import is_to_renew, last_day_of_notice
from billing.periods import Period
from tests.billing.making import terms

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


def contract(starts: dt.date, ends: dt.date, **more: int) -> Contract:
    return Contract(starts_on=starts, ends_on=ends, extension_options=1, **more)


@pytest.mark.parametrize(
    ("starts", "ends", "months", "extended"),
    [
        (dt.date(2026, 1, 31), dt.date(2027, 1, 30), 12, dt.date(2028, 1, 30)),
        # A month at a time: the 31st is the 31st again after February.
        (dt.date(2026, 1, 31), dt.date(2026, 2, 27), 1, dt.date(2026, 3, 30)),
        (dt.date(2024, 2, 29), dt.date(2025, 2, 27), 12, dt.date(2026, 2, 27)),
        (dt.date(2026, 4, 1), dt.date(2027, 3, 31), 24, dt.date(2029, 3, 31)),
    ],
)
def test_an_extension_ends_the_day_before_the_anniversary(
    starts: dt.date, ends: dt.date, months: int, extended: dt.date
) -> None:
    assert extended_to(contract(starts, ends, extension_months=months)) == extended


def test_a_contract_from_29_february_has_an_anniversary_every_year() -> None:
    leap = dt.date(2024, 2, 29)
    firsts = [contract_year(leap, dt.date(year, 6, 1)).first for year in (2024, 2025, 2026, 2028)]
    assert firsts == [leap, dt.date(2025, 3, 1), dt.date(2026, 3, 1), dt.date(2028, 2, 29)]


def test_a_year_that_is_cut_short_includes_a_share_where_the_contract_says_so() -> None:
    """Point 3: 10 mediations a year; the contract ends after 183 of the year's 365 days."""
    year = Period(dt.date(2026, 4, 1), dt.date(2027, 3, 31))
    history = [terms()]
    assert allowance(history, Service.MEDIATION, year) == 10
    half = allowance(history, Service.MEDIATION, year, ends_on=dt.date(2026, 9, 30))
    assert half == 5
    whole = allowance(history, Service.MEDIATION, year, ends_on=dt.date(2029, 3, 31))
    assert whole == 10
    assert allowance(history, Service.MIAS, year, ends_on=dt.date(2026, 9, 30)) is None
