"""What accounts need at the end of a year: what was earned, what is to come in, what is accrued.

Pure: it works on documents and accounts that were read.
"""

from __future__ import annotations

import datetime as dt
import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

from billing.contracts.pricing import fee_for
from billing.exports.figures import Document
from billing.invoices.drafting import draft_lines, uncovered
from billing.ledger.account import Account
from billing.ledger.balances import Balance
from billing.periods import ONE_DAY, Period, add_months

FEES = ("fee", "fee_adjustment")


def months_of(period: Period) -> list[Period]:
    """The calendar months of a period, the first and the last cut to it."""
    found = []
    month = period.first.replace(day=1)
    while month <= period.last:
        following = add_months(month, 1)
        part = period.within(month, following - ONE_DAY)
        if part is not None:
            found.append(part)
        month = following
    return found


def _weight(part: Period) -> Fraction:
    """A part of one month, in months: how fees accrue (`billing.contracts.pricing`)."""
    length = (add_months(part.first.replace(day=1), 1) - part.first.replace(day=1)).days
    return Fraction(part.days, length)


def earned_by_month(net_pence: int, covers: Period) -> Iterator[tuple[dt.date, int]]:
    """A prepaid fee month by month, as (first of the month, pence); the sum is the fee."""
    parts = months_of(covers)
    whole = sum((_weight(part) for part in parts), Fraction(0))
    passed, told = Fraction(0), 0
    for part in parts:
        passed += _weight(part)
        until = math.floor(net_pence * passed / whole + Fraction(1, 2))
        yield part.first.replace(day=1), until - told
        told = until


@dataclass(frozen=True)
class MonthEarned:
    """One month: pence without VAT. `deferred` is billed in advance and not earned by its end."""

    month: dt.date
    billed: int
    fees: int
    use: int
    deferred: int


def recognised(found: Iterable[Document], year: Period) -> list[MonthEarned]:
    """What each month of a year earned: fees by the day, use in the month in which it was.

    Args:
        found: every document until the end of the year, of the years before, too.
    """
    billed: defaultdict[dt.date, int] = defaultdict(int)
    fees: defaultdict[dt.date, int] = defaultdict(int)
    use: defaultdict[dt.date, int] = defaultdict(int)
    ahead: defaultdict[dt.date, int] = defaultdict(int)
    for document in found:
        issued = document.issued_on.replace(day=1)
        for line in document.lines:
            net = document.sign * line.net_pence
            billed[issued] += net
            if line.kind in FEES:
                ahead[issued] += net
                for month, pence in earned_by_month(net, Period(line.covers_from, line.covers_to)):
                    fees[month] += pence
            else:
                use[line.covers_to.replace(day=1)] += net
    rows = []
    for part in months_of(year):
        month = part.first.replace(day=1)
        so_far = sum(pence for when, pence in ahead.items() if when <= month)
        earned = sum(pence for when, pence in fees.items() if when <= month)
        rows.append(MonthEarned(month, billed[month], fees[month], use[month], so_far - earned))
    return rows


@dataclass(frozen=True)
class ToCome:
    """What is owed by when it is due: pence with VAT."""

    words: str
    pence: int
    invoices: int


def cash_to_come(balances: Iterable[Balance], today: dt.date, months: int = 6) -> list[ToCome]:
    """What is overdue, then by the month in which it is due, then what comes later."""
    last = add_months(today, months)
    sums: dict[str, list[int]] = {"Overdue": []}
    for number in range(months):
        sums[f"{add_months(today, number):%B %Y}"] = []
    sums["Later"] = []
    for one in balances:
        if one.owed_pence <= 0:
            continue
        due = one.invoice.due_on
        key = "Overdue" if due < today else "Later" if due >= last else f"{due:%B %Y}"
        sums[key].append(one.owed_pence)
    return [ToCome(words, sum(found), len(found)) for words, found in sums.items()]


@dataclass(frozen=True)
class AccruedLine:
    """Something that was supplied by a day and not billed by then; pence without VAT."""

    words: str
    net_pence: int


@dataclass(frozen=True)
class Accrued:
    """One contract on a day: what is still to be billed for it, and what was billed ahead."""

    reference: str
    lines: Sequence[AccruedLine]
    prepaid_pence: int

    @property
    def net_pence(self) -> int:
        return sum(line.net_pence for line in self.lines)


def accrued(account: Account, on: dt.date) -> Accrued:
    """What a contract owes at the end of a day for what was supplied by then."""
    lines = []
    until = account.term.within(account.billed_from or account.starts_on, on)
    covered = [fee.covers for fee in account.billed_fees]
    for part in uncovered(until, covered) if until else []:
        pence = fee_for(account.terms, account.starts_on, part, account.anchor)
        if pence:
            words = f"Mediation service, {part.first:%-d %B %Y} to {part.last:%-d %B %Y}"
            lines.append(AccruedLine(words, pence))
    if account.starts_on <= on:
        drafted = draft_lines(account, Period(on, on), usage_to=on, tax_point=on)
        lines += [
            AccruedLine(line.description, line.net_pence)
            for line in drafted.lines
            if line.kind != "fee"
        ]
    return Accrued(account.reference, lines, _prepaid(account, on))


def _prepaid(account: Account, on: dt.date) -> int:
    """What was billed for days after a day."""
    return sum(
        fee.net_pence - _earned_by(fee.net_pence, fee.covers, on)
        for fee in account.billed_fees
        if fee.covers.last > on
    )


def _earned_by(net_pence: int, covers: Period, on: dt.date) -> int:
    if covers.first > on:
        return 0
    whole = sum((_weight(part) for part in months_of(covers)), Fraction(0))
    share = sum((_weight(part) for part in months_of(Period(covers.first, on))), Fraction(0))
    return math.floor(net_pence * share / whole + Fraction(1, 2))
