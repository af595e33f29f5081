"""A credit note as its paper says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal

from billing.invoices.content import printed_parts
from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.ledger.invoices import Invoice
from saas.documents.invoice import NO_ORDER, InvoiceContent


def credit_content(
    invoice: Invoice,
    note: CreditNote,
    lines: Sequence[CreditNoteLine],
    vat: Mapping[tuple[str, Decimal], int],
) -> InvoiceContent:
    """What a credit note says; `vat` is the VAT per treatment and rate, in pence."""
    return InvoiceContent(
        kind="credit_note",
        number=note.number,
        issued_on=note.issued_on,
        tax_point=note.issued_on,
        due_on=None,
        period=(invoice.period_from, invoice.period_to),
        purchase_order=invoice.purchase_order_number or NO_ORDER,
        credits_invoice=invoice.number,
        credit_reason=note.reason,
        **printed_parts(lines, note.words, vat),
    )
