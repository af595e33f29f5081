"""An invoice or credit note as UBL 2.1 by EN 16931; by Peppol BIS Billing 3.0 where both sides
have an address of that network, and not claimed to be where they have none.

Cited by business term (BT-13) and rule (BR-CO-16) of EN 16931-1:2017.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET  # only builds, never reads what others wrote

from billing.addresses import ElectronicAddress, postal_parts
from billing.einvoice.bank_account import bank_account
from saas.documents.invoice import UNTAXED_WORDS, InvoiceContent, InvoiceLine, VatAtRate

NAMESPACES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
DOCUMENTS = {
    "invoice": "urn:oasis:names:specification:ubl:schema:xsd:Invoice-2",
    "credit_note": "urn:oasis:names:specification:ubl:schema:xsd:CreditNote-2",
}
EN_16931 = "urn:cen.eu:en16931:2017"
PEPPOL = f"{EN_16931}#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
PROFILE = "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0"
TYPE_CODES = {"invoice": "380", "credit_note": "381"}
CREDIT_TRANSFER = "30"
UNIT = "C62"  # 'one', UN/ECE Recommendation 20
# UNCL 5305: standard, exempt, not subject to VAT.
CATEGORIES = {"standard": "S", "exempt": "E", "outside_scope": "O"}


def as_ubl(
    content: InvoiceContent,
    *,
    customer_email: str = "",
    buyer_reference: str = "",
    supplier_address: ElectronicAddress | None = None,
    customer_address: ElectronicAddress | None = None,
) -> bytes:
    """The document as XML, the same bytes for the same content.

    Args:
        customer_email: the customer's electronic address (BT-49).
        buyer_reference: what the customer wants quoted (BT-10).
        supplier_address: where the supplier is on Peppol (BT-34); its e-mail otherwise.
        customer_address: where the customer is on Peppol; their e-mail otherwise.
    """
    both = supplier_address is not None and customer_address is not None
    for prefix, uri in NAMESPACES.items():
        ET.register_namespace(prefix, uri)
    namespace = DOCUMENTS[content.kind]
    ET.register_namespace("", namespace)
    name = "Invoice" if content.kind == "invoice" else "CreditNote"
    root = ET.Element(f"{{{namespace}}}{name}")
    _head(root, content, buyer_reference, peppol=both)
    _party(
        _add(root, "cac:AccountingSupplierParty"),
        name=content.supplier.name,
        address=content.supplier.address,
        email=content.supplier.email,
        electronic=supplier_address if both else None,
        legal_id=content.supplier_registration,
        # BR-O-02: who charges no VAT at all states no VAT number.
        vat_number="" if _outside(content) else content.supplier_vat_number,
        # BR-CO-26: then something else must say who it is.
        identifier=content.supplier.email or content.supplier.name if _outside(content) else "",
        telephone=content.supplier.telephone,
    )
    _party(
        _add(root, "cac:AccountingCustomerParty"),
        name=content.customer_name,
        address=content.customer_address,
        email=customer_email,
        electronic=customer_address if both else None,
    )
    _payment(root, content)
    _totals(root, content)
    for number, line in enumerate(content.lines, start=1):
        _line(root, content, number, line)
    made: bytes = ET.tostring(root, encoding="UTF-8", xml_declaration=True)
    return made


def _add(
    parent: ET.Element, tag: str, text: str = "", attributes: Mapping[str, str] | None = None
) -> ET.Element:
    prefix, _, local = tag.partition(":")
    made = ET.SubElement(parent, f"{{{NAMESPACES[prefix]}}}{local}", dict(attributes or {}))
    if text:
        made.text = text
    return made


def _money(parent: ET.Element, tag: str, pence: int) -> None:
    _add(parent, tag, f"{Decimal(pence) / 100:.2f}", {"currencyID": "GBP"})


def _day(parent: ET.Element, tag: str, day: date | None) -> None:
    if day is not None:
        _add(parent, tag, day.isoformat())


def _outside(content: InvoiceContent) -> bool:
    """Whether nothing on it is in the scope of VAT."""
    return all(content.treatment_of(line) == "outside_scope" for line in content.lines)


def _category_of(content: InvoiceContent, entry: InvoiceLine | VatAtRate) -> str:
    """The category of UNCL 5305.

    Category O may stand with no other on one invoice (BR-O-11 to BR-O-14), and a contract's charges
    for a period are one invoice: one order drawn on, one number to pay by, one line to dispute.
    So what is outside the scope beside other lines is told as E. What a buyer's system works out
    from that is right: nothing is due on the line (rate 0, BR-E-05 to BR-E-09), so no input tax is
    claimed, and every total is the same. What it is not told by the code is told in words: E must
    carry a reason (BR-E-10), and ours begins with the true treatment, as the paper does. The one
    figure that may differ is a buyer's total of purchases (box 7 of the VAT return), which counts
    exempt ones and not these. Finance is told on the invoice's page.
    """
    treatment = content.treatment_of(entry)
    if treatment == "outside_scope" and not _outside(content):
        return CATEGORIES["exempt"]
    return CATEGORIES[treatment]


def _reason(content: InvoiceContent, category: str) -> str:
    """BT-120: one for each category."""
    found = [
        treatment
        for treatment in content.untaxed
        if any(
            content.treatment_of(line) == treatment and _category_of(content, line) == category
            for line in content.lines
        )
    ]
    if len(found) == 1 and CATEGORIES[found[0]] == category:
        return content.reason_for(found[0])
    return "; ".join(f"{UNTAXED_WORDS[one]}: {content.reason_for(one)}" for one in found)


def _head(root: ET.Element, content: InvoiceContent, buyer_reference: str, *, peppol: bool) -> None:
    credit = content.kind == "credit_note"
    _add(root, "cbc:CustomizationID", PEPPOL if peppol else EN_16931)
    if peppol:
        _add(root, "cbc:ProfileID", PROFILE)
    _add(root, "cbc:ID", content.number)
    _day(root, "cbc:IssueDate", content.issued_on)
    if credit:
        _day(root, "cbc:TaxPointDate", content.tax_point)
        _add(root, "cbc:CreditNoteTypeCode", TYPE_CODES["credit_note"])
        _add(root, "cbc:Note", content.credit_reason)
    else:
        _day(root, "cbc:DueDate", content.due_on)
        _add(root, "cbc:InvoiceTypeCode", TYPE_CODES["invoice"])
        _day(root, "cbc:TaxPointDate", content.tax_point)
    _add(root, "cbc:DocumentCurrencyCode", "GBP")
    # PEPPOL-EN16931-R003: a reference of the buyer or an order must be there.
    reference = buyer_reference or ("" if _has_order(content) else content.contract_reference)
    if reference:
        _add(root, "cbc:BuyerReference", reference)
    period = _add(root, "cac:InvoicePeriod")
    _day(period, "cbc:StartDate", content.period[0])
    _day(period, "cbc:EndDate", content.period[1])
    if _has_order(content):
        _add(_add(root, "cac:OrderReference"), "cbc:ID", content.purchase_order)
    if credit:
        reference_ = _add(_add(root, "cac:BillingReference"), "cac:InvoiceDocumentReference")
        _add(reference_, "cbc:ID", content.credits_invoice)
    if content.contract_reference:
        _add(_add(root, "cac:ContractDocumentReference"), "cbc:ID", content.contract_reference)


def _has_order(content: InvoiceContent) -> bool:
    return content.order_given


def _party(
    holder: ET.Element,
    *,
    name: str,
    address: tuple[str, ...],
    email: str,
    vat_number: str = "",
    telephone: str = "",
    identifier: str = "",
    electronic: ElectronicAddress | None = None,
    legal_id: str = "",
) -> None:
    party = _add(holder, "cac:Party")
    if electronic is not None:
        _add(party, "cbc:EndpointID", electronic.id, {"schemeID": electronic.scheme})
    elif email:
        _add(party, "cbc:EndpointID", email, {"schemeID": "EM"})
    if identifier:
        _add(_add(party, "cac:PartyIdentification"), "cbc:ID", identifier)
    _add(_add(party, "cac:PartyName"), "cbc:Name", name)
    _address(party, address)
    if vat_number:
        scheme = _add(party, "cac:PartyTaxScheme")
        # BR-CO-09: the number starts with the country's code and has no blanks.
        _add(scheme, "cbc:CompanyID", re.sub(r"[^A-Z0-9]", "", vat_number.upper()))
        _add(_add(scheme, "cac:TaxScheme"), "cbc:ID", "VAT")
    legal = _add(party, "cac:PartyLegalEntity")
    _add(legal, "cbc:RegistrationName", name)
    if legal_id:
        _add(legal, "cbc:CompanyID", legal_id)
    if telephone or (email and vat_number):
        contact = _add(party, "cac:Contact")
        if telephone:
            _add(contact, "cbc:Telephone", telephone)
        if email:
            _add(contact, "cbc:ElectronicMail", email)


def _address(party: ET.Element, lines: tuple[str, ...]) -> None:
    postal = _add(party, "cac:PostalAddress")
    parts = postal_parts(lines)
    streets = ("cbc:StreetName", "cbc:AdditionalStreetName")
    for tag, text in zip(streets, parts.streets, strict=False):
        _add(postal, tag, text)
    if parts.town:
        _add(postal, "cbc:CityName", parts.town)
    if parts.postcode:
        _add(postal, "cbc:PostalZone", parts.postcode)
    if len(parts.streets) > 2:
        _add(_add(postal, "cac:AddressLine"), "cbc:Line", ", ".join(parts.streets[2:]))
    _add(_add(postal, "cac:Country"), "cbc:IdentificationCode", "GB")


def _payment(root: ET.Element, content: InvoiceContent) -> None:
    if content.kind == "credit_note":
        return
    means = _add(root, "cac:PaymentMeans")
    _add(means, "cbc:PaymentMeansCode", CREDIT_TRANSFER)
    _add(means, "cbc:PaymentID", content.number)
    bank = bank_account(content.bank_details)
    account = _add(means, "cac:PayeeFinancialAccount")
    _add(account, "cbc:ID", bank.iban or bank.number or ", ".join(content.bank_details))
    if bank.name:
        _add(account, "cbc:Name", bank.name)
    if bank.sort_code:
        _add(_add(account, "cac:FinancialInstitutionBranch"), "cbc:ID", bank.sort_code)
    _add(_add(root, "cac:PaymentTerms"), "cbc:Note", content.terms)


def _totals(root: ET.Element, content: InvoiceContent) -> None:
    total = _add(root, "cac:TaxTotal")
    _money(total, "cbc:TaxAmount", content.vat_pence)
    groups: dict[tuple[str, Decimal], list[VatAtRate]] = {}
    for entry in content.vat_summary:
        groups.setdefault((_category_of(content, entry), entry.vat_rate), []).append(entry)
    for (category, _), entries in groups.items():
        subtotal = _add(total, "cac:TaxSubtotal")
        _money(subtotal, "cbc:TaxableAmount", sum(entry.net_pence for entry in entries))
        _money(subtotal, "cbc:TaxAmount", sum(entry.vat_pence for entry in entries))
        _category(
            _add(subtotal, "cac:TaxCategory"), content, entries[0], _reason(content, category)
        )
    sums = _add(root, "cac:LegalMonetaryTotal")
    _money(sums, "cbc:LineExtensionAmount", content.net_pence)
    _money(sums, "cbc:TaxExclusiveAmount", content.net_pence)
    _money(sums, "cbc:TaxInclusiveAmount", content.gross_pence)
    _money(sums, "cbc:PayableAmount", content.gross_pence)


def _category(
    category: ET.Element,
    content: InvoiceContent,
    entry: InvoiceLine | VatAtRate,
    reason: str = "",
) -> None:
    code = _category_of(content, entry)
    _add(category, "cbc:ID", code)
    if code != CATEGORIES["outside_scope"]:  # BR-O-05: what is out of scope has no rate
        _add(category, "cbc:Percent", f"{entry.vat_rate:.2f}")
    if reason:
        _add(category, "cbc:TaxExemptionReason", reason)
    _add(_add(category, "cac:TaxScheme"), "cbc:ID", "VAT")


def _line(root: ET.Element, content: InvoiceContent, number: int, line: InvoiceLine) -> None:
    credit = content.kind == "credit_note"
    made = _add(root, "cac:CreditNoteLine" if credit else "cac:InvoiceLine")
    _add(made, "cbc:ID", str(number))
    quantity = "cbc:CreditedQuantity" if credit else "cbc:InvoicedQuantity"
    _add(made, quantity, f"{line.quantity.normalize():f}", {"unitCode": UNIT})
    _money(made, "cbc:LineExtensionAmount", line.net_pence)
    item = _add(made, "cac:Item")
    # BT-153 is short in most accounting systems; the whole text is the description.
    if len(line.description) > 100:
        _add(item, "cbc:Description", line.description)
    _add(item, "cbc:Name", line.description[:100])
    _category(_add(item, "cac:ClassifiedTaxCategory"), content, line)
    _money(_add(made, "cac:Price"), "cbc:PriceAmount", line.unit_price_pence)


def ubl_of(content: InvoiceContent, words: Mapping[str, Any]) -> bytes:
    """The XML of a document whose customer is described by an invoice's words."""
    customer = words["customer"]
    return as_ubl(
        content,
        customer_email=customer["email"],
        buyer_reference=customer["buyer_reference"],
        supplier_address=_address_in(words["supplier"]),
        customer_address=_address_in(customer),
    )


def _address_in(words: Mapping[str, Any]) -> ElectronicAddress | None:
    """The Peppol address as it is kept with the document; older ones have none."""
    kept = words.get("peppol") or {}
    return ElectronicAddress(kept["scheme"], kept["id"]) if kept else None
