"""Shares of what was counted, and how numbers compare in words. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from tenants.statistics.measures.definitions import SHARES, Share


@dataclass(frozen=True, slots=True)
class Ratio:
    """A share as it was counted. `value` is None where there was nothing to take a share of."""

    numerator: int
    denominator: int

    @property
    def value(self) -> float | None:
        return self.numerator / self.denominator if self.denominator else None


Counts = Mapping[str, int]


def ratio(share: Share, counts: Counts) -> Ratio:
    """A share, from the counters of one period."""
    return Ratio(counts.get(share.numerator, 0), counts.get(share.denominator, 0))


def ratios(counts: Counts) -> dict[str, Ratio]:
    """Every share, by its key."""
    return {share.key: ratio(share, counts) for share in SHARES}


def change(now: int, before: int, label: str) -> str:
    """How a number compares with an earlier one, in words: '5 more than in 2023'."""
    if now == before:
        return f"the same as in {label}"
    more = "more" if now > before else "fewer"
    return f"{abs(now - before):,} {more} than in {label}"
