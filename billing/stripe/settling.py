"""Brings to Stripe what settles an invoice here: a credit, money paid to us, the cash it holds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from stripe.params import CreditNoteCreateParamsLine

from billing.credits.queries import vat_of_note
from billing.ledger.balances import balance_of
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.stripe.gateway import StripeLater, StripeRefused
from billing.stripe.intents import Intents
from billing.stripe.lines import TAX, rates_of
from billing.stripe.models import StripeObject
from billing.stripe.remembered import known, remember
from billing.stripe.taking_in import (
    cash_of,
    look_at_customer,
    look_at_invoice,
    note_cash,
    paid_payments,
    payments_of,
    take_in,
)
from billing.vat import VatGroup
from saas.database.scope import Scope, scoped

# In these Stripe still waits for money.
WAITING = ("open", "uncollectible")


def _pushed(intents: Intents, invoice_id: uuid.UUID) -> tuple[StripeObject, dict[str, Any]]:
    """Stripe's invoice for ours, as it is now: what we remember of it may be behind.

    Raises:
        StripeLater: it is not finalised yet.
    """
    pushed = known(intents.tenant, "invoice", invoice_id)
    if pushed is None:
        raise StripeLater("its invoice is not there yet")
    there = look_at_invoice(intents.gateway, pushed.stripe_id)
    if there["status"] == "draft":
        raise StripeLater("its invoice is not finalised yet")
    remember(intents.tenant, "invoice", invoice_id, there, at=intents.at)
    return pushed, there


def taken_back(there: dict[str, Any]) -> int:
    """What Stripe's credit notes take back of its invoice, in pence."""
    return int(there.get("pre_payment_credit_notes_amount") or 0) + int(
        there.get("post_payment_credit_notes_amount") or 0
    )


def push_credit_note(intents: Intents, note_id: uuid.UUID) -> None:
    """Take back on Stripe's invoice what our credit note takes back of ours.

    One that takes all of it back before anything was paid or credited voids Stripe's invoice: so
    nobody can pay it any more, and the authority's cash goes to the next. Any other becomes a
    credit note with a line for each rate of VAT. The VAT of the invoice was worked out by us, so
    that of the line is given, too, and names the rate that Stripe made of ours on the invoice: of
    an amount alone Stripe would work out the VAT anew.
    """
    with scoped(Scope.finance(intents.tenant, None)) as session:
        note = session.get(CreditNote, (intents.tenant, note_id))
        if note is None:
            raise StripeRefused("there is no such credit note")
        groups = vat_of_note(session, note)
        session.expunge(note)
    if known(intents.tenant, "credit_note", note_id) is not None:
        return
    pushed, there = _pushed(intents, note.invoice_id)
    if there["status"] in WAITING and _takes_back_all(note, there):
        there = _void(intents, note.invoice_id, pushed.stripe_id)
    if there["status"] == "void":
        if note.gross_pence < there["total"]:
            raise StripeRefused("the invoice is void at Stripe, and only part of it credited here")
        return
    _credit(intents, note, groups, there)


def _takes_back_all(note: CreditNote, there: dict[str, Any]) -> bool:
    return (
        note.gross_pence == there["total"] == there["amount_remaining"]
        and not there["amount_paid"]
        and not taken_back(there)
    )


def _void(intents: Intents, invoice_id: uuid.UUID, stripe_id: str) -> dict[str, Any]:
    try:
        there = intents.act(
            "void",
            invoice_id,
            lambda key: intents.v1.invoices.void_invoice(stripe_id, {}, {"idempotency_key": key}),
            stripe_id,
            lambda now: bool(now["status"] == "void"),
        )
    except StripeRefused:
        there = look_at_invoice(intents.gateway, stripe_id)
        if there["status"] in WAITING:
            raise
        # It was paid in between, so a credit note takes it back.
    remember(intents.tenant, "invoice", invoice_id, there, at=intents.at)
    return there


