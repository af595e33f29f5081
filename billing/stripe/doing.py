"""Does a task that waits for Stripe."""

from __future__ import annotations

import datetime as dt
import uuid

from billing import stripe_tasks
from billing.stripe.customers import keep_customer
from billing.stripe.gateway import Gateway, StripeRefused
from billing.stripe.intents import Intents
from billing.stripe.pushing import push_invoice
from billing.stripe.reconciling import compare_task
from billing.stripe.settling import push_cash, push_credit_note, push_paid_elsewhere
from billing.tasks import BillingTask
from saas.database.scope import Scope, scoped


def do_stripe_task(
    gateway: Gateway, tenant: uuid.UUID, task_id: uuid.UUID, *, at: dt.datetime
) -> None:
    """Do a task that was claimed.

    Raises:
        StripeLater: try again.
        StripeRefused: nothing will come of it.
    """
    with scoped(Scope.finance(tenant, None)) as session:
        task = session.get(BillingTask, (tenant, task_id))
        if task is None:
            return
        session.expunge(task)

    def spent(step: str) -> int:
        with scoped(Scope.finance(tenant, None)) as session:
            task = session.get(BillingTask, (tenant, task_id))
            return int(task.detail.get(step, 0)) if task else 0

    def spend(step: str) -> None:
        with scoped(Scope.finance(tenant, None)) as session:
            task = session.get(BillingTask, (tenant, task_id))
            if task is not None:
                task.detail = {**task.detail, step: int(task.detail.get(step, 0)) + 1}

    intents = Intents(gateway, tenant, at=at, since=task.created_at, spent=spent, spend=spend)
    kind, subject = task.kind, task.subject_id
    if kind == stripe_tasks.INVOICE:
        push_invoice(intents, subject)
    elif kind == stripe_tasks.CREDIT_NOTE:
        push_credit_note(intents, subject)
    elif kind == stripe_tasks.PAID_ELSEWHERE:
        push_paid_elsewhere(intents, subject)
    elif kind == stripe_tasks.CASH:
        push_cash(intents, subject)
    elif kind == stripe_tasks.CUSTOMER:
        keep_customer(intents)
    elif kind == stripe_tasks.COMPARE:
        compare_task(gateway, task, at=at)
    else:
        raise StripeRefused(f"no such task: {kind}")
