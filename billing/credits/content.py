"""A credit note as its paper says it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import cast

from billing.invoices.content import printed_parts
from billing.ledger.credit_notes import CreditNote, CreditNoteLine
from billing.ledger.invoices import Invoice
from saas.documents.invoice import NO_ORDER, InvoiceContent, VatAtRate, VatTreatment


def credit_content(
    invoice: Invoice,
    note: CreditNote,
    lines: Sequence[CreditNoteLine],
    vat: Mapping[tuple[str, Decimal], int],
) -> InvoiceContent:
    """What a credit note says; `vat` is the VAT per treatment and rate, in pence."""
    nets: dict[tuple[str, Decimal], int] = {}
    for line in lines:
        key = (line.vat_treatment, line.vat_rate)
        nets[key] = nets.get(key, 0) + line.net_pence
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
        **{
            **printed_parts(lines, note.words),
            "vat_summary": tuple(
                VatAtRate(
                    vat_rate=rate,
                    net_pence=nets[(treatment, rate)],
                    vat_pence=pence,
                    vat_treatment=cast(VatTreatment, treatment),
                )
                for (treatment, rate), pence in vat.items()
            ),
        },
    )
