"""Unique Pupil Numbers: a check letter and twelve characters.

Source: DfE, 'Unique pupil numbers: a guide for schools and local authorities'.
"""

from __future__ import annotations

import re

from saas.reference.written import NotReadable, one_line

# I, O and S are left out because they look like figures; a letter's place is its value.
LETTERS = "ABCDEFGHJKLMNPQRTUVWXYZ"
_FORM = re.compile(rf"[{LETTERS}][0-9]{{11}}[0-9{LETTERS}]")


def check_letter(twelve: str) -> str:
    """The letter before the other twelve characters of a UPN.

    A temporary UPN ends in a letter, which counts by its place in the alphabet of UPNs.
    """
    total = sum(
        weight * (int(sign) if sign.isdigit() else LETTERS.index(sign))
        for weight, sign in enumerate(twelve, start=2)
    )
    return LETTERS[total % len(LETTERS)]


def upn_fault(upn: str) -> str | None:
    """What is wrong with a UPN and what would be right; None for one that can be."""
    if not _FORM.fullmatch(upn):
        return (
            "A UPN has 13 characters: a capital letter (not I, O or S) and 12 digits;"
            " a temporary one ends in a letter instead of the last digit"
        )
    if check_letter(upn[1:]) != upn[0]:
        return "The first letter does not fit the other twelve characters: one of them is mistyped"
    return None


def read_upn(text: str) -> str:
    """A UPN as it is kept: capitals without spaces.

    Raises:
        NotReadable: it is none.
    """
    upn = one_line(text).replace(" ", "").upper()
    fault = upn_fault(upn)
    if fault is not None:
        raise NotReadable(fault)
    return upn
