"""Issue 12, point 11: an order is judged by the period billed, not by the day of issue."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest

from billing.contracts.orders import Order, chosen_order, order_problem

Q1, Q2 = (dt.date(2027, 1, 1), dt.date(2027, 3, 31)), (dt.date(2027, 4, 1), dt.date(2027, 6, 30))


def order(first: dt.date, last: dt.date, *, number: str = "4500", left: int = 100) -> Order:
    return Order(uuid.uuid4(), number, left, first, last)


def test_an_order_that_ended_since_still_pays_for_what_it_was_for() -> None:
    """The invoice of a quarter is made after it, when a yearly order may be over."""
    past = order(dt.date(2026, 4, 1), Q1[1])
    assert chosen_order([past], first=Q1[0], last=Q1[1], net_pence=100) is past


@pytest.mark.parametrize(
    ("valid", "says"),
    [
        ((dt.date(2026, 4, 1), dt.date(2026, 12, 31)), "ended on 31 December 2026"),
        ((dt.date(2026, 4, 1), dt.date(2027, 2, 28)), "ends on 28 February 2027"),
        ((dt.date(2027, 2, 1), dt.date(2028, 1, 31)), "starts on 1 February 2027"),
    ],
)
def test_an_order_that_does_not_cover_the_period_is_named_with_both_days(
    valid: tuple[dt.date, dt.date], says: str
) -> None:
    known = [order(*valid)]
    assert chosen_order(known, first=Q1[0], last=Q1[1], net_pence=100) is None
    words = order_problem(known, first=Q1[0], last=Q1[1], net_pence=100)
    assert says in words
    assert "1 January 2027 to 31 March 2027 is billed" in words


def test_of_two_that_cover_it_the_one_that_ends_first_is_used_up_first() -> None:
    short, long = order(*Q1, number="1"), order(Q1[0], Q2[1], number="2")
    assert chosen_order([long, short], first=Q1[0], last=Q1[1], net_pence=100) is short
    assert chosen_order([long, short], first=Q2[0], last=Q2[1], net_pence=100) is long
    assert chosen_order([long, short], first=Q1[0], last=Q1[1], net_pence=101) is None
