"""Late payment as the Act counts it: worked by hand."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from billing.debts.aged_debtors import bucket
from billing.debts.interest import (
    BaseRateUnknown,
    compensation,
    late_payment,
    reference_day,
    statutory_rate,
)

DUE = dt.date(2026, 2, 28)
RATES = {
    dt.date(2025, 6, 30): Decimal("4.25"),
    dt.date(2025, 12, 31): Decimal("3.75"),
}


@pytest.mark.parametrize(
    ("overdue", "reference"),
    [
        (dt.date(2026, 1, 1), dt.date(2025, 12, 31)),
        (dt.date(2026, 6, 30), dt.date(2025, 12, 31)),
        (dt.date(2025, 7, 1), dt.date(2025, 6, 30)),
        (dt.date(2025, 12, 31), dt.date(2025, 6, 30)),
    ],
)
def test_the_half_year_decides_the_reference_day(overdue: dt.date, reference: dt.date) -> None:
    assert reference_day(overdue) == reference


def test_the_rate_is_eight_over_base() -> None:
    assert statutory_rate(dt.date(2026, 3, 1), RATES) == Decimal("11.75")
    assert statutory_rate(dt.date(2025, 9, 1), RATES) == Decimal("12.25")


@pytest.mark.parametrize(
    ("pence", "fixed"),
    [(1, 4_000), (99_999, 4_000), (100_000, 7_000), (999_999, 7_000), (1_000_000, 10_000)],
)
def test_compensation_goes_by_the_size_of_the_debt(pence: int, fixed: int) -> None:
    assert compensation(pence) == fixed


def test_interest_is_simple_and_by_the_day() -> None:
    # £14,400 at 11.75% for 30 days: 1,440,000 x 0.1175 x 30 / 365 = 13,906.85 pence.
    late = late_payment(
        due_on=DUE,
        gross_pence=1_440_000,
        settled=[],
        until=DUE + dt.timedelta(days=30),
        base_rates=RATES,
    )
    assert late is not None
    assert (late.interest_pence, late.compensation_pence, late.days) == (13_907, 10_000, 30)


def test_a_part_payment_lowers_the_interest_from_its_day() -> None:
    # 10 days on £14,400 and 20 on £4,400: 4,635.62 + 2,832.88 = 7,468.49.
    late = late_payment(
        due_on=DUE,
        gross_pence=1_440_000,
        settled=[(DUE + dt.timedelta(days=10), 1_000_000)],
        until=DUE + dt.timedelta(days=30),
        base_rates=RATES,
    )
    assert late is not None and late.interest_pence == 7_468


def test_who_pays_on_the_day_owes_nothing_more() -> None:
    paid = [(DUE, 1_440_000)]
    later = DUE + dt.timedelta(days=90)
    late = late_payment(
        due_on=DUE, gross_pence=1_440_000, settled=paid, until=later, base_rates=RATES
    )
    assert late is None


def test_an_unknown_base_rate_is_said_and_not_guessed() -> None:
    with pytest.raises(BaseRateUnknown, match="30 June 2030"):
        late_payment(
            due_on=dt.date(2030, 8, 1),
            gross_pence=1,
            settled=[],
            until=dt.date(2030, 9, 1),
            base_rates=RATES,
        )


@pytest.mark.parametrize(
    ("days", "name"),
    [(0, "Not due yet"), (1, "1 to 30 days"), (30, "1 to 30 days"), (31, "31 to 60 days"),
     (90, "61 to 90 days"), (91, "Over 90 days")],
)  # fmt: skip
def test_a_debt_is_aged_by_its_days(days: int, name: str) -> None:
    assert bucket(days) == name