def _credit(
    intents: Intents, note: CreditNote, groups: Sequence[VatGroup], there: dict[str, Any]
) -> None:
    # What is already paid is not paid back by Stripe but by us.
    outside = max(0, note.gross_pence - there["amount_remaining"])
    lines = _lines(note, groups, rates_of(intents.gateway, there["id"]))

    def create(key: str) -> Any:
        return intents.v1.credit_notes.create(
            {
                "invoice": there["id"],
                "lines": lines,
                # The authority has ours, with the lines: a second paper would only confuse it.
                "email_type": "none",
                **({"out_of_band_amount": outside} if outside else {}),  # type: ignore[typeddict-item]
                "memo": f"{note.number}: {note.reason}"[:500],
                "metadata": intents.gateway.metadata(credit_note=str(note.id)),
            },
            {"idempotency_key": key},
        )

    try:
        made = intents.once(
            "credit note",
            note.id,
            create,
            lambda: intents.marked(
                lambda: intents.v1.credit_notes.list({"invoice": there["id"], "limit": 100}),
                "credit_note",
                note.id,
            ),
        )
    except StripeRefused:
        now = look_at_invoice(intents.gateway, there["id"])
        if now["amount_remaining"] == there["amount_remaining"]:
            raise
        raise StripeLater("money came in while it was credited") from None
    remember(intents.tenant, "credit_note", note.id, made, at=intents.at)


def _lines(
    note: CreditNote, groups: Sequence[VatGroup], rates: Mapping[tuple[str, Decimal], str]
) -> list[CreditNoteCreateParamsLine]:
    """A line for each rate, with the VAT that our note gives back.

    Raises:
        StripeRefused: Stripe's invoice has no such rate.
    """
    made: list[CreditNoteCreateParamsLine] = []
    for group in groups:
        if not group.net_pence and not group.vat_pence:
            continue
        reason, name = TAX[group.treatment]
        rate = rates.get((reason, group.rate))
        if rate is None:
            raise StripeRefused(f"its invoice at Stripe has nothing at {name} {group.rate:f}%")
        made.append(
            {
                "type": "custom_line_item",
                "description": f"Credit note {note.number}",
                "quantity": 1,
                "unit_amount": group.net_pence,
                "tax_amounts": [
                    {
                        "amount": group.vat_pence,
                        "taxable_amount": group.net_pence,
                        "tax_rate": rate,
                    }
                ],
            }
        )
    return made


def push_paid_elsewhere(intents: Intents, invoice_id: uuid.UUID) -> None:
    """Tell Stripe that an invoice was paid to us directly."""
    pushed, there = _pushed(intents, invoice_id)
    with scoped(Scope.finance(intents.tenant, None)) as session:
        invoice = session.get(Invoice, (intents.tenant, invoice_id))
        if invoice is None or balance_of(session, invoice).owed_pence > 0:
            return
    if there["status"] not in WAITING:
        return
    try:
        there = intents.act(
            "paid elsewhere",
            invoice_id,
            lambda key: intents.v1.invoices.pay(
                pushed.stripe_id, {"paid_out_of_band": True}, {"idempotency_key": key}
            ),
            pushed.stripe_id,
            lambda now: now["status"] not in WAITING,
        )
    except StripeRefused:
        there = look_at_invoice(intents.gateway, pushed.stripe_id)
        if there["status"] in WAITING:
            raise
    remember(intents.tenant, "invoice", invoice_id, there, at=intents.at)


def push_cash(intents: Intents, invoice_id: uuid.UUID) -> None:
    """Pay an invoice with the cash that Stripe holds for the authority, as finance chose.

    Raises:
        StripeRefused: the cash does not cover it. Stripe pays an invoice whole or not at all.
    """
    pushed, there = _pushed(intents, invoice_id)
    if there["status"] in WAITING:
        cash = cash_of(look_at_customer(intents.gateway, str(there["customer"])))
        if cash < there["amount_remaining"]:
            raise StripeRefused(
                f"£{cash / 100:,.2f} waits, and £{there['amount_remaining'] / 100:,.2f} is owed"
            )
        intent = _payment_intent(intents, there)
        there = intents.act(
            "cash",
            invoice_id,
            lambda key: intents.v1.payment_intents.apply_customer_balance(
                intent, {}, {"idempotency_key": key}
            ),
            pushed.stripe_id,
            lambda now: now["status"] not in WAITING,
        )
    payments = paid_payments(intents.gateway, there)
    customer = look_at_customer(intents.gateway, str(there["customer"]))
    with scoped(Scope.finance(intents.tenant, None)) as session:
        take_in(session, invoice_id, there, payments, at=intents.at)
        note_cash(session, customer, at=intents.at)


def _payment_intent(intents: Intents, there: dict[str, Any]) -> str:
    """The payment that Stripe made with the invoice, and keeps at what is left to pay on it."""
    for payment in payments_of(intents.gateway, there):
        if payment["status"] == "open" and payment["payment"].get("payment_intent"):
            return str(payment["payment"]["payment_intent"])
    raise StripeRefused("Stripe expects no payment on this invoice")
