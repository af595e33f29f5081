from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.web.money import count, percent, pounds


@pytest.mark.parametrize(
    ("pence", "words"),
    [(0, "£0.00"), (5, "£0.05"), (123456, "£1,234.56"), (-1200, "\N{MINUS SIGN}£12.00")],
)
def test_pence_are_shown_as_pounds(pence: int, words: str) -> None:
    assert pounds(pence) == words


@given(st.integers())
def test_no_penny_is_lost(pence: int) -> None:
    shown = pounds(pence).replace("\N{MINUS SIGN}", "-").replace("£", "").replace(",", "")
    assert int(shown.replace(".", "")) == pence


@pytest.mark.parametrize("amount", [12.5, True, "12"])
def test_what_is_no_number_of_pence_is_refused(amount: object) -> None:
    with pytest.raises(TypeError, match="whole number of pence"):
        pounds(amount)  # type: ignore[arg-type]


def test_counts_have_their_thousands_apart() -> None:
    assert count(14493) == "14,493"


@pytest.mark.parametrize(
    ("part", "whole", "places", "words"),
    [(31, 38, 0, "82%"), (2649, 14493, 1, "18.3%"), (1, 200, 0, "1%"), (0, 0, 0, "none yet")],
)
def test_shares_are_rounded_halves_up(part: int, whole: int, places: int, words: str) -> None:
    assert percent(part, whole, places) == words
