"""The demo's late payers: reminded on their days, claimed against, paused."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from decimal import Decimal

import sqlalchemy as sa

from billing.debts.actions import pause_reminders, remind
from billing.debts.claims import claim, claimable
from billing.debts.interest import reference_day
from billing.debts.rates import base_rates, record_rate
from billing.debts.reminding import STAGES
from billing.invoices.models import Invoice
from billing.payments.allocating import balance_of
from billing.periods import ONE_DAY
from billing.supplier import Supplier
from billing.tasks import BillingTask
from saas.database.scope import Scope, ScopedSession, scoped

INVENTED_RATE = Decimal("3.75")
INVENTED_SOURCE = "Invented for this demonstration: not the Bank of England's figure"
# How long after it was due finance claims what the law gives.
CLAIMED_AFTER = dt.timedelta(days=35)


def seed_base_rate(session: ScopedSession, *, today: dt.date) -> None:
    """A rate for the present half-year where none is recorded, marked as of the demo alone."""
    day = reference_day(today)
    if day not in base_rates(session):
        record_rate(
            session,
            day=day,
            percent=INVENTED_RATE,
            source=INVENTED_SOURCE,
            today=today,
            at=_noon(day + ONE_DAY),
        )


def chase(
    tenant: uuid.UUID,
    invoice_ids: Sequence[uuid.UUID],
    supplier: Supplier,
    *,
    today: dt.date,
    claims: bool,
) -> None:
    """Remind of what is still owed as the job would have, on its days; claim where finance did."""
    for invoice_id in invoice_ids:
        with scoped(Scope.finance(tenant, None)) as session:
            invoice = session.get(Invoice, (tenant, invoice_id))
            if invoice is None or balance_of(session, invoice).owed_pence <= 0:
                continue
            for stage in STAGES:
                day = invoice.due_on + dt.timedelta(days=stage)
                if day <= today:
                    remind(session, invoice.id, today=day, at=_noon(day))
            day = invoice.due_on + CLAIMED_AFTER
            if claims and day <= today and not claimable(session, invoice, today=day).why:
                claim(session, invoice, supplier, today=day, at=_noon(day))
                pause_reminders(
                    session,
                    invoice.id,
                    reason="Their finance director has promised payment this month",
                    at=_noon(day),
                )
            session.execute(
                sa.update(BillingTask)
                .where(BillingTask.tenant_id == tenant, BillingTask.done_at.is_(None))
                .values(done_at=_noon(invoice.due_on))
            )


def _noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)
