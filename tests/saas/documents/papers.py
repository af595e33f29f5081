"""Builders of documents' content, and a reader's view of the file they become."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from io import BytesIO
from typing import Any

from pypdf import PdfReader
from pypdf.generic import DictionaryObject

from billing.vat import vat_shares
from saas.documents.amounts import to_the_penny
from saas.documents.certificate import CertificateContent
from saas.documents.content import Provider
from saas.documents.invoice import InvoiceContent, InvoiceLine, VatAtRate

PROVIDER = Provider(
    name="SEND Mediation Partnership",
    address=("Unit 4, Wharf Court", "18 Canal Street", "Manchester M1 9ZZ"),
    telephone="0300 555 0142",
    email="mediation@provider.example",
)


def certificate(**changes: Any) -> CertificateContent:
    content: dict[str, Any] = {
        "number": "SMP-2026-0117",
        "kind": "s55_4",
        "issued_on": date(2026, 3, 20),
        "issued_to": ("Agnieszka Łukasik", "Renée Łukasik"),
        "child_name": "Zofia Łukasik",
        "authority_name": "Trafford Council",
        "decision": "Not to carry out an assessment",
        "notice_sent_on": date(2026, 2, 1),
        "issued_by": "Ruth Adeyemi",
        "issued_by_role": "Mediation adviser",
        "case_reference": "TRA-2026-0042",
        "provider": PROVIDER,
        "established_on": date(2026, 3, 18),
    }
    return CertificateContent(**content | changes)


def line(description: str, quantity: str, unit_price_pence: int, rate: str = "20") -> InvoiceLine:
    return InvoiceLine(
        description=description,
        quantity=Decimal(quantity),
        unit_price_pence=unit_price_pence,
        net_pence=to_the_penny(Decimal(quantity) * unit_price_pence),
        vat_rate=Decimal(rate),
    )


def shared(
    lines: tuple[InvoiceLine, ...], summary: tuple[VatAtRate, ...]
) -> tuple[InvoiceLine, ...]:
    """The lines with their share of the VAT of each rate."""
    told = [(line.vat_treatment, line.vat_rate, line.net_pence) for line in lines]
    totals: dict[tuple[str, Decimal], int]
    totals = {(treatment, rate): 0 for treatment, rate, _ in told}
    totals |= {(entry.vat_treatment, entry.vat_rate): entry.vat_pence for entry in summary}
    shares = vat_shares(told, totals)
    return tuple(replace(line, vat_pence=share) for line, share in zip(lines, shares, strict=True))


def vat_of(lines: tuple[InvoiceLine, ...]) -> tuple[VatAtRate, ...]:
    summary = []
    for rate in sorted({entry.vat_rate for entry in lines}):
        net = sum(entry.net_pence for entry in lines if entry.vat_rate == rate)
        vat = to_the_penny(net * rate / 100)
        summary.append(VatAtRate(vat_rate=rate, net_pence=net, vat_pence=vat))
    return tuple(summary)


def invoice(**changes: Any) -> InvoiceContent:
    lines = changes.pop(
        "lines",
        (
            line("Quarterly charge", "1", 1_250_000),
            line("Mediations above the allowance", "3", 84_500),
            line("Interpreter", "2.5", 6_200, "0"),
        ),
    )
    content: dict[str, Any] = {
        "number": "INV-2026-0031",
        "issued_on": date(2026, 4, 1),
        "tax_point": date(2026, 3, 31),
        "due_on": date(2026, 5, 1),
        "period": (date(2026, 1, 1), date(2026, 3, 31)),
        "supplier": PROVIDER,
        "supplier_vat_number": "GB 999 0000 00",
        "bank_details": ("Sort code 00-00-00", "Account number 00000000"),
        "customer_name": "Trafford Council",
        "customer_address": ("Accounts payable", "Talbot Road", "Stretford M32 0TH"),
        "purchase_order": "4500118273",
        "lines": lines,
        "vat_summary": vat_of(lines),
        "vat_treatment": "standard",
    }
    content |= changes
    content["lines"] = shared(content["lines"], content["vat_summary"])
    return InvoiceContent(**content)


@dataclass(frozen=True)
class Paper:
    """A PDF as its reader meets it."""

    reader: PdfReader

    @classmethod
    def of(cls, made: bytes) -> Paper:
        return cls(PdfReader(BytesIO(made), strict=True))

    @property
    def pages(self) -> list[str]:
        """The text of each page with its spaces and line ends made one space."""
        return [" ".join(page.extract_text().split()) for page in self.reader.pages]

    @property
    def text(self) -> str:
        return " ".join(self.pages)

    @property
    def xmp(self) -> str:
        metadata: Any = self.reader.root_object["/Metadata"].get_object()
        return str(metadata.get_data().decode())

    def tags(self) -> list[str]:
        """The structure elements in reading order: 'H1', 'Table', 'TH' ..."""
        found: list[str] = []

        def walk(element: Any) -> None:
            element = element.get_object()
            if isinstance(element, list):
                for part in element:
                    walk(part)
            elif isinstance(element, DictionaryObject):
                if "/S" in element:
                    found.append(str(element["/S"]).removeprefix("/"))
                if "/K" in element:
                    walk(element["/K"])

        walk(self.reader.root_object["/StructTreeRoot"])
        return found
