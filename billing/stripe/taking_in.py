"""Brings our side up to what Stripe has taken in. Every step can be repeated."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from billing.credits.actions import lock_account
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.payments.actions import record_payment
from billing.stripe.gateway import Gateway, ask, every, plain
from billing.stripe.remembered import find_remembered, move_on
from saas.database.scope import ScopedSession
from saas.reference.today import LONDON


def look_at_invoice(gateway: Gateway, stripe_id: str) -> dict[str, Any]:
    """Stripe's invoice as it is now, with its payments."""
    return plain(
        ask(lambda: gateway.client.v1.invoices.retrieve(stripe_id, {"expand": ["payments"]}))
    )


def paid_payments(gateway: Gateway, there: dict[str, Any]) -> list[dict[str, Any]]:
    """The money that Stripe took in for an invoice that was looked at."""
    return [p for p in payments_of(gateway, there) if p["status"] == "paid" and p["amount_paid"]]


def payments_of(gateway: Gateway, there: dict[str, Any]) -> list[dict[str, Any]]:
    """Every payment on an invoice that was looked at: paid, open or cancelled."""
    listed = there.get("payments") or {"data": [], "has_more": True}
    if not listed.get("has_more"):
        return [plain(payment) for payment in listed["data"]]
    return list(
        every(
            ask(
                lambda: gateway.client.v1.invoice_payments.list(
                    {"invoice": there["id"], "limit": 100}
                )
            )
        )
    )


def take_in(
    session: ScopedSession,
    invoice_id: uuid.UUID,
    there: dict[str, Any],
    payments: list[dict[str, Any]],
    *,
    at: dt.datetime,
) -> str:
    """Record what was paid on an invoice and how far it is; in words, what that changed."""
    lock_account(session)
    invoice = session.get(Invoice, (session.tenant, invoice_id))
    pushed = find_remembered(session, "invoice", invoice_id)
    if invoice is None or pushed is None:
        return "an invoice that is not ours"
    recorded = 0
    for payment in payments:
        source = f"stripe:{payment['id']}"
        known = session.scalar(
            sa.select(Payment.id).where(
                Payment.tenant_id == session.tenant, Payment.source == source
            )
        )
        if known is not None:
            continue
        paid_at = (payment.get("status_transitions") or {}).get("paid_at") or payment["created"]
        day = dt.datetime.fromtimestamp(paid_at, dt.UTC).astimezone(LONDON).date()
        record_payment(
            session,
            received_on=day,
            amount_pence=payment["amount_paid"],
            method="stripe",
            source=source,
            reference=invoice.number,
            payer="Stripe",
            invoice_ids=[invoice.id],
            today=max(day, at.astimezone(LONDON).date()),
            at=at,
        )
        recorded += payment["amount_paid"]
    move_on(pushed, there["status"], at=at)
    session.flush()
    return f"£{recorded / 100:,.2f} recorded" if recorded else f"known: {there['status']}"


def look_at_customer(gateway: Gateway, stripe_id: str) -> dict[str, Any]:
    """Stripe's customer as it is now, with the money it holds for it on no invoice."""
    return plain(
        ask(lambda: gateway.client.v1.customers.retrieve(stripe_id, {"expand": ["cash_balance"]}))
    )


def cash_of(customer: dict[str, Any]) -> int:
    """What Stripe holds for a customer on no invoice, in pence."""
    balance = customer.get("cash_balance") or {}
    return int((plain(balance).get("available") or {}).get("gbp", 0))


def note_cash(session: ScopedSession, customer: dict[str, Any], *, at: dt.datetime) -> str:
    """Remember what waits; it was asked for just now, so the last to ask is right."""
    lock_account(session)
    kept = find_remembered(session, "customer", session.tenant)
    pence = cash_of(customer)
    if kept is not None:
        kept.detail = {**kept.detail, "cash_pence": pence}
        kept.heard_at = at
        session.flush()
    return f"£{pence / 100:,.2f} waits in the cash balance"
