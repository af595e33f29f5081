"""One authority of the demonstration is suspended, and one leaves and takes its data along."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from saas.database.scope import Scope, scoped
from saas.demo.people import provider_staff
from saas.demo.reminding import noon
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.subscribers.leaving import reads_until_usually, record_leaving, standing_leaving
from tenants.subscribers.suspending import suspend, suspensions_of
from tenants.tenure.export.asking import ask_export

SUSPENDED, LEAVES = "sutton", "bexley"
WHY = "The new contract is not signed yet. Call us: we are glad to help with it."
DAYS_SUSPENDED, DAYS_TO_LEAVE = 9, 60


def seed_tenure(tenancies: Sequence[Tenancy], today: dt.date) -> None:
    """What an administrator recorded; the worker makes the export."""
    admin = next(one for one in provider_staff() if one.role is ProviderRole.ADMIN)
    for tenancy in tenancies:
        with scoped(Scope.provider(tenancy.id, admin.id)) as session:
            if tenancy.slug == SUSPENDED and not suspensions_of(session, most=1):
                first = today - dt.timedelta(days=DAYS_SUSPENDED)
                suspend(
                    session, reason="contract", words=WHY, first_day=first, by_name=admin.name,
                    today=first, at=noon(first),
                )  # fmt: skip
            if tenancy.slug == LEAVES and standing_leaving(session) is None:
                last = today + dt.timedelta(days=DAYS_TO_LEAVE)
                record_leaving(
                    session, last_day=last, reads_until=reads_until_usually(last),
                    reason="It mediates by a framework of its region from then on.",
                    by_name=admin.name, today=today, at=noon(today),
                )  # fmt: skip
                ask_export(session, side="provider", by_name=admin.name, at=noon(today))
