"""An authority that is suspended, or leaves."""

from __future__ import annotations

import datetime as dt

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.subscribers import leaving, suspending
from tests.factories import NOW, TODAY


def suspend(tenant: Tenancy, first_day: dt.date) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        suspending.suspend(
            session, reason="unpaid", words="", first_day=first_day, by_name="Ada Admin",
            today=TODAY, at=NOW,
        )  # fmt: skip


def leave(
    tenant: Tenancy, last_day: dt.date, *, reads_until: dt.date | None = None,
    today: dt.date = TODAY,
) -> None:  # fmt: skip
    with scoped(Scope.provider(tenant.id, None)) as session:
        leaving.record_leaving(
            session, last_day=last_day,
            reads_until=reads_until or leaving.reads_until_usually(last_day),
            reason="", by_name="Ada Admin", today=today, at=NOW,
        )  # fmt: skip
