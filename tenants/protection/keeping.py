"""How long a case is kept, and what stops its erasure. Pure.

Sources: UK GDPR article 5(1)(e) (no longer than needed) and 17(3) (not where the law or a claim
needs it); Limitation Act 1980 s.5 (six years for a claim under a contract), which is the rule where
an authority's contract says nothing else.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

DEFAULT_YEARS = 6
DEFAULT_REASON = "a claim can be brought for six years (Limitation Act 1980 s.5)"
LEAST_YEARS, MOST_YEARS = 1, 30

# What keeps a case, by the word that the database says it with.
KEEPS = {
    "open": "the case is not closed",
    "early": "its time is not over",
    "hold": "it is held",
    "restricted": "its data is restricted",
    "appeal": "an appeal is recorded without its outcome",
    "incident": "a breach of this authority's data is open",
    "dispute": "its invoice is disputed and the dispute is not answered",
}


@dataclass(frozen=True)
class Rule:
    """How many years after its end a case is kept, and why."""

    years: int = DEFAULT_YEARS
    reason: str = DEFAULT_REASON
    is_own: bool = False


@dataclass(frozen=True)
class Kept:
    """Until when one case is kept: `until` is the last day, None while the case is open."""

    until: dt.date | None
    rule: Rule
    held: bool

    def is_due(self, today: dt.date) -> bool:
        """Whether it can be erased by its time alone."""
        return self.until is not None and self.until < today and not self.held


def kept_until(closed_on: dt.date, years: int) -> dt.date:
    """The last day on which a case is kept. Of 29 February it is the 28th in a common year."""
    return closed_on + relativedelta(years=years)


def closed_before(today: dt.date, years: int) -> dt.date:
    """Whatever closed before this day is no longer kept today."""
    day = today - relativedelta(years=years)
    # A case that closed on 29 February ends a day earlier in a common year.
    return day + dt.timedelta(days=1) if kept_until(day, years) < today else day


def refusal_words(said: str) -> str:
    """Why the worker did not erase a case, in a sentence without its stop."""
    if not set(said.split()) <= set(KEEPS):
        return "Something went wrong; it is tried again"
    return words_of(said.split()).capitalize()


def words_of(keeps: list[str]) -> str:
    """What keeps a case, in a sentence's end."""
    return "; ".join(KEEPS[one] for one in keeps)
