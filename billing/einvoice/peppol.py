"""Rules of Peppol BIS Billing 3.0 beyond EN 16931, checked by our own code.

No package that we may use ships Peppol's schematron, so each rule that our documents can break is
here, under its own name, with a test. The rules that are not here are about what our documents
never have: allowances and charges, attachments, other currencies, other countries' taxes.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal

from lxml import etree

from billing.addresses import GLN, SCHEMES, gln_is_right
from billing.einvoice.ubl import NAMESPACES, PEPPOL, PROFILE
from billing.einvoice.validation import Failure

_PARSER = etree.XMLParser(resolve_entities=False, no_network=True)
_DATES = ("IssueDate", "DueDate", "TaxPointDate", "StartDate", "EndDate")


def claims_peppol(root: etree._Element) -> bool:
    return bool(root.findtext("cbc:CustomizationID", "", NAMESPACES) == PEPPOL)


def peppol_failures(xml: bytes) -> list[Failure]:
    """The rules of Peppol that a document breaks which claims to be of it; none for others."""
    root = etree.fromstring(xml, _PARSER)
    return list(_failures(root)) if claims_peppol(root) else []


def _failures(root: etree._Element) -> Iterator[Failure]:
    def text(path: str) -> str:
        return str(root.findtext(path, "", NAMESPACES))

    if text("cbc:ProfileID") != PROFILE:
        yield Failure("PEPPOL-EN16931-R007", "The business process is not that of Billing 3.0")
    if not text("cbc:BuyerReference") and not text("cac:OrderReference/cbc:ID"):
        yield Failure("PEPPOL-EN16931-R003", "There is neither a buyer's reference nor an order")
    for path, rule, who in (
        ("cac:AccountingCustomerParty", "PEPPOL-EN16931-R010", "buyer"),
        ("cac:AccountingSupplierParty", "PEPPOL-EN16931-R020", "seller"),
    ):
        if not text(f"{path}/cac:Party/cbc:EndpointID"):
            yield Failure(rule, f"The {who} has no electronic address")
    for one in root.iter():
        yield from _of_element(one)
    yield from _of_lines(root)


def _of_element(one: etree._Element) -> Iterator[Failure]:
    name = etree.QName(one).localname
    if not len(one) and not (one.text or "").strip():
        yield Failure("PEPPOL-EN16931-R008", f"{name} is empty")
    if name in _DATES:
        try:
            dt.date.fromisoformat(one.text or "")
        except ValueError:
            yield Failure("PEPPOL-EN16931-F001", f"{name} is no date")
    if name == "EndpointID":
        scheme = one.get("schemeID", "")
        if scheme not in SCHEMES:
            yield Failure("PEPPOL-EN16931-CL008", f"{scheme} is no scheme of the list")
        if scheme == GLN and not (
            (one.text or "").isdigit()
            and len(one.text or "") == 13
            and gln_is_right(one.text or "")
        ):
            yield Failure("PEPPOL-COMMON-R040", "The GLN has not the check digit that it must")


def _of_lines(root: etree._Element) -> Iterator[Failure]:
    for kind, quantity in (
        ("InvoiceLine", "cbc:InvoicedQuantity"),
        ("CreditNoteLine", "cbc:CreditedQuantity"),
    ):
        for line in root.findall(f"cac:{kind}", NAMESPACES):
            number = line.findtext("cbc:ID", "", NAMESPACES)
            net = Decimal(line.findtext("cbc:LineExtensionAmount", "0", NAMESPACES))
            price = Decimal(line.findtext("cac:Price/cbc:PriceAmount", "0", NAMESPACES))
            many = Decimal(line.findtext(quantity, "0", NAMESPACES))
            if abs(many * price - net) > Decimal("0.02"):
                yield Failure(
                    "PEPPOL-EN16931-R120", f"Line {number} is not its quantity times its price"
                )
