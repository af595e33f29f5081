"""The base rates that statutory interest stands on: dated, each with its source, never guessed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

import sqlalchemy as sa

from billing.debts.interest import OVER_BASE, reference_day
from billing.debts.models import BaseRate
from billing.refusal import BillingRefused
from saas.database.base import new_id
from saas.database.scope import ScopedSession

HIGHEST = Decimal(30)


def base_rates(session: ScopedSession) -> dict[dt.date, Decimal]:
    """The rate in percent of each reference day that is recorded."""
    rows = session.execute(
        sa.select(BaseRate.reference_day, BaseRate.percent).order_by(
            BaseRate.recorded_at, BaseRate.id
        )
    )
    return {row.reference_day: row.percent for row in rows}


def recorded_rates(session: ScopedSession) -> Sequence[BaseRate]:
    """Everything that was ever entered, the newest day first."""
    return session.scalars(
        sa.select(BaseRate).order_by(
            BaseRate.reference_day.desc(), BaseRate.recorded_at.desc(), BaseRate.id.desc()
        )
    ).all()


@dataclass(frozen=True)
class HalfYear:
    """The debts that fall overdue in half a year, and the rate for them; None is not recorded."""

    first: dt.date
    last: dt.date
    reference_day: dt.date
    base: Decimal | None

    @property
    def rate(self) -> Decimal | None:
        """The yearly rate of interest, in percent."""
        return None if self.base is None else self.base + OVER_BASE


def half_years(
    rates: Mapping[dt.date, Decimal], *, today: dt.date, back: int = 6
) -> list[HalfYear]:
    """The present half-year and those before it, the newest first."""
    found = []
    first = dt.date(today.year, 1 if today.month <= 6 else 7, 1)
    for _ in range(back + 1):
        june = first.month == 1
        last = dt.date(first.year, 6, 30) if june else dt.date(first.year, 12, 31)
        day = reference_day(first)
        found.append(HalfYear(first, last, day, rates.get(day)))
        first = dt.date(first.year - 1, 7, 1) if june else dt.date(first.year, 1, 1)
    return found


def record_rate(
    session: ScopedSession,
    *,
    day: dt.date,
    percent: Decimal,
    source: str,
    today: dt.date,
    at: dt.datetime,
) -> BaseRate:
    """Record the base rate of a reference day.

    Raises:
        BillingRefused: naming the field.
    """
    if (day.month, day.day) not in ((6, 30), (12, 31)):
        raise BillingRefused("day", "The law counts the rate of 30 June or of 31 December")
    if day > today:
        raise BillingRefused("day", "The rate of a day to come is not known yet")
    if not 0 <= percent <= HIGHEST:
        raise BillingRefused("percent", f"Enter the base rate in percent, from 0 to {HIGHEST}")
    if not source.strip():
        raise BillingRefused("source", "Say where the figure was read")
    rate = BaseRate(
        id=new_id(),
        reference_day=day,
        percent=percent,
        source=source.strip(),
        recorded_at=at,
        recorded_by=session.scope.person,
    )
    session.add(rate)
    session.flush()
    return rate
