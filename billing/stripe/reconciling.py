"""Compares an authority's account with Stripe's, and repairs what can be.

Stripe is asked for lists of a hundred, not for invoices one by one. What a person at Stripe did (a
credit note made there, an invoice voided there) is reported: it is for finance to say which side is
right.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import sqlalchemy as sa

from billing.ledger.balances import Balance, balances
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.stripe.comparing import (
    NOTE_CASH,
    TAKE_IN,
    Difference,
    compare_customer,
    compare_invoice,
    compare_notes,
    compare_strays,
)
from billing.stripe.customers import Payer, payer_of
from billing.stripe.gateway import Gateway, StripeRefused, ask, every
from billing.stripe.models import StripeObject
from billing.stripe.remembered import find_remembered, move_on
from billing.stripe.taking_in import (
    look_at_customer,
    look_at_invoice,
    note_cash,
    paid_payments,
    take_in,
)
from billing.stripe_tasks import ask_again, find_task
from billing.tasks import BillingTask
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy


@dataclass
class _Ours:
    """What stands here, read in one transaction."""

    balances: list[Balance]
    notes: list[CreditNote]
    payer: Payer | None
    remembered: dict[tuple[str, uuid.UUID], StripeObject]
    # The payments taken in from Stripe, by Stripe's name for each. Pence.
    recorded: dict[str, int]

    def names(self, kind: str) -> dict[uuid.UUID, str]:
        return {s: one.stripe_id for (k, s), one in self.remembered.items() if k == kind}


@dataclass
class _Theirs:
    """What stands at Stripe, by Stripe's names."""

    customer: dict[str, Any] = field(default_factory=dict)
    invoices: dict[str, dict[str, Any]] = field(default_factory=dict)
    notes: dict[str, dict[str, Any]] = field(default_factory=dict)
    # What was paid on each invoice.
    paid: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def reconcile(
    gateway: Gateway, tenancies: Sequence[Tenancy], *, repair: bool, at: dt.datetime
) -> list[Difference]:
    """What differs between both sides.

    Raises:
        StripeLater: Stripe could not be asked.
    """
    return [
        replace(difference, authority=tenancy.slug)
        for tenancy in tenancies
        for difference in compare_account(gateway, tenancy.id, repair=repair, at=at)
    ]


def compare_task(gateway: Gateway, task: BillingTask, *, at: dt.datetime) -> None:
    """Compare an authority's account as a task; what was found stays with the task."""
    repair = bool(task.detail.get("repair"))
    found = compare_account(gateway, task.tenant_id, repair=repair, at=at)
    with scoped(Scope.finance(task.tenant_id, None)) as session:
        kept = session.get(BillingTask, (task.tenant_id, task.id))
        if kept is not None:
            kept.detail = {
                "differences": [one.as_json() for one in found],
                "compared_at": at.isoformat(),
            }


def compare_account(
    gateway: Gateway, tenant: uuid.UUID, *, repair: bool, at: dt.datetime
) -> list[Difference]:
    """One authority's differences, each with what is done about it.

    Raises:
        StripeLater: Stripe could not be asked.
    """
    with scoped(Scope.finance(tenant, None)) as session:
        ours = _read(session)
        # They are compared while Stripe is asked, outside any transaction.
        session.expunge_all()
    customer = ours.remembered.get(("customer", tenant))
    theirs = _Theirs() if customer is None else _ask(gateway, ours, customer.stripe_id)
    found = _compare(tenant, ours, theirs, customer)
    with scoped(Scope.finance(tenant, None)) as session:
        _catch_up(session, ours, theirs, at=at)
        return [_remedy(session, one, ours, theirs, repair=repair, at=at) for one in found]


def _catch_up(session: ScopedSession, ours: _Ours, theirs: _Theirs, *, at: dt.datetime) -> None:
    """Remember how far each invoice is: an event that would have told may have been lost."""
    for subject, name in ours.names("invoice").items():
        status = _status(theirs, name)
        if not status or ours.remembered[("invoice", subject)].status == status:
            continue
        pushed = find_remembered(session, "invoice", subject)
        if pushed is not None:
            move_on(pushed, status, at=at)


