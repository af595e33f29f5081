"""Addresses: electronic ones of the Peppol network, and postal ones in their parts. Pure.

An electronic address is a scheme of the published list, and a number. Source: Peppol BIS Billing
3.0.21 (spring 2026), list of PEPPOL-EN16931-CL008.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

SCHEMES = frozenset(
    (
        *("0002", "0007", "0009", "0060", "0088", "0096", "0097", "0106", "0130", "0135", "0142"),
        *("0151", "0158", "0183", "0184", "0188", "0190", "0191", "0192", "0195", "0196", "0198"),
        *("0199", "0200", "0201", "0204", "0208", "0209", "0210", "0211", "0216", "0218", "0221"),
        *("0225", "0230", "0235", "0240", "0242", "0244", "0245", "0246", "0248", "9910", "9913"),
        *("9914", "9915", "9918", "9919", "9920", "9922", "9923", "9924", "9925", "9926", "9927"),
        *("9928", "9929", "9930", "9931", "9932", "9933", "9934", "9935", "9936", "9937", "9938"),
        *("9939", "9940", "9941", "9942", "9943", "9944", "9945", "9946", "9947", "9948", "9949"),
        *("9950", "9951", "9952", "9953", "9957", "9959"),
    )
)
GLN, UK_VAT, DUNS = "0088", "9932", "0060"
_SHAPES = {
    GLN: (r"[0-9]{13}", "A GLN is 13 digits"),
    UK_VAT: (r"GB(?:[0-9]{9}|[0-9]{12})", "A VAT number is GB and 9 digits"),
    DUNS: (r"[0-9]{9}", "A D-U-N-S number is 9 digits"),
}


_POSTCODE = re.compile(r"\b([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][A-Z]{2})$")


class AddressRefused(ValueError):
    """It is no address of the network; the text says what would be one."""


@dataclass(frozen=True)
class ElectronicAddress:
    """Where somebody receives e-invoices: BT-34 or BT-49 with its scheme."""

    scheme: str
    id: str


def gln_with(digits: str) -> str:
    """12 digits with their check digit (GS1 General Specifications 7.9)."""
    weighted = sum(int(d) * (3 if place % 2 else 1) for place, d in enumerate(digits))
    return f"{digits}{(10 - weighted % 10) % 10}"


def gln_is_right(digits: str) -> bool:
    """Whether the last of 13 digits is their check digit."""
    return gln_with(digits[:-1]) == digits


def read_address(scheme: str, text: str) -> ElectronicAddress | None:
    """The address as it was written, blanks aside; None where nothing was.

    Raises:
        AddressRefused: the scheme is not on the list, or the number is none of the scheme.
    """
    scheme, number = scheme.strip(), re.sub(r"[\s.-]", "", text).upper()
    if not scheme and not number:
        return None
    if not scheme or not number:
        raise AddressRefused("Enter the scheme and the number, or neither")
    if scheme not in SCHEMES:
        raise AddressRefused(
            "Enter a scheme of Peppol's list: 0088 for a GLN, 9932 for a VAT number, 0060 for a "
            "D-U-N-S number"
        )
    shape, says = _SHAPES.get(scheme, (r"[A-Z0-9:]{1,50}", "Enter letters and digits alone"))
    if not re.fullmatch(shape, number):
        raise AddressRefused(says)
    if scheme == GLN and not gln_is_right(number):
        raise AddressRefused("The last digit of the GLN does not fit the others: check it")
    return ElectronicAddress(scheme, number)


def of_vat_number(vat_number: str) -> ElectronicAddress | None:
    """The address that a UK VAT number is; None where it is none."""
    try:
        return read_address(UK_VAT, vat_number)
    except AddressRefused:
        return None


@dataclass(frozen=True)
class PostalParts:
    """An address in England in the parts that forms and files ask for; '' what is not there."""

    streets: tuple[str, ...]
    town: str
    postcode: str


def postal_parts(lines: Sequence[str]) -> PostalParts:
    """The parts of an address given line by line: town and postcode stand in the last one, or the
    postcode alone does, and the town in the line before."""
    *streets, last = lines or ("",)
    found = _POSTCODE.search(last)
    town = (last[: found.start()] if found else last).strip(" ,")
    if not town and len(streets) > 1:
        town = streets.pop()
    return PostalParts(tuple(streets), town, f"{found[1]} {found[2]}" if found else "")
