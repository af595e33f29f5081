"""What a contract's terms make of time and of use. No Flask, no database.

The yearly fee accrues by calendar month, a twelfth each, and inside a month by the day. A period's
fee is the difference of two rounded totals, so that any split of it sums to the whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from itertools import pairwise
from typing import Any

from billing.periods import ONE_DAY, Period, add_months, financial_year
from billing.vat import Treatment, round_pence


class Service(StrEnum):
    """What a contract includes a number of."""

    MEDIATION = "mediation"
    FACILITATION = "facilitation"
    MIAS = "mias"
    DISAGREEMENT_RESOLUTION = "disagreement_resolution"


SERVICE_WORDS = {
    Service.MEDIATION: "Mediations",
    Service.FACILITATION: "Facilitations",
    Service.MIAS: "Mediation information and advice",
    Service.DISAGREEMENT_RESOLUTION: "Disagreement resolution",
}


@dataclass(frozen=True)
class ServicePrice:
    """One service in a contract: how many a year are included, and the price of each beyond.

    `included` is None where there is no limit. Prices in pence without VAT.
    """

    included: int | None
    price_pence: int
    vat: Treatment = Treatment.STANDARD


@dataclass(frozen=True)
class LateFee:
    """What a meeting cancelled with less notice than so many working days costs, in pence."""

    less_than_days: int
    fee_pence: int


@dataclass(frozen=True, kw_only=True)
class Terms:
    """What a contract says from a day on. Money in pence without VAT."""

    effective_from: dt.date
    annual_fee_pence: int
    prices: Mapping[Service, ServicePrice]
    late_fees: tuple[LateFee, ...] = ()
    day_rate_pence: int | None = None
    fee_vat: Treatment = Treatment.STANDARD
    late_fee_vat: Treatment = Treatment.STANDARD
    day_rate_vat: Treatment = Treatment.STANDARD
    expenses_vat: Treatment = Treatment.STANDARD
    # Why what is treated so bears no VAT: it stands on every invoice that has such a line.
    vat_reasons: Mapping[Treatment, str] = field(default_factory=dict)
    name: str = field(default="", compare=False)

    def late_fee(self, notice_working_days: int) -> int:
        """The fee for a cancellation at such notice: that of the shortest notice it breaks."""
        broken = [f for f in self.late_fees if notice_working_days < f.less_than_days]
        return min(broken, key=lambda f: f.less_than_days).fee_pence if broken else 0

    @property
    def untaxed(self) -> set[Treatment]:
        """The treatments other than standard that its prices have."""
        used = {self.fee_vat, self.late_fee_vat, self.day_rate_vat, self.expenses_vat}
        used |= {price.vat for price in self.prices.values()}
        return used - {Treatment.STANDARD}

    def as_columns(self) -> dict[str, Any]:
        return {
            "effective_from": self.effective_from,
            "annual_fee_pence": self.annual_fee_pence,
            "prices": {
                service.value: {
                    "included": price.included,
                    "price_pence": price.price_pence,
                    "vat": price.vat.value,
                }
                for service, price in self.prices.items()
            },
            "late_fees": [[f.less_than_days, f.fee_pence] for f in self.late_fees],
            "day_rate_pence": self.day_rate_pence,
            "fee_vat": self.fee_vat.value,
            "late_fee_vat": self.late_fee_vat.value,
            "day_rate_vat": self.day_rate_vat.value,
            "expenses_vat": self.expenses_vat.value,
            "vat_reasons": {t.value: reason for t, reason in self.vat_reasons.items()},
        }


def raised(terms: Terms, percent: Decimal, effective_from: dt.date) -> Terms:
    """The terms after indexation: every price of ours by a percentage, rounded to the penny."""

    def up(pence: int) -> int:
        return round_pence(pence * (100 + percent) / 100)

    return replace(
        terms,
        effective_from=effective_from,
        annual_fee_pence=up(terms.annual_fee_pence),
        prices={
            service: replace(price, price_pence=up(price.price_pence))
            for service, price in terms.prices.items()
        },
        late_fees=tuple(replace(f, fee_pence=up(f.fee_pence)) for f in terms.late_fees),
        day_rate_pence=None if terms.day_rate_pence is None else up(terms.day_rate_pence),
    )


def vat_reasons(history: Sequence[Terms]) -> dict[Treatment, str]:
    """Why each treatment bears no VAT, by the latest terms that say so."""
    found: dict[Treatment, str] = {}
    for terms in sorted(history, key=lambda t: t.effective_from):
        found |= {t: reason for t, reason in terms.vat_reasons.items() if reason}
    return found


class NoTermsError(LookupError):
    """The contract says nothing about a day."""


def terms_on(history: Sequence[Terms], day: dt.date) -> Terms:
    """The terms in force on a day.

    Raises:
        NoTermsError: the day is before the first terms.
    """
    standing = [terms for terms in history if terms.effective_from <= day]
    if not standing:
        raise NoTermsError(f"no terms are in force on {day}")
    return max(standing, key=lambda terms: terms.effective_from)


def accrued(history: Sequence[Terms], since: dt.date, day: dt.date) -> Fraction:
    """The fee in pence that has accrued from the start of `since` to the end of `day`, exactly."""
    total = Fraction(0)
    month = since.replace(day=1)
    while month <= day:
        following = add_months(month, 1)
        length = (following - month).days
        begins, ends = max(month, since), min(following - ONE_DAY, day)
        changes = sorted({t.effective_from for t in history if begins < t.effective_from <= ends})
        edges = [begins, *changes, ends + ONE_DAY]
        for first, after in pairwise(edges):
            fee = terms_on(history, first).annual_fee_pence
            total += Fraction(fee * (after - first).days, 12 * length)
        month = following
    return total


def _rounded(pence: Fraction) -> int:
    """Half up; the fee is never below zero."""
    return int(pence + Fraction(1, 2))


def fee_for(
    history: Sequence[Terms],
    contract_start: dt.date,
    period: Period,
    anchor: dt.date | None = None,
) -> int:
    """The fee in pence for a period: what any split of the period sums to.

    Each year is rounded on its own, so that a whole year at one price costs that price: the
    financial year, or the contract's own where its periods are counted from `anchor`.
    """
    total = 0
    first = max(period.first, contract_start)
    while first <= period.last:
        year = financial_year(first) if anchor is None else contract_year(anchor, first)
        since = max(year.first, contract_start)
        last = min(period.last, year.last)
        until = _rounded(accrued(history, since, last))
        before = _rounded(accrued(history, since, first - ONE_DAY)) if first > since else 0
        total += until - before
        first = last + ONE_DAY
    return total


def contract_year(contract_start: dt.date, day: dt.date) -> Period:
    """The year of the contract that a day is in; allowances are counted in it."""

    def anniversary(year: int) -> dt.date:
        try:
            return contract_start.replace(year=year)
        except ValueError:  # 29 February
            return dt.date(year, 3, 1)

    first = anniversary(day.year)
    if first > day:
        return Period(anniversary(day.year - 1), first - ONE_DAY)
    return Period(first, anniversary(day.year + 1) - ONE_DAY)


def allowance(
    history: Sequence[Terms], service: Service, year: Period, *, ends_on: dt.date | None = None
) -> int | None:
    """How many of a service are included in a contract year; None where there is no limit.

    Terms that change inside the year count by their days, rounded half up.

    Args:
        ends_on: the contract's last day, where a year that it cuts short includes a share alone.
    """
    changes = sorted(
        {t.effective_from for t in history if year.first < t.effective_from <= year.last}
    )
    edges = [year.first, *changes, year.last + ONE_DAY]
    cut = None if ends_on is None else ends_on + ONE_DAY
    total = Fraction(0)
    for first, after in pairwise(edges):
        counted = max(0, ((after if cut is None else min(after, cut)) - first).days)
        price = terms_on(history, first).prices.get(service)
        if price is None:
            continue
        if price.included is None:
            return None
        total += Fraction(price.included * counted, year.days)
    return _rounded(total)
