"""No cell of a CSV file of ours is run by a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.documents.csv_files import csv_bytes, csv_text, harmless

STARTS = st.sampled_from(["=", "+", "-", "@", "\t", "\r", "\n", " =", "\t=", "\uff1d", "|", "%"])


def cells_of(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


@given(start=STARTS, rest=st.text(max_size=20))
def test_a_text_that_starts_like_a_formula_is_a_text(start: str, rest: str) -> None:
    text = f"{start}A{rest}"
    ((cell,),) = cells_of(csv_text([text], []))
    assert cell == f"'{text}"


@pytest.mark.parametrize("amount", ["-12.50", "+3", "0", "-0.01"])
def test_an_amount_below_zero_stays_a_number(amount: str) -> None:
    assert harmless(amount) == amount


def test_names_dates_and_nothing_are_written_as_they_are() -> None:
    written = csv_bytes(["Who", "Day", "Share"], [["O'Brien", dt.date(2026, 6, 1), None]])
    assert written.startswith(b"\xef\xbb\xbf")
    assert cells_of(written.decode("utf-8-sig"))[1] == ["O'Brien", "2026-06-01", ""]
