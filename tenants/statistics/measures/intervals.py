"""How far a share of few cases may lie from the truth, and who differs beyond chance. Pure."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Z_95 = 1.959963984540054
# The limits of a funnel: beyond the inner one in 20 falls by chance, beyond the outer one in 500.
INNER, OUTER = 0.05, 0.002
Standing = Literal["as expected", "higher", "lower", "much higher", "much lower", "too few to say"]
# With fewer than this no number of successes would be remarkable.
LEAST = 5


@dataclass(frozen=True, slots=True)
class Interval:
    low: float
    high: float


def wilson(numerator: int, denominator: int, z: float = Z_95) -> Interval | None:
    """The 95% interval of a share (Wilson 1927); None of nothing.

    Raises:
        ValueError: a part larger than the whole, or below nothing.
    """
    if not 0 <= numerator <= denominator:
        raise ValueError(f"{numerator} of {denominator} is no share")
    if denominator == 0:
        return None
    share = numerator / denominator
    squared = z * z / denominator
    middle = (share + squared / 2) / (1 + squared)
    reach = (
        z / (1 + squared) * math.sqrt(share * (1 - share) / denominator + squared / 4 / denominator)
    )
    return Interval(max(0.0, middle - reach), min(1.0, middle + reach))


def _terms(denominator: int, share: float) -> list[float]:
    """The chance of each number of successes."""
    if share <= 0:
        return [1.0] + [0.0] * denominator
    if share >= 1:
        return [0.0] * denominator + [1.0]
    whole = math.lgamma(denominator + 1)
    return [
        math.exp(
            whole
            - math.lgamma(k + 1)
            - math.lgamma(denominator - k + 1)
            + k * math.log(share)
            + (denominator - k) * math.log(1 - share)
        )
        for k in range(denominator + 1)
    ]


def limits(denominator: int, share: float, beyond: float) -> tuple[int, int]:
    """The fewest and the most successes that chance allows, by the exact binomial distribution.

    `beyond` is the chance, for both sides together, of falling outside.
    """
    tail = beyond / 2
    terms = _terms(denominator, share)
    low, below = 0, terms[0]
    while below <= tail and low < denominator:
        low += 1
        below += terms[low]
    high, above = denominator, terms[denominator]
    while above <= tail and high > 0:
        high -= 1
        above += terms[high]
    return low, high


def standing(numerator: int, denominator: int, share: float) -> Standing:
    """Whether a borough differs from the share of all by more than chance."""
    if denominator < LEAST:
        return "too few to say"
    for beyond, more, less in (
        (OUTER, "much higher", "much lower"),
        (INNER, "higher", "lower"),
    ):
        low, high = limits(denominator, share, beyond)
        if numerator > high:
            return more  # type: ignore[return-value]
        if numerator < low:
            return less  # type: ignore[return-value]
    return "as expected"


@dataclass(frozen=True, slots=True)
class FunnelPoint:
    """The limits at one denominator, as shares."""

    denominator: int
    inner_low: float
    inner_high: float
    outer_low: float
    outer_high: float


def funnel(share: float, denominators: Sequence[int]) -> list[FunnelPoint]:
    """The limits for each denominator, for drawing."""
    points = []
    for denominator in denominators:
        inner = limits(denominator, share, INNER)
        outer = limits(denominator, share, OUTER)
        points.append(
            FunnelPoint(
                denominator,
                *(number / denominator for number in inner),
                *(number / denominator for number in outer),
            )
        )
    return points
