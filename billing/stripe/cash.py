"""The money that Stripe holds for authorities on no invoice, and placing it.

Stripe places what comes in by itself where it covers an invoice; what is too little, too much, or
for an invoice that is more than 30 days overdue waits in the authority's cash balance. Finance
decides: it pays an invoice whole, or stays. An invoice that it nearly covers is credited first.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from billing.credits.actions import lock_account
from billing.ledger.balances import balance_of, balances
from billing.ledger.invoices import Invoice
from billing.refusal import BillingRefused
from billing.stripe.models import StripeObject
from billing.stripe.remembered import find_remembered
from billing.stripe.settling import WAITING
from billing.stripe_tasks import CASH, ask_again, find_task
from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession


@dataclass(frozen=True)
class Payable:
    """An invoice that waits for money at Stripe. Pence."""

    invoice: Invoice
    owed_pence: int
    # Whether the cash covers it, and whether it is being placed already.
    covered: bool
    asked: bool


def cash_waiting(session: ScopedSession) -> list[tuple[uuid.UUID, int]]:
    """What Stripe last said it holds for customers on no invoice, in pence, by tenant."""
    found = session.scalars(
        sa.select(StripeObject)
        .where(StripeObject.kind == "customer")
        .order_by(StripeObject.tenant_id)
    )
    return [
        (one.tenant_id, one.detail["cash_pence"]) for one in found if one.detail.get("cash_pence")
    ]


def cash_here(session: ScopedSession) -> tuple[int, dict[str, str]]:
    """What waits for the tenant, in pence, and the account that Stripe gave it to pay into."""
    customer = find_remembered(session, "customer", session.tenant)
    if customer is None:
        return 0, {}
    return int(customer.detail.get("cash_pence", 0)), dict(customer.detail.get("account", {}))


def payable_from(session: ScopedSession, cash_pence: int) -> list[Payable]:
    """The tenant's invoices that Stripe waits for money on, the oldest first."""
    waits = set(
        session.scalars(
            sa.select(StripeObject.subject_id).where(
                StripeObject.tenant_id == session.tenant,
                StripeObject.kind == "invoice",
                StripeObject.status.in_(WAITING),
            )
        )
    )
    return [
        Payable(
            balance.invoice,
            balance.owed_pence,
            covered=balance.owed_pence <= cash_pence,
            asked=_is_asked(session, balance.invoice.id),
        )
        for balance in balances(session, Invoice.tenant_id == session.tenant)
        if balance.owed_pence > 0 and balance.invoice.id in waits
    ]


def _is_asked(session: ScopedSession, invoice_id: uuid.UUID) -> bool:
    task = find_task(session, CASH, invoice_id)
    return task is not None and task.done_at is None


def apply_cash(session: ScopedSession, invoice: Invoice, *, at: dt.datetime) -> None:
    """Have Stripe pay an invoice with the authority's cash. Its answer records the payment.

    Raises:
        BillingRefused: the cash does not cover the invoice, or Stripe does not wait for it.
    """
    lock_account(session)
    pushed = find_remembered(session, "invoice", invoice.id)
    owed = balance_of(session, invoice).owed_pence
    if pushed is None or pushed.status not in WAITING or owed <= 0:
        raise BillingRefused("invoice", "Stripe does not wait for money on this invoice")
    cash, _ = cash_here(session)
    if cash < owed:
        raise BillingRefused(
            "invoice",
            f"£{cash / 100:,.2f} waits, and £{owed / 100:,.2f} is owed: Stripe pays an invoice "
            "whole or not at all. Wait for the rest, or credit it first",
        )
    ask_again(session, CASH, invoice.id, at=at)
    audit(session, "cash placed at stripe", subject_kind="invoice", subject_id=invoice.id, at=at)
