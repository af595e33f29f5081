from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.documents.amounts import percent, pounds, quantity_words, to_the_penny


@pytest.mark.parametrize(
    ("pence", "printed"),
    [
        (0, "£0.00"),
        (5, "£0.05"),
        (123_456, "£1,234.56"),
        (100_000_000, "£1,000,000.00"),
        (-5, "−£0.05"),
        (-123_456, "−£1,234.56"),
        (10**20 + 1, "£1,000,000,000,000,000,000.01"),
    ],
)
def test_pence_are_printed_as_pounds_exactly(pence: int, printed: str) -> None:
    assert pounds(pence) == printed


@given(st.integers())
def test_printed_pounds_read_back_as_the_same_pence(pence: int) -> None:
    plain = pounds(pence).replace("£", "").replace(",", "").replace("−", "-")
    whole, rest = plain.lstrip("-").split(".")
    read = int(whole) * 100 + int(rest)
    assert (-read if plain.startswith("-") else read) == pence


@pytest.mark.parametrize(
    ("quantity", "printed"),
    [("1", "1"), ("2.50", "2.5"), ("1200", "1,200"), ("100", "100"), ("-3", "−3"), ("1E+2", "100")],
)
def test_quantities_lose_idle_zeros_and_nothing_else(quantity: str, printed: str) -> None:
    assert quantity_words(Decimal(quantity)) == printed


def test_rates_are_printed_in_percent() -> None:
    assert percent(Decimal(20)) == "20%"
    assert percent(Decimal("17.50")) == "17.5%"


@pytest.mark.parametrize(("pence", "rounded"), [("0.5", 1), ("0.49", 0), ("-0.5", -1), ("2.5", 3)])
def test_half_a_penny_is_rounded_away_from_zero(pence: str, rounded: int) -> None:
    assert to_the_penny(Decimal(pence)) == rounded
