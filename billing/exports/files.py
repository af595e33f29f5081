"""Files for accounting programs and spreadsheets."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from decimal import Decimal

from billing.exports.figures import Document
from saas.documents.csv_files import csv_bytes
from saas.identity.signed_in import Tenancy

# The codes that both programs come with: standard, exempt, outside the scope.
SAGE_TAX = {"standard": "T1", "exempt": "T2", "outside_scope": "T9"}
XERO_TAX = {
    "standard": "{rate:g}% (VAT on Income)",
    "exempt": "Exempt Income",
    "outside_scope": "No VAT",
}
SALES_ACCOUNT = {"sage": "4000", "xero": "200"}


def _pounds(pence: int) -> str:
    return f"{Decimal(pence) / 100:.2f}"


def _line(text: str) -> str:
    return " ".join(text.split())


def sage_journal(found: Iterable[Document], names: Mapping[uuid.UUID, Tenancy]) -> bytes:
    """Sage 50's audit trail import: one row a line; SI is an invoice, SC a credit."""
    return csv_bytes(
        ("Type", "Account Reference", "Nominal A/C Ref", "Department Code", "Date", "Reference",
         "Details", "Net Amount", "Tax Code", "Tax Amount", "Extra Reference"),
        (
            (
                "SI" if document.sign > 0 else "SC",
                names[document.tenant_id].slug.upper().replace("-", "")[:8],
                SALES_ACCOUNT["sage"],
                "0",
                f"{document.issued_on:%d/%m/%Y}",
                document.number,
                _line(line.description)[:60],
                _pounds(line.net_pence),
                SAGE_TAX[line.vat_treatment],
                _pounds(vat),
                document.invoice.purchase_order_number,
            )
            for document in found
            for line, vat in document.taxed_lines()
        ),
    )  # fmt: skip


def xero_journal(found: Iterable[Document], names: Mapping[uuid.UUID, Tenancy]) -> bytes:
    """Xero's sales invoice import: one row a line; a credit note has quantities below zero."""
    return csv_bytes(
        ("*ContactName", "EmailAddress", "*InvoiceNumber", "Reference", "*InvoiceDate", "*DueDate",
         "*Description", "*Quantity", "*UnitAmount", "*AccountCode", "*TaxType", "TaxAmount",
         "Currency"),
        (
            (
                names[document.tenant_id].name,
                document.invoice.words["customer"]["email"],
                document.number,
                document.invoice.purchase_order_number,
                f"{document.issued_on:%d/%m/%Y}",
                f"{document.due_on:%d/%m/%Y}",
                _line(line.description),
                f"{line.quantity * document.sign:f}",
                _pounds(line.unit_price_pence),
                SALES_ACCOUNT["xero"],
                XERO_TAX[line.vat_treatment].format(rate=line.vat_rate),
                _pounds(vat * document.sign),
                "GBP",
            )
            for document in found
            for line, vat in document.taxed_lines()
        ),
    )  # fmt: skip


def invoice_list(found: Iterable[Document], names: Mapping[uuid.UUID, Tenancy]) -> bytes:
    return csv_bytes(
        ("Number", "Kind", "Authority", "Issued on", "Period from", "Period to", "Purchase order",
         "Net", "VAT", "Gross"),
        (
            (
                document.number,
                "Invoice" if document.sign > 0 else f"Credit note for {document.invoice.number}",
                names[document.tenant_id].name,
                document.issued_on,
                document.invoice.period_from,
                document.invoice.period_to,
                document.invoice.purchase_order_number,
                _pounds(document.sign * document.net_pence),
                _pounds(document.sign * document.vat_pence),
                _pounds(document.sign * (document.net_pence + document.vat_pence)),
            )
            for document in found
        ),
    )  # fmt: skip


FILES = {"sage": sage_journal, "xero": xero_journal, "invoices": invoice_list}
