"""The cases behind a number."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import LoginRole, ScopedSession
from tenants.casework.models import SenCase
from tenants.statistics.measures.breakdowns import Breakdown
from tenants.statistics.measures.models import MeasuredCase
from tenants.statistics.measures.periods import Period

_KEPT_COLUMNS = {
    "service": MeasuredCase.service,
    "route": MeasuredCase.route,
    "decision_type": MeasuredCase.decision_type,
    "need": MeasuredCase.need,
    "age_band": MeasuredCase.age_band,
    "phase": MeasuredCase.phase,
    "mediator": MeasuredCase.mediator,
    "delay_cause": MeasuredCase.delay_cause,
}


@dataclass(frozen=True, slots=True)
class CountedCase:
    """A case behind a number, on the day that made it count. `times` is how often it counts."""

    id: uuid.UUID
    reference: str
    on: dt.date
    service: str
    decision_type: str | None
    times: int


def cases_behind(
    session: ScopedSession,
    counter: str,
    period: Period,
    *,
    tenant: uuid.UUID,
    breakdown: Breakdown | None = None,
    value: str = "",
    offset: int = 0,
    limit: int | None = None,
) -> Sequence[CountedCase]:
    """The cases that a counter of a period is made of, the earliest first.

    A breakdown by participant counts answers, not cases, and has none. To an authority, what was
    told in confidence (`measures.CONFIDENTIAL`) has none either.
    """
    events = (MeasuredCase.counters, MeasuredCase.days)
    if session.scope.role is LoginRole.AUTHORITY:
        events = (MeasuredCase.shared_counters, MeasuredCase.shared_days)
    event = (
        sa.func.unnest(*events)
        .table_valued(sa.column("counter", sa.Text), sa.column("day", sa.Date), name="event")
        .render_derived()
    )
    query = (
        sa.select(
            SenCase.id,
            SenCase.reference,
            sa.func.min(event.c.day),
            SenCase.service,
            SenCase.decision_type,
            sa.func.count(),
        )
        .select_from(MeasuredCase)
        .join(event, sa.true())
        .join(
            SenCase,
            sa.and_(
                SenCase.tenant_id == MeasuredCase.tenant_id, SenCase.id == MeasuredCase.case_id
            ),
        )
        .where(
            MeasuredCase.tenant_id == tenant,
            event.c.counter == counter,
            event.c.day.between(period.start, period.end),
        )
        .group_by(SenCase.tenant_id, SenCase.id)
        .order_by(sa.func.min(event.c.day), SenCase.reference)
    )
    if breakdown is not None:
        kept = _KEPT_COLUMNS[breakdown.kept_as]
        query = query.where(kept.in_(breakdown.kept_values(value)))
    if limit is not None:
        query = query.offset(offset).limit(limit)
    return [CountedCase(*row) for row in session.execute(query)]
