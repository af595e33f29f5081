"""Having every account compared with Stripe's in the background, and what was found last."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from billing.ledger.invoices import Invoice
from billing.stripe_tasks import COMPARE, ask_again
from billing.tasks import BillingTask
from saas.database.scope import Scope, ScopedSession, scoped


@dataclass(frozen=True)
class FoundDifference:
    """A difference that the last comparison of an authority's account found."""

    tenant_id: uuid.UUID
    number: str
    field: str
    ours: str
    theirs: str
    repaired: str
    repairable: bool


@dataclass(frozen=True)
class Findings:
    """What the last comparisons found, in all authorities that the session sees."""

    differences: list[FoundDifference]
    # Of the one that is longest ago; None when there was none.
    compared_at: dt.datetime | None
    waiting: int


def ask_to_compare(*, repair: bool, person: uuid.UUID | None, at: dt.datetime) -> int:
    """Have the account of every authority that was ever invoiced compared; how many those are."""
    with scoped(Scope.all_accounts(person)) as session:
        tenants = list(session.scalars(sa.select(Invoice.tenant_id).distinct()))
    for tenant in sorted(tenants):
        with scoped(Scope.finance(tenant, person)) as session:
            ask_again(session, COMPARE, tenant, at=at, detail={"repair": repair})
    return len(tenants)


def findings(session: ScopedSession) -> Findings:
    """What differs, as the last comparison of each account found it."""
    tasks = session.scalars(
        sa.select(BillingTask).where(BillingTask.kind == COMPARE).order_by(BillingTask.tenant_id)
    ).all()
    compared = [
        dt.datetime.fromisoformat(task.detail["compared_at"])
        for task in tasks
        if "compared_at" in task.detail
    ]
    return Findings(
        differences=[
            FoundDifference(
                task.tenant_id,
                one["number"],
                one["field"],
                one["ours"],
                one["theirs"],
                one["repaired"],
                one["repairable"],
            )
            for task in tasks
            for one in task.detail.get("differences", ())
        ],
        compared_at=min(compared, default=None),
        waiting=sum(task.done_at is None for task in tasks),
    )
