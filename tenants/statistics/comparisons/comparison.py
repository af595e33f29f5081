"""The suppressed figures of all subscribers and of the region, as the database gives them out."""

from __future__ import annotations

from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.statistics.measures.definitions import SHARE

BROKEN_DOWN_BECAUSE = (
    "Others are compared by calendar years that are over. Their numbers are sums of all "
    "subscribers, yours included, rounded to 5. A share is not given where it would rest on fewer "
    "than 5 authorities or 5 cases without the largest of them, or where it would let such a one "
    "be worked out."
)
SUPPRESSED_BECAUSE = (
    "Others are compared by calendar years that are over. Their numbers are sums over at least "
    "five authorities beside yours, rounded to 5; what rests on fewer than 5 cases is not given."
)


# The database compares others by these alone, and by these shares.
COMPARED_BREAKDOWNS = frozenset({"stage", "decision_type"})


@dataclass(frozen=True, slots=True)
class Compared:
    """One share of others. Numbers are rounded to 5; the spread is in whole percents."""

    share: str
    place: str
    authorities: int
    numerator: int
    denominator: int
    low: int | None
    middle: int | None
    high: int | None

    @property
    def name(self) -> str:
        return SHARE[self.share].name

    @property
    def percent(self) -> int:
        return round(100 * self.numerator / self.denominator)

    @property
    def spread(self) -> str:
        if self.low is None or self.high is None or self.middle is None:
            return "too few to say"
        return f"{self.low}% to {self.high}%, middle {self.middle}%"


def compared(session: ScopedSession, year: int) -> dict[tuple[str, str], Compared]:
    """By share and place ('subscribers' or 'region'); what is suppressed is not there."""
    rows = session.execute(sa.text("SELECT * FROM measures_compared(:year)"), {"year": year})
    return {(row[0], row[1]): Compared(*row) for row in rows}


@dataclass(frozen=True, slots=True)
class OfAll:
    """One share of all subscribers for a stage or a decision. Numbers are rounded to 5."""

    authorities: int
    numerator: int
    denominator: int

    @property
    def percent(self) -> int:
        return round(100 * self.numerator / self.denominator)


def compared_by(session: ScopedSession, year: int, breakdown: str) -> dict[tuple[str, str], OfAll]:
    """By value of the breakdown and share; what is suppressed is not there.

    Args:
        breakdown: one of `COMPARED_BREAKDOWNS`.
    """
    whole = breakdown == "stage"
    rows = session.execute(sa.text("SELECT * FROM breakdown_compared(:year)"), {"year": year})
    return {
        (stage if whole else decision, share): OfAll(*numbers)
        for stage, decision, share, *numbers in rows
        if (decision is None) is whole
    }
