"""Does what billing wrote down to be done outside the database: letters, and Stripe.

Each task is claimed, done and marked in transactions of its own. Who is killed in between leaves it
to be done once more, which every task bears.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter

import sqlalchemy as sa
from flask import current_app

from billing.sending import send_task
from billing.stripe.doing import do_stripe_task
from billing.stripe.gateway import Gateway, StripeLater, StripeRefused
from billing.supplier import Supplier
from billing.tasks import GIVE_UP_AFTER, BillingTask, failed
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.messages.transport import Bounced, Deferred, open_transport

AT_ONCE = 200
CLAIM = dt.timedelta(minutes=2)


def do_tasks(*, at: dt.datetime, gateway: Gateway | None = None) -> Counter[str]:
    """Do what is due, in every tenant; how many of each kind were done, and how many failed."""
    settings: Settings = current_app.extensions["settings"]
    gateway = gateway or Gateway.of(settings)
    with scoped(Scope.all_accounts(None)) as session:
        due = session.execute(
            sa.select(BillingTask.tenant_id, BillingTask.id)
            .where(BillingTask.done_at.is_(None), BillingTask.next_at <= at)
            .order_by(BillingTask.created_at)
            .limit(AT_ONCE)
        ).all()
    became: Counter[str] = Counter()
    for tenant, task_id in due:
        became[_do(settings, gateway, tenant, task_id, at=at)] += 1
    return became


def _do(
    settings: Settings,
    gateway: Gateway | None,
    tenant: uuid.UUID,
    task_id: uuid.UUID,
    *,
    at: dt.datetime,
) -> str:
    with scoped(Scope.finance(tenant, None)) as session:
        task = session.scalar(
            sa.select(BillingTask)
            .where(
                BillingTask.tenant_id == tenant,
                BillingTask.id == task_id,
                BillingTask.done_at.is_(None),
                BillingTask.next_at <= at,
            )
            .with_for_update(skip_locked=True)
        )
        if task is None:
            return "another worker's"
        # Nobody else takes it while we work on it outside this transaction.
        task.next_at = at + CLAIM
        kind, subject = task.kind, task.subject_id
    why = ""
    try:
        if kind.startswith("send "):
            send_task(tenant, kind, subject, open_transport(settings), Supplier.of(settings), at=at)
        elif gateway is not None:
            do_stripe_task(gateway, tenant, task_id, at=at)
        done = True
    except (StripeLater, Deferred) as later:
        done, why = False, str(later) or type(later).__name__
    except (StripeRefused, Bounced) as refused:
        # It is not tried again by itself: the reconciliation reports it.
        done, why = True, f"refused: {refused}"
    with scoped(Scope.finance(tenant, None)) as session:
        task = session.get(BillingTask, (tenant, task_id))
        if task is None:
            return "gone"
        if done:
            task.done_at, task.failure = at, why[:300]
            return f"{kind}: {'refused' if why else 'done'}"
        failed(task, why, at=at)
        if task.attempts >= GIVE_UP_AFTER:
            task.done_at = at
            return f"{kind}: given up"
        return f"{kind}: later"
