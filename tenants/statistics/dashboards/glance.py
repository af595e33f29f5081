"""One authority and period at a glance: its figures, those of a year before, and what its charts
stand on, in as few queries as they can be read in. It says what `figures_of_all` and `background`
say of it."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from saas.database.scope import ScopedSession
from tenants.statistics.dashboards.series import Background, span_of_charts, summed
from tenants.statistics.measures import tallies
from tenants.statistics.measures.breakdowns import BREAKDOWNS, STAGE_BREAKDOWN
from tenants.statistics.measures.figures import Figures
from tenants.statistics.measures.periods import Period

_DECISION, _PARTICIPANT = BREAKDOWNS["decision_type"], BREAKDOWNS["participant"]


@dataclass(frozen=True, slots=True)
class Glance:
    """`before` is the same period of the year before, without its stages."""

    figures: Figures
    before: Figures
    behind: Background


def at_a_glance(
    session: ScopedSession, tenant: uuid.UUID, period: Period, *, today: dt.date
) -> Glance:
    """The figures of one of the authorities that the session may see."""
    before, span = period.year_before, span_of_charts(period)
    months = tallies.by_month_between(
        session, min(span.start, before.start), max(span.end, period.end), tenant=tenant
    )
    split = tallies.by_breakdowns(
        session, period, (STAGE_BREAKDOWN, _DECISION, _PARTICIPANT), tenant=tenant
    )
    waits, waits_before = tallies.waits_of(session, (period, before), tenant=tenant)

    def counted(which: Period) -> tallies.Counted:
        counts = summed(months, which)
        if which.end >= today:
            tallies.leave_out_steps_to_come(session, {tenant: counts}, which, today)
        return counts

    return Glance(
        Figures(counted(period), split[STAGE_BREAKDOWN.key], median_of(waits)),
        Figures(counted(before), {}, median_of(waits_before)),
        Background(
            months={month: of for month, of in months.items() if span.start <= month <= span.end},
            decisions=split[_DECISION.key],
            participants=split[_PARTICIPANT.key],
            waits=waits,
        ),
    )


def median_of(waits: Mapping[int, int]) -> float | None:
    """The median of how many waited so many days; None where nobody did."""
    ends = list(itertools.accumulate(number for _, number in sorted(waits.items())))
    if not ends:
        return None
    days = sorted(waits)
    total = ends[-1]

    def at(place: int) -> int:
        return next(day for day, end in zip(days, ends, strict=True) if place < end)

    return (at((total - 1) // 2) + at(total // 2)) / 2
