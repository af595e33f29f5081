"""The e-invoice is valid, and the checker finds what is not."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest

from billing.einvoice import validation
from billing.einvoice.ubl import as_ubl
from billing.einvoice.validation import CheckingProcess, Unchecked, einvoice_failures
from saas.documents.invoice import InvoiceLine, VatAtRate
from tests.saas.documents.papers import invoice, line, vat_of


def xml(**changes: Any) -> bytes:
    return as_ubl(invoice(**changes), customer_email="invoices@example.example")


STANDARD = (line("Quarterly charge", "1", 1_250_000), line("Mediations", "3", 84_500))
CREDIT = {
    "kind": "credit_note",
    "credits_invoice": "INV-2627-00001",
    "credit_reason": "Held for another authority",
    "lines": STANDARD,
}


def untaxed(treatment: str) -> dict[str, Any]:
    lines = (line("Quarterly charge", "1", 1_250_000, "0"),)
    reason = "VAT Act 1994 Schedule 9"
    return {"lines": lines, "vat_treatment": treatment, "vat_reason": reason}


def mixed() -> dict[str, Any]:
    lines = (
        line("Quarterly charge", "1", 1_250_000),
        InvoiceLine(
            description="Course",
            quantity=Decimal(2),
            unit_price_pence=5_000,
            net_pence=10_000,
            vat_rate=Decimal(0),
            vat_treatment="exempt",
        ),
    )
    groups = (
        VatAtRate(vat_rate=Decimal(20), net_pence=1_250_000, vat_pence=250_000),
        VatAtRate(vat_rate=Decimal(0), net_pence=10_000, vat_pence=0, vat_treatment="exempt"),
    )
    return {"lines": lines, "vat_summary": groups, "vat_reason": "Education"}


def beside(*treatments: str) -> dict[str, Any]:
    """A line of £100 for each treatment, with a reason of its own where no VAT is charged."""
    lines = tuple(
        InvoiceLine(
            description=f"What is {treatment}",
            quantity=Decimal(1),
            unit_price_pence=10_000,
            net_pence=10_000,
            vat_rate=Decimal(20 if treatment == "standard" else 0),
            vat_treatment=treatment,  # type: ignore[arg-type]
        )
        for treatment in treatments
    )
    groups = tuple(
        VatAtRate(
            vat_rate=one.vat_rate,
            net_pence=10_000,
            vat_pence=int(one.vat_rate * 100),
            vat_treatment=one.vat_treatment,
        )
        for one in lines
    )
    reasons = tuple((one, f"Because it is {one}") for one in treatments if one != "standard")
    return {
        "lines": lines, "vat_summary": groups, "vat_reasons": reasons,
        "vat_treatment": min(treatments, key=lambda one: one != "standard"),
    }  # fmt: skip


@pytest.mark.parametrize(
    "changes",
    [
        {"lines": STANDARD},
        beside("standard", "outside_scope"),
        beside("standard", "exempt", "outside_scope"),
        beside("exempt", "outside_scope"),
        {**CREDIT, **beside("standard", "exempt", "outside_scope")},
        {"lines": (*STANDARD, line("Credit: mediation", "-1", 84_500))},
        untaxed("exempt"),
        untaxed("outside_scope"),
        mixed(),
        CREDIT,
        {"lines": STANDARD, "purchase_order": "None needed", "contract_reference": "SEND-2026"},
        {"lines": (line("A long description " * 12, "2.5", 6_200),)},
    ],
)
def test_every_kind_of_document_is_valid(changes: dict[str, Any]) -> None:
    assert einvoice_failures(xml(**changes)) == []


@pytest.mark.parametrize(
    ("right", "wrong", "rule"),
    [
        (b">18042.00</cbc:PayableAmount>", b">18043.00</cbc:PayableAmount>", "BR-CO-16"),
        (b">15035.00</cbc:LineExtensionAmount>", b">15036.00</cbc:LineExtensionAmount>",
         "BR-CO-10"),
        (b">3007.00</cbc:TaxAmount><cac:TaxSubtotal>", b">3006.00</cbc:TaxAmount><cac:TaxSubtotal>",
         "BR-CO-14"),
        (b"<cbc:CompanyID>GB", b"<cbc:CompanyID>99", "BR-CO-09"),
        (b"<cbc:ID>INV-2026-0031</cbc:ID><cbc:IssueDate>", b"<cbc:ID></cbc:ID><cbc:IssueDate>",
         "BR-02"),
        (b"<cbc:Percent>20.00</cbc:Percent><cac:TaxScheme><cbc:ID>VAT</cbc:ID></cac:TaxScheme>"
         b"</cac:TaxCategory>", b"<cbc:Percent>17.50</cbc:Percent><cac:TaxScheme><cbc:ID>VAT"
         b"</cbc:ID></cac:TaxScheme></cac:TaxCategory>", "BR-CO-17"),
        (b"<cbc:DocumentCurrencyCode>GBP", b"<cbc:DocumentCurrencyCode>LSD", "BR-CL-04"),
        (b"<cbc:IssueDate>2026-04-01</cbc:IssueDate>", b"", "UBL-XSD"),
    ],
)  # fmt: skip
def test_a_broken_document_fails_on_the_rule_it_breaks(
    right: bytes, wrong: bytes, rule: str
) -> None:
    good = xml(lines=STANDARD)
    assert right in good
    failures = einvoice_failures(good.replace(right, wrong))
    assert rule in [failure.rule for failure in failures]


def test_the_same_content_gives_the_same_bytes() -> None:
    assert xml(lines=STANDARD) == xml(lines=STANDARD)


def test_a_checker_that_dies_is_started_again_and_never_says_valid() -> None:
    checker = CheckingProcess()
    assert checker.failures(xml(lines=STANDARD)) == []
    assert checker._process is not None
    checker._process.kill()
    checker._process.wait()
    assert checker.failures(xml(lines=STANDARD)) == []
    checker._end()


def test_what_cannot_be_checked_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(validation, "START_SECONDS", 0.0)
    checker = CheckingProcess()
    with pytest.raises(Unchecked):
        checker.failures(xml(lines=STANDARD))
    with pytest.raises(Unchecked):
        einvoice_failures(b"this is no XML")


def test_what_is_outside_the_scope_beside_taxed_lines_keeps_its_reason_and_bears_no_vat() -> None:
    made = xml(**beside("standard", "exempt", "outside_scope")).decode()
    assert "<cbc:ID>O</cbc:ID>" not in made
    assert "exempt from VAT: Because it is exempt" in made
    assert "outside the scope of VAT: Because it is outside_scope" in made
    assert '<cbc:TaxableAmount currencyID="GBP">200.00</cbc:TaxableAmount>' in made
    assert '<cbc:TaxAmount currencyID="GBP">20.00</cbc:TaxAmount>' in made
    alone = xml(**beside("outside_scope")).decode()
    assert "<cbc:ID>O</cbc:ID>" in alone
    assert "<cbc:TaxExemptionReason>Because it is outside_scope<" in alone


def test_the_order_stands_in_its_own_element() -> None:
    assert b"<cac:OrderReference><cbc:ID>4500118273</cbc:ID>" in xml(lines=STANDARD)
    assert dt.date(2026, 5, 1).isoformat().encode() in xml(lines=STANDARD)
    assert vat_of(STANDARD)[0].vat_pence == 300_700
