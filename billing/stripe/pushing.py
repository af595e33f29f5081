"""Brings our invoices to Stripe, a step at a time; every step can be repeated.

The authority gets one document from one sender: our own, which bears the account that Stripe gave
the authority. Stripe's invoice is what the money is matched to, and is never sent.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from typing import Any

from stripe.params import InvoiceCreateParams, InvoiceCreateParamsCustomField

from billing.ledger.invoices import Invoice, InvoiceLine
from billing.ledger.queries import lines_of
from billing.stripe.customers import keep_customer
from billing.stripe.gateway import StripeRefused, ask, every
from billing.stripe.intents import Intents
from billing.stripe.lines import moment, moment_day, stripe_lines
from billing.stripe.remembered import known, remember
from billing.stripe.taking_in import look_at_invoice
from saas.database.scope import Scope, scoped
from saas.reference.today import LONDON

PERIOD_FIELD, ORDER_FIELD = "Period", "Purchase order"
FIELD_LENGTH = 140


def push_invoice(intents: Intents, invoice_id: uuid.UUID) -> None:
    """Make, fill and finalise Stripe's invoice for ours.

    Raises:
        StripeLater: go on from where it stopped.
        StripeRefused: nothing will come of it.
    """
    with scoped(Scope.finance(intents.tenant, None)) as session:
        invoice = session.get(Invoice, (intents.tenant, invoice_id))
        if invoice is None:
            raise StripeRefused("there is no such invoice")
        lines = lines_of(session, invoice_id)
        session.expunge_all()
    stripe_id = _draft(intents, invoice, keep_customer(intents))
    there = look_at_invoice(intents.gateway, stripe_id)
    if there["status"] == "draft":
        there = _fill(intents, invoice, lines, stripe_id)
        there = intents.act(
            "finalise",
            invoice.id,
            lambda key: intents.v1.invoices.finalize_invoice(
                stripe_id, {"auto_advance": False}, {"idempotency_key": key}
            ),
            stripe_id,
            lambda now: bool(now["status"] != "draft"),
        )
    # Also when an earlier attempt finalised it and its answer was lost.
    remember(intents.tenant, "invoice", invoice.id, there, at=intents.at)


def period_in_words(invoice: Invoice) -> str:
    return f"{invoice.period_from:%d/%m/%Y} to {invoice.period_to:%d/%m/%Y}"


def custom_fields(invoice: Invoice) -> dict[str, str]:
    """What stands on Stripe's invoice beside its own words: period and order."""
    fields = {PERIOD_FIELD: period_in_words(invoice)}
    if invoice.purchase_order_number:
        fields[ORDER_FIELD] = invoice.purchase_order_number[:FIELD_LENGTH]
    return fields


def _due(invoice: Invoice, at: dt.datetime) -> int:
    """The last moment of the day on which it is due; Stripe takes none that is over."""
    day = max(invoice.due_on, at.astimezone(LONDON).date())
    return moment(day + dt.timedelta(days=1)) - 1


def _draft(intents: Intents, invoice: Invoice, customer: str) -> str:
    found = known(intents.tenant, "invoice", invoice.id)
    if found is not None:
        return found.stripe_id
    fields: list[InvoiceCreateParamsCustomField] = [
        {"name": name, "value": value} for name, value in custom_fields(invoice).items()
    ]
    wanted: InvoiceCreateParams = {
        "customer": customer,
        "collection_method": "send_invoice",
        "due_date": _due(invoice, intents.at),
        "effective_at": moment(invoice.issued_on),
        # Stripe does nothing by itself: what is finalised here was approved before it was issued.
        "auto_advance": False,
        "currency": "gbp",
        "number": invoice.number,
        "pending_invoice_items_behavior": "exclude",
        "custom_fields": fields,
        "metadata": intents.gateway.metadata(tenant=str(intents.tenant), invoice=str(invoice.id)),
        "payment_settings": {
            "payment_method_types": ["customer_balance"],
            "payment_method_options": {
                "customer_balance": {
                    "funding_type": "bank_transfer",
                    "bank_transfer": {"type": "gb_bank_transfer"},
                }
            },
        },
    }
    made = intents.once(
        "invoice",
        invoice.id,
        lambda key: intents.v1.invoices.create(wanted, {"idempotency_key": key}),
        lambda: intents.marked(
            lambda: intents.v1.invoices.list({"customer": customer, "limit": 100}),
            "invoice",
            invoice.id,
        ),
    )
    # An invoice that comes there after it was due is due there on the day that it comes.
    told = {"due": moment_day(made["due_date"]).isoformat()}
    remember(intents.tenant, "invoice", invoice.id, made, at=intents.at, **told)
    return str(made["id"])


def _fill(
    intents: Intents, invoice: Invoice, lines: Sequence[InvoiceLine], stripe_id: str
) -> dict[str, Any]:
    """Put the lines on Stripe's draft, all at once, and see that both come to the same."""
    wanted = stripe_lines(lines, deployment=intents.gateway.deployment, number=invoice.number)

    def find() -> Any:
        listed = ask(lambda: intents.v1.invoices.line_items.list(stripe_id, {"limit": 100}))
        # One request makes them all or none, and nobody but us fills this draft.
        return next((line for line in every(listed)), None)

    intents.once(
        "lines",
        invoice.id,
        lambda key: intents.v1.invoices.add_lines(
            stripe_id, {"lines": wanted}, {"idempotency_key": key}
        ),
        find,
    )
    there = look_at_invoice(intents.gateway, stripe_id)
    if there["total"] != invoice.gross_pence:
        raise StripeRefused(
            f"Stripe's draft of {invoice.number} comes to {there['total']} pence, ours to "
            f"{invoice.gross_pence}"
        )
    return there
