"""The invoice and the credit note on paper.

What a VAT invoice must hold: VAT Regulations 1995 (SI 1995/2518) reg 14, HMRC VATREC5010. A council
pays no invoice without its purchase order's number, so that number stands largest.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Final, Literal

from saas.documents.amounts import percent, pounds, quantity_words, to_the_penny
from saas.documents.content import ContentRefused, Provider, missing, start_of
from saas.documents.pdf import render_pdf
from saas.reference.calendar_words import long_date, period_words

InvoiceKind = Literal["invoice", "credit_note"]
VatTreatment = Literal["standard", "exempt", "outside_scope"]

_NOUNS: Final[dict[InvoiceKind, str]] = {"invoice": "invoice", "credit_note": "credit note"}

UNTAXED_WORDS: Final[dict[VatTreatment, str]] = {
    "exempt": "exempt from VAT",
    "outside_scope": "outside the scope of VAT",
}

# Stands where the order's number would, when the contract needs none.
NO_ORDER: Final = "None needed"

TERMS: Final = (
    "Payment is due 30 days from receipt of a valid invoice (Procurement Act 2023, section 68)."
)


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceLine:
    """One thing charged for, or credited. Prices in pence without VAT; the VAT rate in percent."""

    description: str
    quantity: Decimal
    unit_price_pence: int
    net_pence: int
    vat_rate: Decimal
    # Where one line is treated otherwise than the rest; '' is the invoice's own treatment.
    vat_treatment: VatTreatment | Literal[""] = ""
    # Its share of the VAT at its rate.
    vat_pence: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class VatAtRate:
    """The VAT of all lines at one rate. Amounts in pence, the rate in percent."""

    vat_rate: Decimal
    net_pence: int
    vat_pence: int
    vat_treatment: VatTreatment | Literal[""] = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class InvoiceContent:
    """What one invoice or credit note says.

    A draft may lack its number, dates and purchase order; what is issued may not. A credit note
    gives its amounts as positive pence. Totals are summed here, so they cannot differ from what is
    printed above them.

    Raises:
        ContentRefused: naming each field that is missing, or the line that does not add up.
    """

    kind: InvoiceKind = "invoice"
    draft: bool = False
    number: str
    issued_on: date | None
    # The tax point: the day the supply counts for VAT.
    tax_point: date
    due_on: date | None
    period: tuple[date, date]
    supplier: Provider
    supplier_vat_number: str
    # As a company or charity, in words.
    supplier_registration: str = ""
    bank_details: tuple[str, ...]
    customer_name: str
    customer_address: tuple[str, ...]
    purchase_order: str
    contract_reference: str = ""
    # Of several orders: how much is drawn on which, in words.
    order_shares: str = ""
    lines: tuple[InvoiceLine, ...]
    vat_summary: tuple[VatAtRate, ...]
    vat_treatment: VatTreatment
    # Why no VAT is charged: needed when a treatment is not standard. `vat_reasons` has one for each
    # treatment, where they differ.
    vat_reason: str = ""
    vat_reasons: tuple[tuple[VatTreatment, str], ...] = ()
    terms: str = TERMS
    # A credit note: the invoice it corrects, and why.
    credits_invoice: str = ""
    credit_reason: str = ""

    def __post_init__(self) -> None:
        faults = self._missing_fields() + self._sums_that_differ()
        if self.period[1] < self.period[0]:
            faults.append("period ends before it starts")
        if faults:
            raise ContentRefused(self.kind, faults)

    @property
    def order_given(self) -> bool:
        """Whether a purchase order is quoted: some contracts need none."""
        return bool(self.purchase_order) and self.purchase_order != NO_ORDER

    @property
    def net_pence(self) -> int:
        return sum(line.net_pence for line in self.lines)

    @property
    def vat_pence(self) -> int:
        return sum(entry.vat_pence for entry in self.vat_summary)

    @property
    def gross_pence(self) -> int:
        return self.net_pence + self.vat_pence

    def _missing_fields(self) -> list[str]:
        always = [
            "tax_point",
            "customer_name",
            "customer_address",
            "lines",
            "vat_summary",
            "terms",
        ]
        issued = [] if self.draft else ["number", "issued_on", "purchase_order"]
        if self.kind == "credit_note":
            issued += ["credits_invoice", "credit_reason"]
        elif not self.draft:
            issued += ["due_on", "bank_details"]
        if self.vat_treatment == "standard" and not self.draft:
            issued.append("supplier_vat_number")
        faults = missing((name, getattr(self, name)) for name in always + issued)
        if not all(self.reason_for(treatment) for treatment in self.untaxed):
            faults += missing([("vat_reason", "")])
        faults += missing([("supplier.name", self.supplier.name)])
        faults += missing(
            (f"line {at} description", line.description)
            for at, line in enumerate(self.lines, start=1)
        )
        if not self.draft:
            faults += missing([("supplier.address", self.supplier.address)])
        return faults

    def treatment_of(self, entry: InvoiceLine | VatAtRate) -> VatTreatment:
        return entry.vat_treatment or self.vat_treatment

    def reason_for(self, treatment: VatTreatment) -> str:
        """Why no VAT is charged on what is treated so."""
        return dict(self.vat_reasons).get(treatment) or self.vat_reason

    @property
    def untaxed(self) -> list[VatTreatment]:
        """The treatments other than standard that stand on the paper."""
        found = {self.vat_treatment, *(self.treatment_of(line) for line in self.lines)}
        return sorted(found - {"standard"})

    def _sums_that_differ(self) -> list[str]:
        faults = []
        for at, line in enumerate(self.lines, start=1):
            if to_the_penny(line.quantity * line.unit_price_pence) != line.net_pence:
                faults.append(f"line {at} net_pence is not its quantity times its unit price")
        rates = [(self.treatment_of(entry), entry.vat_rate) for entry in self.vat_summary]
        charged = {(self.treatment_of(line), line.vat_rate) for line in self.lines}
        if sorted(rates) != sorted(charged):
            faults.append("vat_summary does not name each rate of the lines once")
        for entry in self.vat_summary:
            name = f"vat_summary at {percent(entry.vat_rate)}"
            key = (self.treatment_of(entry), entry.vat_rate)
            nets = [x.net_pence for x in self.lines if (self.treatment_of(x), x.vat_rate) == key]
            shares = [x.vat_pence for x in self.lines if (self.treatment_of(x), x.vat_rate) == key]
            if sum(shares) != entry.vat_pence:
                faults.append(f"{name} vat_pence is not the sum of its lines")
            if sum(nets) != entry.net_pence:
                faults.append(f"{name} net_pence is not the sum of its lines")
            # VAT may be rounded on the total or line by line (HMRC Notice 700 s.17.5), which
            # differ by half a penny a line at most. A credit note takes back what several of
            # them leave of the invoice's VAT: less than a penny from the exact share.
            exact = entry.net_pence * entry.vat_rate / 100
            allowed = max(Decimal("0.5") * len(nets), Decimal(self.kind == "credit_note"))
            if abs(exact - entry.vat_pence) > max(Decimal("0.5"), allowed):
                faults.append(f"{name} vat_pence is not the rate's share of net_pence")
            if key[0] != "standard" and entry.vat_rate:
                faults.append(f"{name} charges VAT on a supply that carries none")
        return faults

    @property
    def title(self) -> str:
        """'VAT invoice', 'Credit note' ...: only a taxable supply has a VAT invoice."""
        noun = _NOUNS[self.kind]
        return f"VAT {noun}" if self.vat_treatment == "standard" else noun.capitalize()


def draft_of(content: InvoiceContent) -> InvoiceContent:
    """The same content, marked as a draft: what finance checks before it is issued."""
    return replace(content, draft=True)


def render(content: InvoiceContent) -> bytes:
    """The invoice or credit note as an accessible, archivable PDF; same content, same bytes.

    Raises:
        saas.documents.pdf.UnprintableText: a text holds what no typeface here can show.
        saas.documents.pdf.DocumentError: the document could not be made.
    """
    title = " ".join(part for part in (content.title, content.number) if part)
    noun = _NOUNS[content.kind]
    return render_pdf(
        "invoice",
        {
            "is_credit": content.kind == "credit_note",
            "title": content.title,
            "heading": "Draft " + noun if content.draft else content.title,
            "stamp": _stamp(content),
            "number": content.number,
            "issued_on": _day(content.issued_on),
            "tax_point": long_date(content.tax_point),
            "due_on": _day(content.due_on),
            "period": period_words(*content.period),
            "supplier": content.supplier.as_content(),
            "supplier_vat_number": content.supplier_vat_number,
            "supplier_registration": content.supplier_registration,
            "bank_details": list(content.bank_details),
            "customer_name": content.customer_name,
            "customer_address": list(content.customer_address),
            "purchase_order": content.purchase_order,
            "order_given": content.order_given,
            "contract_reference": content.contract_reference,
            "order_shares": content.order_shares,
            "lines": [
                {
                    "description": line.description,
                    "quantity": quantity_words(line.quantity),
                    "unit_price": pounds(line.unit_price_pence),
                    "net": pounds(line.net_pence),
                    "vat_rate": _rate(content, line),
                    "vat": pounds(line.vat_pence),
                    "gross": pounds(line.net_pence + line.vat_pence),
                }
                for line in content.lines
            ],
            "vat_summary": [
                {
                    "vat_rate": _rate(content, entry),
                    "net": pounds(entry.net_pence),
                    "vat": pounds(entry.vat_pence),
                    "gross": pounds(entry.net_pence + entry.vat_pence),
                }
                for entry in sorted(content.vat_summary, key=lambda e: e.vat_rate, reverse=True)
            ],
            "net": pounds(content.net_pence),
            "vat": pounds(content.vat_pence),
            "gross": pounds(content.gross_pence),
            "vat_note": _vat_note(content),
            "terms": content.terms,
            "credits_invoice": content.credits_invoice,
            "credit_reason": content.credit_reason,
        },
        title=f"Draft: {title}" if content.draft else title,
        issued_at=start_of(content.issued_on or content.tax_point),
    )


def _stamp(content: InvoiceContent) -> str:
    return f"Draft - not a {content.title}" if content.draft else ""


def _day(day: date | None) -> str:
    return long_date(day) if day else ""


def _rate(content: InvoiceContent, entry: InvoiceLine | VatAtRate) -> str:
    match content.treatment_of(entry):
        case "exempt":
            return "Exempt"
        case "outside_scope":
            return "Outside scope"
        case _:
            return percent(entry.vat_rate)


def _vat_note(content: InvoiceContent) -> str:
    whole = {content.treatment_of(line) for line in content.lines} == {content.vat_treatment}
    if whole and content.vat_treatment != "standard":
        reason = content.reason_for(content.vat_treatment)
        words = UNTAXED_WORDS[content.vat_treatment]
        return _sentences([f"{words[0].upper()}{words[1:]}: {reason}"])
    told = ["VAT is charged at the rate shown on each line."]
    told += [
        f"Lines {UNTAXED_WORDS[treatment]}: {content.reason_for(treatment)}"
        for treatment in content.untaxed
    ]
    return _sentences(told)


def _sentences(told: Sequence[str]) -> str:
    return " ".join(text if text.endswith(".") else f"{text}." for text in told)
