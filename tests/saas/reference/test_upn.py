"""The check letter of a Unique Pupil Number."""

from __future__ import annotations

import pytest

from saas.reference.upn import LETTERS, check_letter, upn_fault


def test_the_check_letter_is_that_of_the_dfes_rule() -> None:
    # 8*2 + 0*3 + 1*4 + 2*5 + 1*10 + 1*13 = 53; 53 mod 23 = 7; the letter of 7 is H.
    assert check_letter("801200001001") == "H"


def test_a_temporary_upn_counts_its_last_letter_by_its_place() -> None:
    assert check_letter("80120000100B") == check_letter("801200001001")
    assert upn_fault("H80120000100B") is None


@pytest.mark.parametrize("place", range(12))
def test_one_mistyped_figure_is_found(place: int) -> None:
    good = "801200001001"
    mistyped = good[:place] + str((int(good[place]) + 1) % 10) + good[place + 1 :]
    assert upn_fault("H" + mistyped) is not None


def test_i_o_and_s_are_no_letters_of_a_upn() -> None:
    assert not set("IOS") & set(LETTERS) and len(LETTERS) == 23
    assert upn_fault("S801200001001") is not None


@pytest.mark.parametrize(
    "upn", ["", "H80120000100", "H8012000010011", "h801200001001", "H80120000B001"]
)
def test_another_form_is_refused_with_what_would_be_right(upn: str) -> None:
    fault = upn_fault(upn)
    assert fault is not None and "13 characters" in fault
