"""What late payment comes to by law. Pure.

Late Payment of Commercial Debts (Interest) Act 1998: 8% over the Bank of England's base rate,
simple interest by the day; the base rate is that of 31 December for debts that fall overdue from
January to June, of 30 June for the others (SI 2002/1675). Fixed compensation: s.5A.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.vat import round_pence

OVER_BASE = Decimal(8)
COMPENSATION = ((100_000, 4_000), (1_000_000, 7_000))
MOST_COMPENSATION = 10_000


class BaseRateUnknown(LookupError):
    """The base rate of the reference day is not recorded, so no interest can be claimed."""


def reference_day(overdue_from: dt.date) -> dt.date:
    """The day whose base rate counts for a debt that falls overdue on a day."""
    if overdue_from.month <= 6:
        return dt.date(overdue_from.year - 1, 12, 31)
    return dt.date(overdue_from.year, 6, 30)


def statutory_rate(overdue_from: dt.date, base_rates: Mapping[dt.date, Decimal]) -> Decimal:
    """The yearly rate in percent.

    Raises:
        BaseRateUnknown: for a reference day whose base rate nobody recorded.
    """
    day = reference_day(overdue_from)
    if day not in base_rates:
        raise BaseRateUnknown(f"the Bank of England's base rate of {day:%-d %B %Y} is not recorded")
    return base_rates[day] + OVER_BASE


def compensation(debt_pence: int) -> int:
    """The fixed sum in pence for a debt of this size: £40, £70 or £100."""
    for below, fixed in COMPENSATION:
        if debt_pence < below:
            return fixed
    return MOST_COMPENSATION


@dataclass(frozen=True)
class LatePayment:
    """Pence, the rate in percent a year, whole days."""

    interest_pence: int
    compensation_pence: int
    rate: Decimal
    days: int

    @property
    def total_pence(self) -> int:
        return self.interest_pence + self.compensation_pence


def late_payment(
    *,
    due_on: dt.date,
    gross_pence: int,
    settled: Sequence[tuple[dt.date, int]],
    until: dt.date,
    base_rates: Mapping[dt.date, Decimal],
) -> LatePayment | None:
    """What a debt that was not paid by its due day comes to, or None if it was.

    Args:
        settled: days and pence of payments and credits; a day's payment ends that day's interest.

    Raises:
        BaseRateUnknown: see `statutory_rate`.
    """
    overdue_from = due_on + dt.timedelta(days=1)
    owed = gross_pence - sum(pence for day, pence in settled if day <= due_on)
    if owed <= 0 or until < overdue_from:
        return None
    rate = statutory_rate(overdue_from, base_rates)
    debt, interest, since = owed, Decimal(0), due_on
    last = due_on
    for day, pence in [*sorted((d, p) for d, p in settled if due_on < d <= until), (until, 0)]:
        if owed > 0:
            interest += owed * rate / 100 * (day - since).days / 365
            last = day
        owed, since = owed - pence, day
    return LatePayment(round_pence(interest), compensation(debt), rate, (last - due_on).days)
