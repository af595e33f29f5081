"""A remittance advice: which invoices one payment is for, as the council's finance writes it. Pure.

Councils send it as CSV, or as a table in an e-mail that is pasted. Either way a row has the number
of an invoice and, last, what is paid of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

_NUMBER = re.compile(r"(?<![A-Z0-9])(INV|CN)[-\s]?(\d{4})[-\s]?(\d{5})(?!\d)", re.IGNORECASE)
_MONEY = re.compile(r"(\()?(-)?\s?£?\s?(\d{1,3}(?:,\d{3})+|\d+)\.(\d{2})(?!\d)(\s?-)?\)?")
MOST_ROWS = 500


class RemittanceRefused(ValueError):
    """The text is no remittance advice that can be read; it says which row, and why."""


@dataclass(frozen=True)
class Told:
    """One row: a document's number and pence with VAT, below zero for what is taken off."""

    number: str
    pence: int


def read_remittance(text: str) -> list[Told]:
    """The rows that name an invoice or a credit note; headings, totals and blank rows are passed.

    Raises:
        RemittanceRefused: no row names one, or a row that does has no amount.
    """
    found = []
    for place, row in enumerate(text.splitlines(), start=1):
        numbers = _NUMBER.findall(row)
        if not numbers:
            continue
        if len(numbers) > 1:
            raise RemittanceRefused(
                f"Row {place} names two documents: put each on a row of its own"
            )
        amounts = _MONEY.findall(_NUMBER.sub(" ", row))
        if not amounts:
            raise RemittanceRefused(
                f"Row {place} has no amount: it must end with one such as 1,250.00"
            )
        opened, minus, pounds, pence, behind = amounts[-1]
        sign = -1 if opened or minus or behind else 1
        (kind, year, number) = numbers[0]
        value = int(pounds.replace(",", "")) * 100 + int(pence)
        found.append(Told(f"{kind.upper()}-{year}-{number}", sign * value))
        if len(found) > MOST_ROWS:
            raise RemittanceRefused(f"It has more than {MOST_ROWS} rows: split it")
    if not found:
        raise RemittanceRefused(
            "No row names an invoice of ours, such as INV-2627-00012 and then 1,250.00"
        )
    return found


def by_invoice(told: Iterable[Told], credits: Mapping[str, str]) -> dict[str, int]:
    """What is paid by invoice, in pence: what a credit note takes off is off its invoice already.

    Args:
        credits: the invoice of each credit note, by number.

    Raises:
        RemittanceRefused: a credit note is not one of ours.
    """
    paid: dict[str, int] = {}
    for row in told:
        if row.number.startswith("CN-"):
            if row.number not in credits:
                raise RemittanceRefused(f"{row.number} is no credit note of this authority")
            invoice = credits[row.number]
            paid[invoice] = paid.get(invoice, 0) - abs(row.pence)
        else:
            paid[row.number] = paid.get(row.number, 0) + row.pence
    return {number: pence for number, pence in paid.items() if pence}
