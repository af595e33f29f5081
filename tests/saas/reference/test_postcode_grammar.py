from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from saas.reference.postcode_grammar import (
    MalformedPostcodeError,
    compact,
    is_outside_england,
    normalise,
)

UNIT = st.sampled_from("ABDEFGHJLNPQRSTUWXYZ")
AREAS = st.sampled_from(["M", "SW", "EC", "LL", "EH", "BT", "YO", "JE", "BX"])
DISTRICTS = st.one_of(
    st.integers(0, 99).map(str),
    st.tuples(st.integers(0, 9), st.sampled_from("AEW")).map(lambda pair: f"{pair[0]}{pair[1]}"),
)
POSTCODES = st.tuples(AREAS, DISTRICTS, st.integers(0, 9).map(str), UNIT, UNIT).map(
    lambda parts: (parts[0] + parts[1], parts[2] + parts[3] + parts[4])
)


@pytest.mark.parametrize(
    ("typed", "written"),
    [
        ("M33 2AA", "M33 2AA"),
        ("m33 2aa", "M33 2AA"),
        ("m332aa", "M33 2AA"),
        ("  M 3 3 2 A A ", "M33 2AA"),
        ("M33\u00a02AA", "M33 2AA"),
        ("m1 1ae", "M1 1AE"),
        ("b33 8th", "B33 8TH"),
        ("cr2 6xh", "CR2 6XH"),
        ("dn55 1pt", "DN55 1PT"),
        ("w1a 0ax", "W1A 0AX"),
        ("ec1a 1bb", "EC1A 1BB"),
        ("bl0 9aa", "BL0 9AA"),
        ("gir 0aa", "GIR 0AA"),
        ("fiqq 1zz", "FIQQ 1ZZ"),
    ],
)
def test_every_form_of_postcode_is_read_in_any_case_and_spacing(typed: str, written: str) -> None:
    assert str(normalise(typed)) == written


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ("", "Enter a postcode"),
        ("   ", "Enter a postcode"),
        ("M33", "only the first half"),
        ("SW1A", "only the first half"),
        ("M33 2A", "ends in a number and two letters"),
        ("M33 2AAA", "ends in a number and two letters"),
        ("SW1A 1AAX", "five to seven"),
        ("M33 2CA", "never the letters C, I, K, M, O or V"),
        ("M33 OAA", "ends in a number and two letters"),
        ("M333 2AA", "starts with one or two letters"),
        ("M03 2AA", "starts with one or two letters"),
        ("332 2AA", "starts with one or two letters"),
        ("MMM3 2AA", "starts with one or two letters"),
        ("QQ1 1AA", "No UK postcode starts with QQ"),
        ("ZZ1 1AA", "No UK postcode starts with ZZ"),
        ("M33*2AA", "only letters and numbers"),
        ("M33 2AA; DROP TABLE postcode", "only letters and numbers"),
        ("Ｍ33 2AA", "only letters and numbers"),
        ("M33 2\u0131A", "only letters and numbers"),
        ("M33 2AA\x00", "only letters and numbers"),
        ("12345", "ends in a number and two letters"),
        ("A" * 5000, "five to seven"),
    ],
)
def test_what_is_no_postcode_is_refused_with_a_reason(typed: str, why: str) -> None:
    with pytest.raises(MalformedPostcodeError, match=why):
        normalise(typed)


@given(POSTCODES, st.lists(st.sampled_from([" ", "  ", "\t", ""]), min_size=8, max_size=8))
def test_case_and_spaces_never_change_a_postcode(parts: tuple[str, str], gaps: list[str]) -> None:
    key = "".join(parts)
    scattered = "".join(letter.lower() + gap for letter, gap in zip(key, gaps, strict=False))
    assert normalise(scattered).key == key
    assert str(normalise(scattered)) == " ".join(parts)
    assert normalise(str(normalise(scattered))) == normalise(key)


@given(st.text(max_size=12))
def test_any_text_is_either_a_postcode_or_refused(text: str) -> None:
    try:
        read = normalise(text).key
    except MalformedPostcodeError as refused:
        read = None
        why = str(refused)
    squeezed = "".join(text.split()).upper()
    assert read == squeezed if read else why


@given(POSTCODES)
def test_files_and_people_are_read_by_the_same_grammar(parts: tuple[str, str]) -> None:
    assert compact(" ".join(parts)) == normalise(" ".join(parts)).key


@pytest.mark.parametrize(
    "postcode",
    [
        *("AB10 1AB", "AB24 5EX", "EH1 1AA", "ZE1 0AA", "TD1 1AA", "DG1 1AA"),
        *("CF10 1AA", "CF5 4RL", "SA1 1AA", "LL11 1AA", "LD1 5AA", "NP20 1AA"),
        *("CH7 1AA", "SY23 1AA", "SY16 1AA"),
        *("BT1 1AA", "JE2 3AA", "GY1 1AA", "IM1 1AA", "GX11 1AA", "FIQQ 1ZZ"),
    ],
)
def test_an_area_outside_england_is_known_by_its_letters(postcode: str) -> None:
    assert is_outside_england(normalise(postcode))


@pytest.mark.parametrize(
    "postcode",
    [
        *("M33 9ZZ", "CH1 9ZZ", "CH70 9ZZ", "SY1 9ZZ", "TD15 9ZZ", "HR9 9ZZ"),
        *("CA1 9ZZ", "NE1 9ZZ", "DA1 9ZZ", "SL1 9ZZ", "BX1 1AA", "BF1 1AA", "GIR 0AA"),
    ],
)
def test_an_area_of_england_or_of_no_place_is_not_said_to_be_elsewhere(postcode: str) -> None:
    assert not is_outside_england(normalise(postcode))
