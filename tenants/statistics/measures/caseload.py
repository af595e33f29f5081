"""The caseload of today: what is open, and what is at risk of being late."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.reference.working_days import add_working_days
from tenants.casework.kept.models import CasePosition

# Working days ahead in which a clock that is due counts as a risk: the coming working week.
RISK_WORKING_DAYS = 5

AT_RISK = (
    "Open cases whose next clock is overdue, or due within 5 working days: what will be late "
    "unless someone acts."
)


@dataclass(frozen=True, slots=True)
class Caseload:
    """Cases of one tenant: open, of those overdue, and of those overdue or soon due."""

    open: int = 0
    overdue: int = 0
    at_risk: int = 0


def caseloads(session: ScopedSession, *, today: dt.date) -> dict[uuid.UUID, Caseload]:
    """Today's caseload of every tenant the session may see."""
    soon = add_working_days(today, RISK_WORKING_DAYS)
    rows = session.execute(
        sa.select(
            CasePosition.tenant_id,
            sa.func.count(),
            sa.func.count().filter(CasePosition.next_due < today),
            sa.func.count().filter(CasePosition.next_due <= soon),
        )
        .where(CasePosition.is_open)
        .group_by(CasePosition.tenant_id)
    )
    return {tenant: Caseload(*numbers) for tenant, *numbers in rows}
