"""What a bank's statement holds, and for which invoice each payment may be. Pure.

Nothing is taken for granted: a suggestion says why it was made, and a person confirms it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from billing.contracts.orders import numbers_in
from billing.payments.bank_files import Layout, Read, StatementRefused, read_csv
from billing.payments.camt_files import read_camt

MOST_LINES = 5_000
_NUMBER = re.compile(r"(?<![A-Z0-9])INV[-\s]?(\d{4})[-\s]?(\d{5})(?!\d)", re.IGNORECASE)
# Beside an authority's name these say that it pays, and not somebody who bears the name of a place.
_COUNCIL = frozenset(
    (
        *("council", "councils", "borough", "boro", "county", "city", "unitary", "authority"),
        *("mbc", "lbc", "lb", "bc", "cc", "dc", "mdc", "rbc"),
        *("sen", "send", "education", "children", "childrens"),
    )
)
__all__ = ["BankLine", "OpenInvoice", "StatementRefused", "Suggestion", "read_statement", "suggest"]


@dataclass(frozen=True)
class BankLine:
    """Money that came in, as the bank says it. `key` is the same whenever the line is read."""

    on: dt.date
    pence: int
    reference: str
    payer: str
    key: str


def read_statement(content: bytes, layouts: Sequence[Layout] = ()) -> list[BankLine]:
    """The money that came in; what went out is left aside.

    Args:
        layouts: what finance said of files whose headings are not known.

    Raises:
        StatementRefused: the file is neither form, or a row cannot be read: none is taken then.
    """
    xml = content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<"
    return _keyed(read_camt(content) if xml else read_csv(content, layouts))


def _keyed(rows: Iterable[Read]) -> list[BankLine]:
    """Two like lines of one file are two payments: each gets its place among its like."""
    lines: list[BankLine] = []
    seen: dict[str, int] = {}
    for row in rows:
        told = row.told or f"{row.on}|{row.pence}|{row.reference}|{row.payer}"
        seen[told] = seen.get(told, 0) + 1
        digest = hashlib.sha256(f"{told}|{seen[told]}".encode()).hexdigest()[:32]
        lines.append(BankLine(row.on, row.pence, row.reference, row.payer, f"bank:{digest}"))
        if len(lines) > MOST_LINES:
            raise StatementRefused(f"The file has more than {MOST_LINES} payments: split it")
    return lines


@dataclass(frozen=True)
class OpenInvoice:
    """An invoice on which something is owed, as far as matching needs it. Pence with VAT."""

    id: uuid.UUID
    tenant_id: uuid.UUID
    authority: str
    number: str
    purchase_order: str
    owed_pence: int


@dataclass(frozen=True)
class Suggestion:
    """Which invoices a line may pay, how sure that is (3 certain, 1 a guess), and why."""

    invoices: tuple[OpenInvoice, ...]
    sureness: int
    why: str


def suggest(line: BankLine, open_invoices: Sequence[OpenInvoice]) -> Suggestion | None:
    """What a payment is probably for; None when nothing speaks for any invoice."""
    text = f"{line.reference} {line.payer}"
    named = {f"INV-{a}-{b}" for a, b in _NUMBER.findall(text)}
    by_number = tuple(i for i in open_invoices if i.number in named)
    if by_number and len({i.tenant_id for i in by_number}) == 1:
        owed = sum(i.owed_pence for i in by_number)
        if owed == line.pence:
            return Suggestion(by_number, 3, "quotes the number and pays what is owed")
        return Suggestion(by_number, 2, f"quotes the number, but £{owed / 100:,.2f} is owed")
    ordered = [
        i
        for i in open_invoices
        if any(len(one) >= 5 and _is_word(one, text) for one in numbers_in(i.purchase_order))
    ]
    same = [i for i in ordered if i.owed_pence == line.pence]
    if len(same) == 1:
        return Suggestion((same[0],), 2, "quotes the purchase order and pays what is owed")
    theirs = [i for i in open_invoices if i.authority in _payers(text, open_invoices)]
    exact = [i for i in theirs if i.owed_pence == line.pence]
    if exact:
        return Suggestion((exact[0],), 2, "comes from the authority and pays what is owed")
    if theirs and sum(i.owed_pence for i in theirs) == line.pence:
        return Suggestion(tuple(theirs), 2, "comes from the authority and pays all it owes")
    alone = [i for i in open_invoices if i.owed_pence == line.pence]
    if len(alone) == 1:
        return Suggestion((alone[0],), 1, "is the only invoice of this amount")
    return Suggestion((theirs[0],), 1, "comes from the authority") if theirs else None


def _is_word(wanted: str, text: str) -> bool:
    """Whether a reference stands alone: 12345 is not in 9912345678."""
    return (
        re.search(rf"(?<![A-Za-z0-9]){re.escape(wanted)}(?![A-Za-z0-9])", text, re.IGNORECASE)
        is not None
    )


def _payers(text: str, open_invoices: Sequence[OpenInvoice]) -> set[str]:
    """The authorities that a text may be of: by whole words, and as a council says its name.

    Of names that hold one another the longest counts; where several are left, none does.
    """
    words = re.findall(r"[a-z0-9]+", text.casefold().replace("'", ""))
    found = set()
    for name in {i.authority for i in open_invoices}:
        parts = re.findall(r"[a-z0-9]+", name.casefold().replace("'", ""))
        places = range(len(words) - len(parts) + 1)
        there = any(words[place : place + len(parts)] == parts for place in places)
        if there and (len(words) == len(parts) or _COUNCIL.intersection(words)):
            found.add(name)
    longest = {
        name
        for name in found
        if not any(name != other and name.casefold() in other.casefold() for other in found)
    }
    return longest if len(longest) == 1 else set()
