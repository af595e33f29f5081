"""A slip in the address of a common mailbox is seen; what is real is left alone."""

from __future__ import annotations

import pytest

from saas.reference.mail_domains import ALSO_REAL, COMMON, likely_meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("jo@gmial.com", "jo@gmail.com"),
        ("jo@gmai.com", "jo@gmail.com"),
        ("jo@gmail.con", "jo@gmail.com"),
        ("jo@ggmail.com", "jo@gmail.com"),
        ("Jo@Hotmial.co.uk", "jo@hotmail.co.uk"),
        ("jo@outlok.com", "jo@outlook.com"),
        ("jo@yaho.com", "jo@yahoo.com"),
        ("jo@icloud.co", "jo@icloud.com"),
    ],
)
def test_a_slip_is_seen(written: str, meant: str) -> None:
    assert likely_meant(written) == meant


@pytest.mark.parametrize(
    "written",
    [
        *(f"jo@{domain}" for domain in (*COMMON, *sorted(ALSO_REAL))),
        *("jo@family.example", "jo@hotmail.fr", "jo@aol.com", "no address", ""),
    ],
)
def test_what_is_real_is_left_alone(written: str) -> None:
    assert likely_meant(written) == ""
