"""The caseload of today: what is open, and what is at risk of being late."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import Together, named
from saas.reference.working_days import add_working_days
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import AgreedStep

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


def caseloads(
    session: ScopedSession, *, today: dt.date
) -> tuple[dict[uuid.UUID, Caseload], dict[uuid.UUID, int]]:
    """Today's caseload of every tenant the session may see, and how many agreed steps should be
    done there by now and are not."""
    found = _OF_TODAY.ask(session, today=today, soon=add_working_days(today, RISK_WORKING_DAYS))
    loads = {tenant: Caseload(*numbers) for tenant, *numbers in found["loads"]}
    return loads, dict(found["overdue"])


def overdue_steps(session: ScopedSession, *, today: dt.date) -> int:
    """How many agreed steps should be done by now and are not, in the session's tenant."""
    found = session.execute(
        _OVERDUE.where(AgreedStep.tenant_id == session.tenant), {"today": today}
    ).one_or_none()
    return found.number if found else 0


_TODAY, _SOON = named("today", sa.Date), named("soon", sa.Date)
_LOADS = (
    sa.select(
        CasePosition.tenant_id,
        sa.func.count().label("open"),
        sa.func.count().filter(CasePosition.next_due < _TODAY).label("overdue"),
        sa.func.count().filter(CasePosition.next_due <= _SOON).label("at_risk"),
    )
    .where(CasePosition.is_open)
    .group_by(CasePosition.tenant_id)
)
_OVERDUE = (
    sa.select(AgreedStep.tenant_id, sa.func.count().label("number"))
    .where(AgreedStep.done_on.is_(None), AgreedStep.due_on < _TODAY)
    .group_by(AgreedStep.tenant_id)
)
_OF_TODAY = Together({"loads": _LOADS, "overdue": _OVERDUE})
