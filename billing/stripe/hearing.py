"""Takes in what Stripe tells: at least once, in any order, about any deployment.

An event is only a hint. The thing is fetched again as it is now, and taken in monotonically: money
that came in stays in, whatever an older event says. Event and effects share one transaction.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import stripe

from billing.invoices.models import Invoice
from billing.payments.actions import record_payment
from billing.payments.models import Payment
from billing.stripe.gateway import Gateway, ask, every, plain
from billing.stripe.models import StripeEvent, StripeObject
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.reference.today import LONDON

ABOUT_INVOICES = ("invoice.", "invoice_payment.")
ABOUT_CASH = "cash_balance."


class NotFromStripe(ValueError):
    """The signature is wrong: nobody we know sent this."""


@dataclass(frozen=True)
class Heard:
    effect: str


def read_event(gateway: Gateway, body: bytes, signature: str) -> dict[str, Any]:
    """The event of a webhook's raw body.

    Raises:
        NotFromStripe: the signature does not fit the body, or is too old.
    """
    try:
        return plain(gateway.client.construct_event(body, signature, gateway.webhook_secret))
    except (stripe.SignatureVerificationError, ValueError) as refused:
        raise NotFromStripe(str(refused)) from None


def hear(gateway: Gateway, event: dict[str, Any], *, at: dt.datetime) -> Heard:
    """Take an event in, once.

    Raises:
        billing.stripe.gateway.StripeLater: Stripe could not be asked; it will send it again.
    """
    thing = event["data"]["object"]
    kind = event["type"]
    if kind.startswith("invoice_payment."):
        stripe_id = thing.get("invoice")
    elif kind.startswith("invoice."):
        stripe_id = thing.get("id")
    elif kind.startswith("credit_note."):
        stripe_id = thing.get("invoice")
    elif kind.startswith(ABOUT_CASH):
        return _hear_cash(event, thing, at=at)
    else:
        return Heard("not for us")
    pushed = _pushed(str(stripe_id))
    if pushed is None:
        return Heard("another deployment's")
    there = plain(ask(lambda: gateway.client.v1.invoices.retrieve(pushed.stripe_id)))
    if not gateway.is_ours(there):
        return Heard("another deployment's")
    payments = payments_of(gateway, pushed.stripe_id)
    with scoped(Scope.finance(pushed.tenant_id, None)) as session:
        if _heard_before(session, event["id"]):
            return Heard("heard before")
        effect = take_in(session, pushed.subject_id, there, payments, at=at)
        _remember(session, event, effect, at=at)
    return Heard(effect)


def payments_of(gateway: Gateway, stripe_id: str) -> list[dict[str, Any]]:
    """The money that Stripe took in for an invoice."""
    listed = ask(
        lambda: gateway.client.v1.invoice_payments.list({"invoice": stripe_id, "limit": 100})
    )
    return [p for p in every(listed) if p["status"] == "paid" and p.get("amount_paid")]


def _pushed(stripe_id: str) -> StripeObject | None:
    with scoped(Scope.all_accounts(None)) as session:
        found = session.scalar(sa.select(StripeObject).where(StripeObject.stripe_id == stripe_id))
        if found is not None:
            session.expunge(found)
        return found


def _heard_before(session: ScopedSession, event_id: str) -> bool:
    found = session.scalar(
        sa.select(StripeEvent.id).where(
            StripeEvent.tenant_id == session.tenant, StripeEvent.event_id == event_id
        )
    )
    return found is not None


def _remember(
    session: ScopedSession, event: dict[str, Any], effect: str, *, at: dt.datetime
) -> None:
    session.add(
        StripeEvent(
            tenant_id=session.tenant,
            id=new_id(),
            event_id=event["id"],
            kind=event["type"],
            happened_at=dt.datetime.fromtimestamp(event["created"], dt.UTC),
            taken_at=at,
            effect=effect,
        )
    )
    session.flush()


def take_in(
    session: ScopedSession,
    invoice_id: uuid.UUID,
    there: dict[str, Any],
    payments: list[dict[str, Any]],
    *,
    at: dt.datetime,
) -> str:
    """Bring our side of an invoice up to what Stripe has taken in. Repeatable."""
    invoice = session.get(Invoice, (session.tenant, invoice_id))
    if invoice is None:
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
        paid_at = payment.get("status_transitions", {}).get("paid_at") or payment["created"]
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
    pushed = session.scalars(
        sa.select(StripeObject).where(
            StripeObject.tenant_id == session.tenant,
            StripeObject.kind == "invoice",
            StripeObject.subject_id == invoice_id,
        )
    ).one()
    # A late event never makes a paid invoice unpaid.
    if pushed.status != "paid":
        pushed.status = there["status"]
    pushed.heard_at = at
    session.flush()
    return f"£{recorded / 100:,.2f} recorded" if recorded else f"known: {there['status']}"


def _hear_cash(event: dict[str, Any], thing: dict[str, Any], *, at: dt.datetime) -> Heard:
    """Money that Stripe holds for a customer and has placed on no invoice: finance decides."""
    customer = _pushed(str(thing.get("customer")))
    if customer is None:
        return Heard("another deployment's")
    available = (thing.get("available") or {}).get("gbp", 0)
    with scoped(Scope.finance(customer.tenant_id, None)) as session:
        if _heard_before(session, event["id"]):
            return Heard("heard before")
        kept = session.scalars(
            sa.select(StripeObject).where(
                StripeObject.tenant_id == session.tenant, StripeObject.kind == "customer"
            )
        ).one()
        if (kept.detail or {}).get("cash_heard", 0) <= event["created"]:
            kept.detail = {"cash_pence": available, "cash_heard": event["created"]}
        _remember(session, event, f"£{available / 100:,.2f} waits in the cash balance", at=at)
    return Heard("cash balance noted")


def cash_waiting(session: ScopedSession) -> list[tuple[uuid.UUID, int]]:
    """What Stripe last said it holds for customers on no invoice, in pence, by tenant."""
    found = session.scalars(sa.select(StripeObject).where(StripeObject.kind == "customer"))
    return [
        (one.tenant_id, one.detail["cash_pence"]) for one in found if one.detail.get("cash_pence")
    ]
