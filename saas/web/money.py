"""Money and numbers in words. Money is integer pence everywhere but on a page."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

MINUS = "\N{MINUS SIGN}"


def pounds(pence: int) -> str:
    """An amount in pence as pounds: '£1,234.56', and a real minus sign below zero.

    Raises:
        TypeError: the amount is no whole number of pence, so something was computed in floats.
    """
    if type(pence) is not int:
        raise TypeError(f"an amount is a whole number of pence, not {type(pence).__name__}")
    whole, rest = divmod(abs(pence), 100)
    return f"{MINUS if pence < 0 else ''}£{whole:,}.{rest:02}"


def count(number: int) -> str:
    """A count with its thousands apart: '14,493'."""
    return f"{number:,}".replace("-", MINUS)


def percent(part: int, whole: int, places: int = 0) -> str:
    """A share as a percentage, halves rounded up: '18%', '18.3%' with one place.

    A share of nothing is no number: 'none yet'.
    """
    if whole == 0:
        return "none yet"
    step = Decimal(1).scaleb(-places)
    share = (Decimal(part) * 100 / Decimal(whole)).quantize(step, rounding=ROUND_HALF_UP)
    return f"{share}%"
