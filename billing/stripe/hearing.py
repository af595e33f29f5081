"""Takes in what Stripe tells: at least once, in any order, about any deployment.

An event is only a hint. The thing is fetched again as it is now, and taken in monotonically: money
that came in stays in, whatever an older event says. Event and effects share one transaction. An
event that may set the sides against each other has the authority's account compared.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
import stripe

from billing.credits.actions import lock_account
from billing.stripe.gateway import Gateway, ask, plain
from billing.stripe.models import StripeEvent, StripeObject
from billing.stripe.remembered import move_on, owner_of
from billing.stripe.taking_in import (
    look_at_customer,
    look_at_invoice,
    note_cash,
    paid_payments,
    take_in,
)
from billing.stripe_tasks import COMPARE, ask_again
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped

# Every event that Stripe is asked to send, by name. What else it sends is answered and let go.
ABOUT_INVOICES = frozenset(
    f"invoice.{what}"
    for what in (
        "finalized", "finalization_failed", "sent", "overdue", "paid", "overpaid",
        "payment_failed", "voided", "marked_uncollectible", "updated",
    )
)  # fmt: skip
ABOUT_PAYMENTS = frozenset({"invoice_payment.paid"})
ABOUT_CREDITS = frozenset({"credit_note.created", "credit_note.updated", "credit_note.voided"})
ABOUT_CASH = frozenset({"cash_balance.funds_available"})
HEARD = ABOUT_INVOICES | ABOUT_PAYMENTS | ABOUT_CREDITS | ABOUT_CASH

# Money moved: what waits in the cash balance may have been used, or become more.
MOVES_CASH = frozenset({"invoice.paid", "invoice.overpaid", "invoice_payment.paid"})
# Somebody or something at Stripe did what we did not ask for.
NEEDS_A_LOOK = frozenset(
    {
        "invoice.finalization_failed", "invoice.overpaid", "invoice.voided",
        "invoice.marked_uncollectible", "credit_note.created", "credit_note.updated",
        "credit_note.voided",
    }
)  # fmt: skip

Effect = Callable[[ScopedSession], str]


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
    kind, thing = event["type"], event["data"]["object"]
    if kind not in HEARD:
        return Heard("not one that is asked for")
    about = owner_of(_subject(kind, thing))
    if about is None:
        return Heard("another deployment's")
    with scoped(Scope.finance(about.tenant_id, None)) as session:
        if _heard_before(session, event["id"]):
            return Heard("heard before")
    effect = _effect_of(gateway, kind, thing, about, at=at)
    if effect is None:
        return Heard("another deployment's")
    with scoped(Scope.finance(about.tenant_id, None)) as session:
        # Two deliveries at once meet here: the second waits until the first is committed.
        lock_account(session)
        if _heard_before(session, event["id"]):
            return Heard("heard before")
        told = effect(session)
        if kind in NEEDS_A_LOOK:
            ask_again(session, COMPARE, session.tenant, at=at)
        _write_down(session, event, told, at=at)
    return Heard(told)


def _subject(kind: str, thing: dict[str, Any]) -> str:
    """Stripe's name of the thing that is fetched again."""
    if kind in ABOUT_CASH:
        return str(thing.get("customer"))
    return str(thing.get("id") if kind in ABOUT_INVOICES else thing.get("invoice"))


def _effect_of(
    gateway: Gateway, kind: str, thing: dict[str, Any], about: StripeObject, *, at: dt.datetime
) -> Effect | None:
    """What is to be done about an event; None where the thing bears another deployment's mark.

    Stripe is asked here, before the transaction that takes its answer in.
    """
    if kind in ABOUT_CASH:
        customer = look_at_customer(gateway, about.stripe_id)
        if not gateway.is_ours(customer):
            return None
        return lambda session: note_cash(session, customer, at=at)
    there = look_at_invoice(gateway, about.stripe_id)
    if not gateway.is_ours(there):
        return None
    payments = paid_payments(gateway, there)
    holder = look_at_customer(gateway, str(there["customer"])) if kind in MOVES_CASH else None
    note = (
        plain(ask(lambda: gateway.client.v1.credit_notes.retrieve(str(thing["id"]))))
        if kind in ABOUT_CREDITS
        else None
    )

    def effect(session: ScopedSession) -> str:
        told = take_in(session, about.subject_id, there, payments, at=at)
        if holder is not None:
            told = f"{told}; {note_cash(session, holder, at=at)}"
        if note is not None:
            told = f"{told}; {_hear_note(session, note, at=at)}"
        return told

    return effect


def _hear_note(session: ScopedSession, note: dict[str, Any], *, at: dt.datetime) -> str:
    ours = session.scalar(
        sa.select(StripeObject).where(
            StripeObject.tenant_id == session.tenant, StripeObject.stripe_id == note["id"]
        )
    )
    if ours is not None:
        move_on(ours, note["status"], at=at)
    return f"credit note {note['status']}"


def _heard_before(session: ScopedSession, event_id: str) -> bool:
    found = session.scalar(
        sa.select(StripeEvent.id).where(
            StripeEvent.tenant_id == session.tenant, StripeEvent.event_id == event_id
        )
    )
    return found is not None


def _write_down(
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
