"""Intervals and funnels, against published values and by what must hold of any numbers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenants.statistics.measures.intervals import INNER, OUTER, funnel, limits, standing, wilson


@pytest.mark.parametrize(
    ("numerator", "denominator", "low", "high"),
    [
        # Newcombe 1998, Statistics in Medicine 17: 857-872, table I, method 3.
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_interval_is_wilsons(numerator: int, denominator: int, low: float, high: float) -> None:
    interval = wilson(numerator, denominator)
    assert interval is not None
    assert interval.low == pytest.approx(low, abs=0.0001)
    assert interval.high == pytest.approx(high, abs=0.0001)


def test_of_nothing_there_is_no_interval() -> None:
    assert wilson(0, 0) is None
    with pytest.raises(ValueError, match="no share"):
        wilson(3, 2)


@given(st.integers(1, 500).flatmap(lambda d: st.tuples(st.integers(0, d), st.just(d))))
def test_an_interval_holds_its_share_and_narrows_with_more_cases(pair: tuple[int, int]) -> None:
    numerator, denominator = pair
    few, many = wilson(numerator, denominator), wilson(10 * numerator, 10 * denominator)
    assert few is not None and many is not None
    assert 0 <= few.low <= numerator / denominator + 1e-12
    assert numerator / denominator - 1e-12 <= few.high <= 1
    assert many.high - many.low < few.high - few.low


@given(st.integers(1, 200), st.floats(0.02, 0.98))
def test_chance_stays_inside_the_limits_as_often_as_they_say(
    denominator: int, share: float
) -> None:
    from math import comb

    for beyond in (INNER, OUTER):
        low, high = limits(denominator, share, beyond)
        inside = sum(
            comb(denominator, k) * share**k * (1 - share) ** (denominator - k)
            for k in range(low, high + 1)
        )
        assert inside >= 1 - beyond - 1e-9
    inner, outer = limits(denominator, share, INNER), limits(denominator, share, OUTER)
    assert outer[0] <= inner[0] <= inner[1] <= outer[1]


def test_a_small_borough_is_not_called_an_outlier_by_chance() -> None:
    assert standing(0, 4, 0.8) == "too few to say"
    assert standing(3, 6, 0.8) == "as expected"
    assert standing(48, 60, 0.8) == "as expected"
    assert standing(32, 60, 0.8) == "much lower"
    assert standing(60, 60, 0.8) == "much higher"


def test_the_funnel_narrows() -> None:
    points = funnel(0.8, [10, 50, 250])
    widths = [point.outer_high - point.outer_low for point in points]
    assert widths == sorted(widths, reverse=True)
