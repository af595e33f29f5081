"""Issue 12, point 12: Peppol is claimed where both sides are on it, and then kept to."""

from __future__ import annotations

import re
from typing import Any

import pytest

from billing.addresses import (
    SCHEMES,
    AddressRefused,
    ElectronicAddress,
    of_vat_number,
    read_address,
)
from billing.einvoice.bank_account import BankAccount, bank_account
from billing.einvoice.peppol import peppol_failures
from billing.einvoice.ubl import as_ubl
from billing.einvoice.validation import einvoice_failures
from tests.saas.documents.papers import invoice, line

OURS = ElectronicAddress("9932", "GB123456789")
THEIRS = ElectronicAddress("0088", "5060012345679")
STANDARD = (line("Quarterly charge", "1", 1_250_000), line("Mediations", "3", 84_500))
CREDIT = {
    "kind": "credit_note",
    "credits_invoice": "INV-2627-00001",
    "credit_reason": "Held for another authority",
    "lines": STANDARD,
}


def xml(*, ours: Any = OURS, theirs: Any = THEIRS, **changes: Any) -> bytes:
    return as_ubl(
        invoice(**changes),
        customer_email="invoices@example.example",
        supplier_address=ours,
        customer_address=theirs,
    )


@pytest.mark.parametrize("changes", [{"lines": STANDARD}, CREDIT], ids=["invoice", "credit"])
def test_with_both_addresses_it_is_peppols_and_breaks_no_rule(changes: dict[str, Any]) -> None:
    made = xml(**changes)
    assert b"poacc:billing:3.0" in made and b'schemeID="0088"' in made and b'"EM"' not in made
    assert einvoice_failures(made) == [] and peppol_failures(made) == []


@pytest.mark.parametrize(("ours", "theirs"), [(None, THEIRS), (OURS, None), (None, None)])
def test_without_either_address_it_claims_en_16931_alone(ours: Any, theirs: Any) -> None:
    made = xml(ours=ours, theirs=theirs, lines=STANDARD)
    assert b"peppol" not in made and b'schemeID="EM"' in made
    assert einvoice_failures(made) == [] and peppol_failures(made) == []


BROKEN = {
    "PEPPOL-EN16931-R007": (r"<cbc:ProfileID>[^<]*", "<cbc:ProfileID>other"),
    "PEPPOL-EN16931-R003": (
        r"<cac:OrderReference>.*?</cac:OrderReference>",
        "",
    ),
    "PEPPOL-EN16931-R010": (r'<cbc:EndpointID schemeID="0088">[^<]*</cbc:EndpointID>', ""),
    "PEPPOL-EN16931-R020": (r'<cbc:EndpointID schemeID="9932">[^<]*</cbc:EndpointID>', ""),
    "PEPPOL-EN16931-CL008": (r'schemeID="0088"', 'schemeID="EM"'),
    "PEPPOL-COMMON-R040": ("5060012345679", "5060012345672"),
    "PEPPOL-EN16931-R008": (r"<cbc:StreetName>[^<]*", "<cbc:StreetName> "),
    "PEPPOL-EN16931-F001": (r"<cbc:IssueDate>[^<]*", "<cbc:IssueDate>5 April 2026"),
    "PEPPOL-EN16931-R120": (r"(<cbc:PriceAmount[^>]*>)[^<]*", r"\g<1>1.00"),
}


@pytest.mark.parametrize("rule", BROKEN)
def test_each_rule_is_found_broken_under_its_name(rule: str) -> None:
    wrong, right = BROKEN[rule]
    broken = re.sub(wrong, right, xml(lines=STANDARD).decode(), flags=re.DOTALL)
    assert rule in {failure.rule for failure in peppol_failures(broken.encode())}


@pytest.mark.parametrize(
    ("scheme", "text", "address"),
    [
        ("0088", "5060 0123 4567 9", THEIRS),
        ("9932", "gb 123 456 789", OURS),
        ("0060", "12-345-6789", ElectronicAddress("0060", "123456789")),
        ("", "  ", None),
    ],
)
def test_an_address_is_read_as_people_write_it(
    scheme: str, text: str, address: ElectronicAddress | None
) -> None:
    assert read_address(scheme, text) == address


@pytest.mark.parametrize(
    ("scheme", "text", "says"),
    [
        ("EM", "invoices@council.example", "a scheme of Peppol's list"),
        ("0088", "5060012345672", "last digit of the GLN"),
        ("0088", "123", "13 digits"),
        ("9932", "123456789", "GB and 9 digits"),
        ("0088", "", "or neither"),
    ],
)
def test_what_is_no_address_is_refused_with_what_would_be(
    scheme: str, text: str, says: str
) -> None:
    with pytest.raises(AddressRefused, match=says):
        read_address(scheme, text)


def test_our_own_address_is_our_vat_number() -> None:
    assert len(SCHEMES) == 83
    assert of_vat_number("GB 123 4567 89") == OURS
    assert of_vat_number("") is None and of_vat_number("IE1234567X") is None


def test_bank_details_are_told_apart_and_stand_in_their_own_fields() -> None:
    lines = (
        "Example Bank",
        "Account name: SEND Mediation Partnership",
        "Sort code 12-34-56",
        "Account number 12345678",
        "IBAN GB33 BUKB 2020 1555 5555 55",
    )
    assert bank_account(lines) == BankAccount(
        "SEND Mediation Partnership", "123456", "12345678", "GB33BUKB20201555555555"
    )
    made = xml(bank_details=lines[:4], lines=STANDARD).decode()
    assert "<cbc:ID>12345678</cbc:ID>" in made and "<cbc:ID>123456</cbc:ID>" in made
    assert einvoice_failures(made.encode()) == []
    assert bank_account(("Ask us",)) == BankAccount()
