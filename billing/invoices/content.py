"""An invoice as its paper says it: from the stored rows to the content that is printed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any, cast

from billing.contracts.models import BillingContact, Contract
from billing.contracts.orders import Draw, draws_in_words
from billing.ledger.invoices import (
    Invoice,
    InvoiceDraft,
    InvoiceDraftLine,
    InvoiceLine,
    LineColumns,
)
from billing.supplier import Supplier
from billing.vat import Treatment, VatGroup, vat_groups, vat_shares
from saas.documents.content import Provider
from saas.documents.invoice import NO_ORDER, InvoiceContent, VatAtRate, VatTreatment
from saas.documents.invoice import InvoiceLine as PrintedLine

NOT_GIVEN = "Not given yet"


def groups_of(lines: Iterable[LineColumns]) -> list[VatGroup]:
    return vat_groups((Treatment(x.vat_treatment), x.vat_rate, x.net_pence) for x in lines)


def words_of(
    supplier: Supplier,
    contract: Contract,
    reasons: Mapping[Treatment, str],
    contact: BillingContact | None,
    authority_name: str,
) -> dict[str, Any]:
    """What stands on the paper besides numbers, kept with the invoice word for word.

    Args:
        reasons: why no VAT is charged, by treatment.
    """
    return {
        "supplier": supplier.paid_by(contact).as_words(),
        "customer": {
            "name": contact.customer_name if contact else authority_name,
            "address": contact.customer_address.splitlines() if contact else [],
            "email": contact.customer_email if contact else "",
            "buyer_reference": contact.buyer_reference if contact else "",
            "peppol": (
                {"scheme": contact.peppol_scheme, "id": contact.peppol_id}
                if contact and contact.peppol_id
                else None
            ),
        },
        "contract": contract.reference,
        "vat_reason": contract.vat_reason,
        "vat_reasons": {treatment.value: reason for treatment, reason in reasons.items()},
    }


def words_of_orders(drawn: Sequence[Draw]) -> dict[str, str]:
    """How much stands on which order, kept with an invoice that draws on several."""
    return {"orders": draws_in_words(drawn)} if len(drawn) > 1 else {}


def printed_parts(
    lines: Sequence[LineColumns],
    words: Mapping[str, Any],
    vat: Mapping[tuple[str, Decimal], int] | None = None,
) -> dict[str, Any]:
    """What paper and e-invoice say of lines.

    Args:
        vat: in pence by treatment and rate, where it is not what the lines come to.
    """
    supplier, customer = words["supplier"], words["customer"]
    groups = groups_of(lines)
    totals = vat or {(group.treatment.value, group.rate): group.vat_pence for group in groups}
    shares = vat_shares(((x.vat_treatment, x.vat_rate, x.net_pence) for x in lines), totals)
    # One word for the whole paper: a supply of which a part is taxed has a VAT invoice.
    treatments = {group.treatment for group in groups}
    treatment = (
        Treatment.STANDARD if Treatment.STANDARD in treatments or not treatments
        else min(treatments)
    )  # fmt: skip
    return {
        "supplier": Provider(
            name=supplier["name"],
            address=tuple(supplier["address"]),
            telephone=supplier["telephone"],
            email=supplier["email"],
        ),
        "supplier_vat_number": supplier["vat_number"],
        "supplier_registration": supplier.get("registration", ""),
        "bank_details": tuple(supplier["bank_details"]),
        "customer_name": customer["name"],
        "customer_address": tuple(customer["address"]) or (NOT_GIVEN,),
        "contract_reference": words["contract"],
        "lines": tuple(
            PrintedLine(
                description=x.description,
                quantity=x.quantity,
                unit_price_pence=x.unit_price_pence,
                net_pence=x.net_pence,
                vat_rate=x.vat_rate,
                vat_treatment=cast(VatTreatment, x.vat_treatment),
                vat_pence=share,
            )
            for x, share in zip(lines, shares, strict=True)
        ),
        "vat_summary": tuple(
            VatAtRate(
                vat_rate=group.rate,
                net_pence=group.net_pence,
                vat_pence=totals[(group.treatment.value, group.rate)],
                vat_treatment=group.treatment.value,
            )
            for group in groups
        ),
        "vat_treatment": treatment.value,
        "vat_reason": words["vat_reason"],
        "vat_reasons": tuple(words.get("vat_reasons", {}).items()),
        **({"terms": words["terms"]} if "terms" in words else {}),
    }


def issued_content(invoice: Invoice, lines: Sequence[InvoiceLine]) -> InvoiceContent:
    """What an issued invoice says.

    Raises:
        saas.documents.content.ContentRefused: something that it must say is missing.
    """
    return InvoiceContent(
        number=invoice.number,
        issued_on=invoice.issued_on,
        tax_point=invoice.tax_point,
        due_on=invoice.due_on,
        period=(invoice.period_from, invoice.period_to),
        purchase_order=invoice.purchase_order_number or NO_ORDER,
        order_shares=invoice.words.get("orders", ""),
        **printed_parts(lines, invoice.words),
    )


def draft_content(
    draft: InvoiceDraft,
    lines: Sequence[InvoiceDraftLine],
    words: Mapping[str, Any],
    *,
    purchase_order: str,
    today: dt.date,
) -> InvoiceContent:
    """The draft as it would be printed, marked as a draft."""
    return InvoiceContent(
        draft=True,
        number="",
        issued_on=None,
        tax_point=today,
        due_on=None,
        period=(draft.period_from, draft.period_to),
        purchase_order=purchase_order,
        **printed_parts(lines, words),
    )
