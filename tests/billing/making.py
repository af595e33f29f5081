"""Makes contracts, orders, use and invoices for tests, through the same actions as a user."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from flask import Flask

from billing.contracts.actions import NewContract, add_order, keep_contact, make_contract
from billing.contracts.models import Contract
from billing.contracts.pricing import LateFee, Service, ServicePrice, Terms
from billing.invoices.actions import approve, draft_period
from billing.invoices.issuing import issue
from billing.ledger.invoices import Invoice
from billing.ledger.usage_entries import UsageEntry
from billing.periods import Period, parse_period
from billing.supplier import Supplier
from billing.work import AT_ONCE, do_tasks
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy

STARTS = dt.date(2026, 4, 1)
Q1 = parse_period("2026-27-Q1")
Q2 = parse_period("2026-27-Q2")
AT = dt.datetime(2026, 4, 5, 12, tzinfo=dt.UTC)


def terms(**changes: Any) -> Terms:
    """£48,000 a year; 10 mediations, 4 facilitations, MIAS without limit; £700 each beyond."""
    values: dict[str, Any] = {
        "effective_from": STARTS,
        "annual_fee_pence": 4_800_000,
        "prices": {
            Service.MEDIATION: ServicePrice(10, 70_000),
            Service.FACILITATION: ServicePrice(4, 50_000),
            Service.MIAS: ServicePrice(None, 0),
            Service.DISAGREEMENT_RESOLUTION: ServicePrice(2, 70_000),
        },
        "late_fees": (LateFee(2, 35_000), LateFee(5, 17_500)),
        "day_rate_pence": 62_000,
    }
    return Terms(**{**values, **changes})


def contract_for(tenant: Tenancy, *, first_terms: Terms | None = None, **changes: Any) -> uuid.UUID:
    values: dict[str, Any] = {
        "reference": "SEND-2026",
        "starts_on": STARTS,
        "ends_on": dt.date(2029, 3, 31),
        **changes,
    }
    with scoped(Scope.finance(tenant.id, None)) as session:
        keep_contact(
            session,
            customer_name=f"{tenant.name} Council",
            address="Accounts payable\nCivic Centre",
            email=f"invoices@{tenant.slug}.example",
            at=AT,
        )
        made = make_contract(session, NewContract(**values), first_terms or terms(), at=AT)
        return made.id


def order_for(tenant: Tenancy, contract_id: uuid.UUID, **changes: Any) -> str:
    values: dict[str, Any] = {
        "number": f"45{uuid.uuid4().int % 10**8:08d}",
        "value_pence": 10_000_000,
        "valid_from": STARTS,
        "valid_to": dt.date(2027, 3, 31),
        **changes,
    }
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = session.get(Contract, (tenant.id, contract_id))
        assert contract is not None
        return add_order(session, contract, side="finance", at=AT, **values).number


def use(
    session: ScopedSession, kind: str, on: dt.date, *, source: uuid.UUID | None = None, **more: Any
) -> UsageEntry:
    """Enter a billable event, as casework does."""
    source = source or new_id()
    entry = UsageEntry(
        tenant_id=session.tenant,
        id=new_id(),
        **{
            "source_id": source,
            "cause_id": source,
            "case_reference": "EXA-2026-0001",
            "kind": kind,
            "clause": kind,
            "on_date": on,
            "quantity": 1,
            "amount_pence": None,
            "notice_days": None,
            "recorded_at": AT,
            **more,
        },
    )
    session.add(entry)
    session.flush()
    return entry


def issue_period(
    app: Flask, tenant: Tenancy, period: Period = Q1, *, on: dt.date = dt.date(2026, 4, 5)
) -> Invoice:
    """Draft and issue a period's only invoice."""
    at = dt.datetime.combine(on, dt.time(12), dt.UTC)
    with scoped(Scope.finance(tenant.id, None)) as session:
        (made,) = draft_period(session, period, today=on, at=at)
        assert made.draft is not None, made.outcome
        if period.first > on:
            # What is billed ahead is approved by somebody else first.
            approve(session, made.draft, at=at)
            made.draft.approved_by = new_id()
            session.flush()
        invoice = issue(
            session,
            made.draft,
            Supplier.of(app.extensions["settings"]),
            authority_name=tenant.name,
            today=on,
            at=at,
        )
        session.expunge(invoice)
    return invoice


def account_of(app: Flask, tenant: Tenancy, **changes: Any) -> uuid.UUID:
    """A contract with an order that covers it."""
    contract_id = contract_for(tenant, **changes)
    order_for(tenant, contract_id)
    return contract_id


def work_through(*, at: dt.datetime) -> None:
    """Rounds of work until a round is not full: other tests leave tasks in the same database."""
    while do_tasks(at=at).total() >= AT_ONCE:
        continue


def count(session: ScopedSession, model: Any) -> int:
    return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0
