"""One set of awkward values through every door: the form and the import read them alike."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st

from saas.reference.search_keys import search_key
from saas.reference.upn import read_upn
from saas.reference.written import (
    NotReadable,
    dialled,
    read_email,
    read_name,
    read_postcode,
    read_telephone,
    read_time,
)
from tenants.casework.referral_forms import ReferralForm
from tenants.imports.cells import CellRefused
from tenants.imports.columns import BY_NAME

TODAY = dt.date(2026, 6, 10)
# A field of the form, the column of the import, and what is written in both.
SAME = {
    "upn": "upn",
    "contact_email": "parent_email",
    "contact_telephone": "parent_telephone",
    "contact_postcode": "parent_postcode",
    "given_name": "child_given_name",
    "family_name": "child_family_name",
    "contact_name": "parent_name",
}
AWKWARD = (
    "H801200001001",
    "h80 1200 0010 01",
    "A801200001001",
    "H80120000100B",
    "jo at home",
    "jo+send@example.org",
    "o\u2019brien@example.org",
    "o'brien@EXAMPLE.org",
    "jo@b\u00fccher.example.org",
    "ZZZ",
    "m33 2aa",
    "M33-2AA",
    "M332AA",
    "M33\u00a02AA",
    "07700 900000",
    "+44 (0)7700 900000",
    "0044 7700 900000",
    "020 7946 0000 ext. 12",
    "+353 1 234 5678",
    "1",
    "ring me",
    "O\u2019Brien",
    "Smith\u2010Jones",
    "Zo\u00eb\u200b",
    "\u202eevil\u202c",
    "\u200f\u0645\u062d\u0645\u062f",
    "\u0915\u094d\u200d\u0937",
    "\x00Ada",
    "12345",
    "   Ada   Lee ",
)


def by_form(app: Flask, field: str, text: str) -> str | None:
    """What the form keeps; None where it refuses."""
    with app.test_request_context("/", method="POST", data={field: text}):
        form: Any = ReferralForm()
        form.validate()
        return None if form[field].errors else form[field].data


def by_import(column: str, text: str) -> str | None:
    try:
        return str(BY_NAME[column].read(text, TODAY))
    except CellRefused:
        return None


@pytest.mark.parametrize("text", AWKWARD, ids=ascii)
def test_the_form_and_the_import_read_the_same(app: Flask, text: str) -> None:
    for field, column in SAME.items():
        assert by_form(app, field, text) == by_import(column, text), field


def test_a_upn_whose_letter_does_not_fit_is_refused_by_both(app: Flask) -> None:
    assert by_form(app, "upn", "A801200001001") is None
    assert by_form(app, "upn", "h80 1200 0010 01") == "H801200001001"
    with pytest.raises(NotReadable, match="The first letter does not fit"):
        read_upn("A801200001001")


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("m33-2aa", "M33 2AA"),
        (" M332AA ", "M33 2AA"),
        ("M33\u20112AA", "M33 2AA"),
    ],
)
def test_a_postcode_is_kept_one_way(written: str, kept: str) -> None:
    assert read_postcode(written) == kept


@pytest.mark.parametrize(
    ("written", "kept", "dials"),
    [
        ("+447700900000", "07700 900000", "tel:+44-7700-900000"),
        ("0044 7700 900000", "07700 900000", "tel:+44-7700-900000"),
        ("020-7946-0000 x12", "020 7946 0000 x12", "tel:+44-20-7946-0000;ext=12"),
        ("+353 1 234 5678", "+353 1 234 5678", "tel:+353-1-234-5678"),
    ],
)
def test_a_telephone_number_is_kept_as_it_is_dialled(written: str, kept: str, dials: str) -> None:
    assert read_telephone(written) == kept
    assert dialled(kept) == dials


@pytest.mark.parametrize("written", ["1", "ring me", "07700", "call mum 07700900000", "", "+"])
def test_what_cannot_be_dialled_is_no_telephone_number(written: str) -> None:
    with pytest.raises(NotReadable):
        read_telephone(written)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("10:30", "10:30"),
        ("10.30am", "10:30"),
        ("1030", "10:30"),
        ("2pm", "14:00"),
        ("2 p.m.", "14:00"),
        ("12am", "00:00"),
        ("12.15 PM", "12:15"),
        ("9:05", "09:05"),
        ("noon", "12:00"),
        ("930", "09:30"),
    ],
)
def test_a_time_is_read_as_people_write_it(written: str, kept: str) -> None:
    assert read_time(written) == kept


@pytest.mark.parametrize("written", ["10", "25:00", "10:75", "13pm", "soon", "10:30:00", ""])
def test_what_is_no_time_is_refused(written: str) -> None:
    with pytest.raises(NotReadable):
        read_time(written)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Se\u00e1n", "O'Brien"), ("Sean", "O\u2019Brien")),
        (("Ada", "Smith-Jones"), ("ada", "SMITH JONES")),
        (("Zo\u00eb", "\u0141ukasz"), ("Zoe", "Lukasz")),
        (("J\u00f8rgen", "M\u00fcller"), ("Jorgen", "Muller")),
        (("Ada\u200b", " Lee"), ("Ada", "Lee")),
    ],
)
def test_one_child_written_two_ways_is_found(one: tuple[str, str], other: tuple[str, str]) -> None:
    assert search_key(*one) == search_key(*other)


READERS = (read_name, read_email, read_telephone, read_postcode, read_time, read_upn)


@given(text=st.text(max_size=40))
def test_a_reader_refuses_or_gives_what_it_reads_the_same_again(text: str) -> None:
    for reader in READERS:
        try:
            kept = reader(text)
        except NotReadable:
            continue
        assert kept.isprintable() and kept == kept.strip() and kept
        assert reader(kept) == kept
