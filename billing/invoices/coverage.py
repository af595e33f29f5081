"""Whether each day of a contract is billed: no day goes silent, however long ago. Pure.

A fee is billed in advance, so a billing period that has begun is due; one that is over and was not
billed is a gap, of any age.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from billing.contracts.pricing import fee_for
from billing.invoices.drafting import fee_cells, uncovered
from billing.ledger.account import Account, Event
from billing.periods import ONE_DAY, Period


class Covered(StrEnum):
    BILLED = "billed"
    DUE = "due"
    AHEAD = "ahead"
    GAP = "gap"
    ELSEWHERE = "elsewhere"
    FREE = "free"


COVERED_WORDS = {
    Covered.BILLED: "Billed",
    Covered.DUE: "Due now",
    Covered.AHEAD: "Not yet due",
    Covered.GAP: "Never billed",
    Covered.ELSEWHERE: "Billed elsewhere before",
    Covered.FREE: "No fee",
}


@dataclass(frozen=True)
class Stretch:
    """Days of a contract that follow one another and stand alike."""

    days: Period
    state: Covered


def coverage(account: Account, today: dt.date) -> list[Stretch]:
    """Every day of the contract once, in order."""
    billed = [fee.covers for fee in account.billed_fees]
    found: list[Stretch] = []
    for cell in fee_cells(account, account.term):
        open_parts = uncovered(cell, billed)
        state = (
            Covered.AHEAD
            if cell.first > today
            else Covered.GAP
            if cell.last < today
            else Covered.DUE
        )
        found += [Stretch(part, Covered.BILLED) for part in uncovered(cell, open_parts)]
        for part in open_parts:
            # Who pays by use alone has no fee that could be missing.
            nothing = fee_for(account.terms, account.starts_on, part, account.anchor) == 0
            found += _split(part, Covered.FREE if nothing else state, account.billed_from)
    return _joined(sorted(found, key=lambda one: one.days.first))


def _split(part: Period, state: Covered, billed_from: dt.date | None) -> list[Stretch]:
    """Days before the first that is billed here are billed elsewhere."""
    if billed_from is None or part.first >= billed_from:
        return [Stretch(part, state)]
    if part.last < billed_from:
        return [Stretch(part, Covered.ELSEWHERE)]
    return [
        Stretch(Period(part.first, billed_from - ONE_DAY), Covered.ELSEWHERE),
        Stretch(Period(billed_from, part.last), state),
    ]


def _joined(stretches: Iterable[Stretch]) -> list[Stretch]:
    joined: list[Stretch] = []
    for one in stretches:
        last = joined[-1] if joined else None
        if last and last.state is one.state and last.days.last + ONE_DAY == one.days.first:
            joined[-1] = Stretch(Period(last.days.first, one.days.last), one.state)
        else:
            joined.append(one)
    return joined


def gaps(account: Account, today: dt.date) -> list[Period]:
    """The days of past billing periods for which no fee was billed."""
    return [one.days for one in coverage(account, today) if one.state is Covered.GAP]


def use_without_contract(accounts: Sequence[Account]) -> list[Event]:
    """What was used on days that no contract of the authority covers."""
    events = {event.id: event for account in accounts for event in account.events}
    return [
        event
        for event in sorted(events.values(), key=lambda one: (one.on, str(one.id)))
        if event.standing and not any(event.on in account.term for account in accounts)
    ]
