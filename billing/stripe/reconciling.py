"""Compares our invoices with Stripe's, field by field, and repairs what can be."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

import sqlalchemy as sa

from billing.credits.models import CreditNote
from billing.invoices.models import Invoice
from billing.payments.allocating import Balance, balances
from billing.payments.models import Payment
from billing.stripe.gateway import Gateway, StripeRefused, ask, plain
from billing.stripe.hearing import payments_of, take_in
from billing.stripe.models import StripeObject
from billing.stripe.pushing import ORDER_FIELD
from billing.tasks import BillingTask
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy


@dataclass(frozen=True)
class Difference:
    """One field in which both sides differ. `repaired` says what was done, '' is nothing."""

    authority: str
    invoice: str
    field: str
    ours: str
    theirs: str
    repaired: str = ""

    def as_json(self) -> dict[str, str]:
        return asdict(self)


def reconcile(
    gateway: Gateway, tenancies: Sequence[Tenancy], *, repair: bool, at: dt.datetime
) -> list[Difference]:
    """What differs between both sides.

    Raises:
        StripeLater: Stripe could not be asked.
    """
    return [d for t in tenancies for d in _reconcile_one(gateway, t, repair=repair, at=at)]


def _reconcile_one(
    gateway: Gateway, tenancy: Tenancy, *, repair: bool, at: dt.datetime
) -> list[Difference]:
    with scoped(Scope.finance(tenancy.id, None)) as session:
        found = balances(session, Invoice.tenant_id == tenancy.id)
        pushed = {
            row.subject_id: row.stripe_id
            for row in session.scalars(
                sa.select(StripeObject).where(
                    StripeObject.tenant_id == tenancy.id, StripeObject.kind == "invoice"
                )
            )
        }
        # They are compared while Stripe is asked, outside any transaction.
        session.expunge_all()
    differences: list[Difference] = []
    for balance in found:
        number = balance.invoice.number
        stripe_id = pushed.get(balance.invoice.id)
        if stripe_id is None:
            done = _again(tenancy.id, "stripe invoice", balance.invoice.id, repair, at=at)
            differences.append(Difference(tenancy.slug, number, "exists", "yes", "no", done))
            continue
        try:
            there = plain(ask(lambda: gateway.client.v1.invoices.retrieve(stripe_id)))  # noqa: B023
        except StripeRefused:
            differences.append(Difference(tenancy.slug, number, "exists", "yes", "lost there"))
            continue
        paid = payments_of(gateway, stripe_id)
        differences += _compare(tenancy, balance, there, paid, repair=repair, at=at)
    return differences


def _compare(
    tenancy: Tenancy,
    balance: Balance,
    there: dict[str, Any],
    paid: list[dict[str, Any]],
    *,
    repair: bool,
    at: dt.datetime,
) -> list[Difference]:
    invoice = balance.invoice
    found: list[Difference] = []

    def differ(field: str, ours: object, theirs: object, repaired: str = "") -> None:
        if ours != theirs:
            found.append(
                Difference(tenancy.slug, invoice.number, field, str(ours), str(theirs), repaired)
            )

    differ("number", invoice.number, there.get("number"))
    differ("total", invoice.gross_pence, there["total"])
    fields = {f["name"]: f["value"] for f in there.get("custom_fields") or []}
    differ("purchase order", invoice.purchase_order_number, fields.get(ORDER_FIELD, ""))
    if there["status"] == "draft":
        done = _again(tenancy.id, "stripe invoice", invoice.id, repair, at=at)
        differ("status", "issued", "draft", done)
        return found
    theirs = sum(p["amount_paid"] for p in paid)
    with scoped(Scope.finance(tenancy.id, None)) as session:
        ours = _recorded_from_stripe(session, paid)
        if ours != theirs:
            done = take_in(session, invoice.id, there, paid, at=at) if repair else ""
            differ("paid through Stripe", ours, theirs, done)
        credited = _credited(session, invoice)
    taken_back = there.get("pre_payment_credit_notes_amount", 0) + there.get(
        "post_payment_credit_notes_amount", 0
    )
    if credited != taken_back:
        done = _again_notes(tenancy.id, invoice.id, repair, at=at)
        differ("credited", credited, taken_back, done)
    settled_here, settled_there = balance.owed_pence <= 0, there["status"] in ("paid", "void")
    if settled_here and not settled_there and credited == taken_back:
        done = _again(tenancy.id, "stripe paid elsewhere", invoice.id, repair, at=at)
        differ("status", "settled", there["status"], done)
    elif settled_there and not settled_here and ours == theirs:
        differ("status", "owed", there["status"])
    return found


def _recorded_from_stripe(session: ScopedSession, paid: list[dict[str, Any]]) -> int:
    sources = [f"stripe:{p['id']}" for p in paid]
    return int(
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(Payment.amount_pence), 0)).where(
                Payment.tenant_id == session.tenant, Payment.source.in_(sources)
            )
        )
        or 0
    )


def _credited(session: ScopedSession, invoice: Invoice) -> int:
    return int(
        session.scalar(
            sa.select(sa.func.coalesce(sa.func.sum(CreditNote.gross_pence), 0)).where(
                CreditNote.tenant_id == session.tenant, CreditNote.invoice_id == invoice.id
            )
        )
        or 0
    )


def _again(
    tenant: uuid.UUID, kind: str, subject: uuid.UUID, repair: bool, *, at: dt.datetime
) -> str:
    """Have a task done once more, or written down if it never was."""
    if not repair:
        return ""
    with scoped(Scope.finance(tenant, None)) as session:
        task = session.scalar(
            sa.select(BillingTask).where(
                BillingTask.tenant_id == tenant,
                BillingTask.kind == kind,
                BillingTask.subject_id == subject,
            )
        )
        if task is None:
            session.add(
                BillingTask(
                    tenant_id=tenant,
                    kind=kind,
                    subject_id=subject,
                    created_at=at,
                    next_at=at,
                    done_at=None,
                )
            )
        else:
            task.done_at, task.next_at, task.attempts = None, at, 0
    return "queued again"


def _again_notes(tenant: uuid.UUID, invoice_id: uuid.UUID, repair: bool, *, at: dt.datetime) -> str:
    with scoped(Scope.finance(tenant, None)) as session:
        notes = session.scalars(
            sa.select(CreditNote.id).where(
                CreditNote.tenant_id == tenant, CreditNote.invoice_id == invoice_id
            )
        ).all()
    done = [_again(tenant, "stripe credit note", note, repair, at=at) for note in notes]
    return done[0] if done else ""
