"""Reading the summary tables: sums of months, by tenant and by breakdown."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import TENANT, named
from tenants.casework.models import AgreedStep
from tenants.statistics.measures.breakdowns import Breakdown
from tenants.statistics.measures.definitions import COUNTERS
from tenants.statistics.measures.models import MeasuredCase, MonthTally
from tenants.statistics.measures.periods import Period

Counted = dict[str, int]
KEYS = [counter.key for counter in COUNTERS]

_tally = MonthTally.__table__.c
_SUMS = [sa.func.sum(_tally[key]).label(key) for key in KEYS]


def _months(period: Period) -> sa.ColumnElement[bool]:
    return _tally.month.between(period.start, period.end)


def _row_counts(numbers: Sequence[int | None]) -> Counted:
    return {key: int(number) for key, number in zip(KEYS, numbers, strict=True) if number}


def _of_each(
    session: ScopedSession,
    periods: Sequence[Period],
    statement: Callable[[Period], sa.Select[*tuple[Any, ...]]],
) -> Iterator[tuple[Any, ...]]:
    """The rows of every period in one query, each with the number of its period at its end."""
    return iter(
        session.execute(
            sa.union_all(
                *(
                    statement(period).add_columns(sa.literal(number))
                    for number, period in enumerate(periods)
                )
            )
        )
    )


def totals(session: ScopedSession, period: Period, *, today: dt.date) -> dict[uuid.UUID, Counted]:
    """The counters of every tenant that the session may see."""
    return totals_of(session, (period,), today=today)[0]


def totals_of(
    session: ScopedSession, periods: Sequence[Period], *, today: dt.date
) -> list[dict[uuid.UUID, Counted]]:
    """The counters of each period and of every tenant that the session may see."""
    found: list[dict[uuid.UUID, Counted]] = [{} for _ in periods]
    rows = _of_each(
        session,
        periods,
        lambda period: (
            sa.select(_tally.tenant_id, *_SUMS)
            .where(_tally.breakdown == "all", _months(period))
            .group_by(_tally.tenant_id)
        ),
    )
    for tenant, *numbers, at in rows:
        found[at][tenant] = _row_counts(numbers)
    for period, counted in zip(periods, found, strict=True):
        if period.end >= today:
            leave_out_steps_to_come(session, counted, period, today)
    return found


# What a page of an authority asks is put together once: that takes longer than to answer it.
_FIRST, _LAST = named("first", sa.Date), named("last", sa.Date)
_STEPS_TO_COME = (
    sa.select(
        AgreedStep.tenant_id,
        sa.func.count(),
        sa.func.count().filter(AgreedStep.done_on <= AgreedStep.due_on),
    )
    .where(AgreedStep.due_on > named("today", sa.Date), AgreedStep.due_on.between(_FIRST, _LAST))
    .group_by(AgreedStep.tenant_id)
)


def leave_out_steps_to_come(
    session: ScopedSession, found: dict[uuid.UUID, Counted], period: Period, today: dt.date
) -> None:
    """A step that is due later is not late yet: what a period counts ends with today."""
    rows = session.execute(
        _STEPS_TO_COME, {"today": today, "first": period.start, "last": period.end}
    )
    for tenant, due, done in rows:
        counts = found.setdefault(tenant, {})
        counts["steps_due"] = counts.get("steps_due", 0) - due
        counts["steps_in_time"] = counts.get("steps_in_time", 0) - done


def by_value(
    session: ScopedSession,
    period: Period,
    breakdown: Breakdown,
    *,
    tenant: uuid.UUID | None = None,
) -> dict[uuid.UUID, dict[str, Counted]]:
    """The counters by the values of a breakdown: of one tenant, or of all the session may see.

    Steps are counted with those of the period that are still to come.
    """
    return by_value_of(session, (period,), breakdown, tenant=tenant)[0]


def by_value_of(
    session: ScopedSession,
    periods: Sequence[Period],
    breakdown: Breakdown,
    *,
    tenant: uuid.UUID | None = None,
) -> list[dict[uuid.UUID, dict[str, Counted]]]:
    """The counters of each period by the values of a breakdown (`by_value`), in one query."""
    its = _tally.breakdown == breakdown.kept_as
    wanted = [its] if tenant is None else [its, _tally.tenant_id == tenant]
    rows = _of_each(
        session,
        periods,
        lambda period: (
            sa.select(_tally.tenant_id, _tally.value, *_SUMS)
            .where(*wanted, _months(period))
            .group_by(_tally.tenant_id, _tally.value)
        ),
    )
    found: list[dict[uuid.UUID, dict[str, Counted]]] = [defaultdict(dict) for _ in periods]
    for tenant_id, kept, *numbers, at in rows:
        value = breakdown.value_of(kept)
        if value is None:
            continue
        counts = found[at][tenant_id].setdefault(value, {})
        for key, number in _row_counts(numbers).items():
            counts[key] = counts.get(key, 0) + number
    return found


def by_breakdowns(
    session: ScopedSession,
    period: Period,
    chosen: Sequence[Breakdown],
    *,
    tenant: uuid.UUID | None = None,
) -> dict[str, dict[str, Counted]]:
    """The counters by the values of several breakdowns, in one query: of one tenant, or the sums
    of all that the session may see."""
    asked = {"kept_as": sorted({by.kept_as for by in chosen}), "tenant": tenant}
    rows = session.execute(
        _by_breakdowns(tenant is not None), {**asked, "first": period.start, "last": period.end}
    )
    found: dict[str, dict[str, Counted]] = {by.key: {} for by in chosen}
    for kept_as, kept, *numbers in rows:
        for by in chosen:
            value = by.value_of(kept) if by.kept_as == kept_as else None
            if value is None:
                continue
            counts = found[by.key].setdefault(value, {})
            for key, number in _row_counts(numbers).items():
                counts[key] = counts.get(key, 0) + number
    return found


@cache
def _by_breakdowns(of_one: bool) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(_tally.breakdown, _tally.value, *_SUMS).where(
        _tally.breakdown.in_(sa.bindparam("kept_as", expanding=True)),
        _tally.month.between(_FIRST, _LAST),
    )
    if of_one:
        query = query.where(_tally.tenant_id == TENANT)
    return query.group_by(_tally.breakdown, _tally.value)


def by_month(
    session: ScopedSession, period: Period, *, tenant: uuid.UUID | None = None
) -> dict[dt.date, Counted]:
    """The counters of each month: of one tenant, or of all that the session may see."""
    return by_month_between(session, period.start, period.end, tenant=tenant)


def by_month_between(
    session: ScopedSession, start: dt.date, end: dt.date, *, tenant: uuid.UUID | None = None
) -> dict[dt.date, Counted]:
    """The counters of each month that begins between two days."""
    asked = {"first": start, "last": end, "tenant": tenant}
    rows = session.execute(_by_month(tenant is not None), asked)
    return {month: _row_counts(numbers) for month, *numbers in rows}


@cache
def _by_month(of_one: bool) -> sa.Select[*tuple[Any, ...]]:
    query = sa.select(_tally.month, *_SUMS).where(
        _tally.breakdown == "all", _tally.month.between(_FIRST, _LAST)
    )
    if of_one:
        query = query.where(_tally.tenant_id == TENANT)
    return query.group_by(_tally.month)


def medians_of(session: ScopedSession, periods: Sequence[Period]) -> list[dict[uuid.UUID, float]]:
    """The median days from the authority's being told to the first meeting, by tenant, of each
    period."""
    rows = _of_each(
        session,
        periods,
        lambda period: (
            sa.select(
                MeasuredCase.tenant_id,
                sa.func.percentile_cont(0.5).within_group(MeasuredCase.wait_days),
            )
            .where(
                MeasuredCase.held_on.between(period.start, period.end),
                MeasuredCase.wait_days.is_not(None),
            )
            .group_by(MeasuredCase.tenant_id)
        ),
    )
    found: list[dict[uuid.UUID, float]] = [{} for _ in periods]
    for tenant, days, at in rows:
        found[at][tenant] = float(days)
    return found


def waits(session: ScopedSession, period: Period, *, tenant: uuid.UUID) -> dict[int, int]:
    """How many of the mediations held waited so many days."""
    return waits_of(session, (period,), tenant=tenant)[0]


@cache
def _waits(periods: int) -> sa.Select[*tuple[Any, ...]]:
    within = [
        MeasuredCase.held_on.between(named(f"first_{n}", sa.Date), named(f"last_{n}", sa.Date))
        for n in range(periods)
    ]
    counts = [sa.func.count().filter(one) for one in within]
    return (
        sa.select(MeasuredCase.wait_days, *counts)
        .where(
            MeasuredCase.tenant_id == TENANT, MeasuredCase.wait_days.is_not(None), sa.or_(*within)
        )
        .group_by(MeasuredCase.wait_days)
    )


def waits_of(
    session: ScopedSession, periods: Sequence[Period], *, tenant: uuid.UUID
) -> list[dict[int, int]]:
    """How many of the mediations held in each period waited so many days, in one query."""
    asked: dict[str, Any] = {"tenant": tenant}
    for number, period in enumerate(periods):
        asked |= {f"first_{number}": period.start, f"last_{number}": period.end}
    rows = session.execute(_waits(len(periods)), asked).all()
    numbers = [(row.wait_days or 0, row[1:]) for row in rows]
    return [
        {days: counted[at] for days, counted in numbers if counted[at]}
        for at in range(len(periods))
    ]