def _read(session: ScopedSession) -> _Ours:
    tenant = session.tenant
    kept = session.scalars(sa.select(StripeObject).where(StripeObject.tenant_id == tenant))
    notes = session.scalars(
        sa.select(CreditNote).where(CreditNote.tenant_id == tenant).order_by(CreditNote.number)
    )
    recorded = session.execute(
        sa.select(Payment.source, Payment.amount_pence).where(
            Payment.tenant_id == tenant, Payment.source.startswith("stripe:")
        )
    )
    return _Ours(
        balances=balances(session, Invoice.tenant_id == tenant),
        notes=list(notes),
        payer=payer_of(session),
        remembered={(one.kind, one.subject_id): one for one in kept},
        recorded={source.removeprefix("stripe:"): pence for source, pence in recorded},
    )


def _ask(gateway: Gateway, ours: _Ours, customer: str) -> _Theirs:
    v1 = gateway.client.v1
    theirs = _Theirs()
    try:
        theirs.customer = look_at_customer(gateway, customer)
    except StripeRefused:
        return theirs
    invoices = ask(
        lambda: v1.invoices.list({"customer": customer, "limit": 100, "expand": ["data.payments"]})
    )
    theirs.invoices = {one["id"]: one for one in every(invoices) if gateway.is_ours(one)}
    for missing in set(ours.names("invoice").values()) - theirs.invoices.keys():
        try:
            theirs.invoices[missing] = look_at_invoice(gateway, missing)
        except StripeRefused:
            continue
    notes = ask(lambda: v1.credit_notes.list({"customer": customer, "limit": 100}))
    theirs.notes = {one["id"]: one for one in every(notes)}
    theirs.paid = {name: paid_payments(gateway, one) for name, one in theirs.invoices.items()}
    return theirs


def _compare(
    tenant: uuid.UUID, ours: _Ours, theirs: _Theirs, customer: StripeObject | None
) -> list[Difference]:
    names, note_names = ours.names("invoice"), ours.names("credit_note")
    voided = {s for s, name in names.items() if _status(theirs, name) == "void"}
    marked = {str(note.id) for note in ours.notes}
    notes = compare_notes(
        ours.notes,
        note_names,
        theirs.notes,
        voided,
        ours_marked={
            name
            for name, one in theirs.notes.items()
            if (one.get("metadata") or {}).get("credit_note") in marked
        },
    )
    of_invoice = {note.number: note.invoice_id for note in ours.notes}
    disputed = {of_invoice[one.number] for one in notes if one.number in of_invoice}
    found = compare_customer(tenant, ours.payer, customer, theirs.customer)
    for balance in ours.balances:
        invoice_id = balance.invoice.id
        name = names.get(invoice_id, "")
        paid = theirs.paid.get(name, [])
        found += compare_invoice(
            balance,
            ours.remembered.get(("invoice", invoice_id)),
            theirs.invoices.get(name),
            customer=customer.stripe_id if customer else "",
            paid_there=sum(int(p["amount_paid"]) for p in paid),
            recorded=sum(ours.recorded.get(p["id"], 0) for p in paid),
            notes_agree=invoice_id not in disputed,
        )
    strays = compare_strays(
        theirs.invoices, set(names.values()), {str(b.invoice.id) for b in ours.balances}
    )
    return [*found, *notes, *strays]


def _status(theirs: _Theirs, name: str) -> str:
    return str(theirs.invoices.get(name, {}).get("status", ""))


def _remedy(
    session: ScopedSession,
    found: Difference,
    ours: _Ours,
    theirs: _Theirs,
    *,
    repair: bool,
    at: dt.datetime,
) -> Difference:
    """The difference with what is done about it."""
    if found.remedy is None:
        return found
    kind, subject = found.remedy
    if kind in (TAKE_IN, NOTE_CASH):
        if not repair:
            return found
        if kind == NOTE_CASH:
            return replace(found, repaired=note_cash(session, theirs.customer, at=at))
        name = ours.names("invoice")[subject]
        told = take_in(session, subject, theirs.invoices[name], theirs.paid[name], at=at)
        return replace(found, repaired=told)
    task = find_task(session, kind, subject)
    if task is not None and task.done_at is None:
        return replace(found, repaired="waits in the queue")
    return replace(found, repaired=ask_again(session, kind, subject, at=at)) if repair else found
