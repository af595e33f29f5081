"""Purchase orders: whether a number is written as the authority writes them, what is left of one,
and which one an invoice draws on. No database."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

WARN_AT_PERCENT = 80
WARN_DAYS = 30


@dataclass(frozen=True)
class Order:
    """A purchase order and what was drawn on it, in pence without VAT."""

    id: uuid.UUID
    number: str
    value_pence: int
    valid_from: dt.date
    valid_to: dt.date
    drawn_pence: int = 0
    closed_on: dt.date | None = None

    @property
    def left_pence(self) -> int:
        return self.value_pence - self.drawn_pence

    def valid_on(self, day: dt.date) -> bool:
        return self.covers(day, day)

    def covers(self, first: dt.date, last: dt.date) -> bool:
        """Whether it is for the whole of a period that is billed, whenever the invoice is made."""
        return self.closed_on is None and self.valid_from <= first and last <= self.valid_to

    def state(self, today: dt.date) -> str:
        """How it stands: closed, expired, to come, used up or open."""
        if self.closed_on is not None:
            return "closed"
        if self.valid_to < today:
            return "expired"
        if self.left_pence <= 0:
            return "used up"
        return "to come" if self.valid_from > today else "open"


def number_pattern(form: str) -> re.Pattern[str]:
    """The form of a number as a pattern: '#' is a digit, '@' a letter, the rest itself."""
    parts = {"#": "[0-9]", "@": "[A-Z]"}
    return re.compile("".join(parts.get(sign, re.escape(sign)) for sign in form.upper()))


def number_refusal(number: str, form: str | None) -> str | None:
    """Why the number is not one of the authority's; None when it may be."""
    if not number:
        return "Enter the number of the purchase order"
    if form and not number_pattern(form).fullmatch(number):
        said = form.replace("#", "0").replace("@", "A")
        return f"This authority's purchase orders look like {said}: check the number"
    return None


def chosen_order(
    orders: Iterable[Order], *, first: dt.date, last: dt.date, net_pence: int
) -> Order | None:
    """The order an invoice draws on: it covers the period, has enough left, and ends first."""
    fit = [o for o in orders if o.covers(first, last) and o.left_pence >= net_pence]
    return min(fit, key=lambda o: (o.valid_to, o.number)) if fit else None


@dataclass(frozen=True)
class Draw:
    """What an invoice draws on one order, in pence without VAT."""

    order: Order
    net_pence: int


def draws(
    orders: Iterable[Order], *, first: dt.date, last: dt.date, net_pence: int
) -> tuple[Draw, ...]:
    """What an invoice draws, and on which orders: on one that has enough, or else on several that
    cover the period, those that end first emptied first. None where all of them are too little."""
    known = list(orders)
    one = chosen_order(known, first=first, last=last, net_pence=net_pence)
    if one is not None:
        return (Draw(one, net_pence),)
    fit = [o for o in known if o.covers(first, last) and o.left_pence > 0]
    found, wanted = [], net_pence
    for order in sorted(fit, key=lambda o: (o.valid_to, o.number)):
        taken = min(order.left_pence, wanted)
        if taken > 0:
            found.append(Draw(order, taken))
            wanted -= taken
    return tuple(found) if wanted == 0 else ()


# Between the numbers of several orders that an invoice quotes.
BETWEEN = ", "


def numbers_in(quoted: str) -> list[str]:
    """The orders' numbers in what an invoice quotes."""
    return [number for number in quoted.split(BETWEEN) if number]


def numbers_of(drawn: Iterable[Draw]) -> str:
    """The orders' numbers as an invoice quotes them; '' where it draws on none."""
    return BETWEEN.join(draw.order.number for draw in drawn)


def draws_in_words(drawn: Iterable[Draw]) -> str:
    """'£5,000.00 on 4500118273, £300.00 on 4500118274'."""
    return ", ".join(f"£{draw.net_pence / 100:,.2f} on {draw.order.number}" for draw in drawn)


def order_problem(orders: Iterable[Order], *, first: dt.date, last: dt.date, net_pence: int) -> str:
    """Why none of the orders will do for a period, in words for finance."""
    known = list(orders)
    if not known:
        return "There is no purchase order"
    valid = [o for o in known if o.covers(first, last)]
    if not valid:
        if all(o.closed_on is not None for o in known):
            return "Every purchase order is closed"
        latest = max((o for o in known if o.closed_on is None), key=lambda o: o.valid_to)
        billed = f"{first:%-d %B %Y} to {last:%-d %B %Y} is billed"
        if latest.valid_to < first:
            ended = f"{latest.valid_to:%-d %B %Y}"
            return f"The last purchase order, {latest.number}, ended on {ended}: {billed}"
        if latest.valid_to < last:
            ends = f"{latest.valid_to:%-d %B %Y}"
            return f"Purchase order {latest.number} ends on {ends}: {billed}"
        return f"Purchase order {latest.number} starts on {latest.valid_from:%-d %B %Y}: {billed}"
    together = sum(max(0, o.left_pence) for o in valid)
    if len(valid) > 1 and together > 0:
        return (
            f"The purchase orders for the period have £{together / 100:,.2f} left together, "
            f"£{(net_pence - together) / 100:,.2f} too little"
        )
    best = max(valid, key=lambda o: o.left_pence)
    short = net_pence - best.left_pence
    return (
        f"Purchase order {best.number} has £{best.left_pence / 100:,.2f} left, "
        f"£{short / 100:,.2f} too little"
    )


def order_warnings(order: Order, *, today: dt.date) -> list[str]:
    """What somebody should do something about soon."""
    if not order.valid_on(today):
        return []
    warnings = []
    if order.drawn_pence * 100 >= order.value_pence * WARN_AT_PERCENT:
        used = order.drawn_pence * 100 // order.value_pence
        warnings.append(f"{used}% of purchase order {order.number} is used")
    days = (order.valid_to - today).days
    if days <= WARN_DAYS:
        left = "today" if days == 0 else f"in {days} {'day' if days == 1 else 'days'}"
        warnings.append(f"Purchase order {order.number} ends {left}")
    return warnings
