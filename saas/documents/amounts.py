"""Money, quantities and rates as they are printed. Exact: pence are never a float."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

_MINUS = "\N{MINUS SIGN}"


def pounds(pence: int) -> str:
    """Pence as pounds: 123456 gives '£1,234.56', -5 gives '−£0.05'."""
    whole, rest = divmod(abs(pence), 100)
    return f"{_MINUS if pence < 0 else ''}£{whole:,}.{rest:02d}"


def quantity_words(quantity: Decimal) -> str:
    """A quantity without idle zeros: '1,200', '0.5'."""
    text = f"{abs(quantity):,f}"
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return f"{_MINUS if quantity < 0 else ''}{text}"


def percent(rate: Decimal) -> str:
    """A rate in percent: Decimal('17.50') gives '17.5%'."""
    return f"{quantity_words(rate)}%"


def to_the_penny(pence: Decimal) -> int:
    """Pence rounded half away from zero, as invoices are."""
    return int(pence.quantize(Decimal(1), rounding=ROUND_HALF_UP))
