"""Reads a bank's statement (CSV or camt.053) and says for which invoice each payment may be. Pure.

Nothing is taken for granted: a suggestion says why it was made, and a person confirms it.
"""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import re
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from lxml import etree

MOST_LINES = 5_000
_NUMBER = re.compile(r"INV[-\s]?(\d{4})[-\s]?(\d{5})", re.IGNORECASE)
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d %b %Y", "%d %B %Y")
_COLUMNS = {
    "date": ("date", "transaction date", "value date", "booking date"),
    "amount": ("amount", "value", "amount (gbp)"),
    "credit": ("credit", "paid in", "money in", "credit amount"),
    "debit": ("debit", "paid out", "money out", "debit amount"),
    "reference": ("reference", "description", "narrative", "details", "transaction description"),
    "payer": ("payer", "name", "counterparty", "from", "merchant/description"),
}


class StatementRefused(ValueError):
    """The file is no statement that can be read; the text says what is wrong with it."""


@dataclass(frozen=True)
class BankLine:
    """Money that came in, as the bank says it. `key` is the same whenever the line is read."""

    on: dt.date
    pence: int
    reference: str
    payer: str
    key: str


def read_statement(content: bytes) -> list[BankLine]:
    """The money that came in; what went out is left aside.

    Raises:
        StatementRefused: the file is neither form, or a row cannot be read: none is taken then.
    """
    if content.lstrip()[:1] == b"<" or content.lstrip(b"\xef\xbb\xbf \r\n\t")[:1] == b"<":
        return _keyed(_camt(content))
    return _keyed(_csv(content))


def _keyed(rows: Iterable[tuple[dt.date, int, str, str, str]]) -> list[BankLine]:
    """Two like lines of one file are two payments: each gets its place among its like."""
    lines: list[BankLine] = []
    seen: dict[str, int] = {}
    for on, pence, reference, payer, own in rows:
        told = own or f"{on}|{pence}|{reference}|{payer}"
        seen[told] = seen.get(told, 0) + 1
        digest = hashlib.sha256(f"{told}|{seen[told]}".encode()).hexdigest()[:32]
        lines.append(BankLine(on, pence, reference, payer, f"bank:{digest}"))
        if len(lines) > MOST_LINES:
            raise StatementRefused(f"The file has more than {MOST_LINES} payments: split it")
    return lines


def _csv(content: bytes) -> Iterable[tuple[dt.date, int, str, str, str]]:
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    rows = list(csv.reader(io.StringIO(text)))
    heads = [n for n, row in enumerate(rows[:20]) if _is_heading(_places(row))]
    if not heads:
        raise StatementRefused(
            "The file has no heading with a date and an amount: save the statement as CSV with its "
            "headings, or as camt.053"
        )
    start = heads[0]
    places = _places(rows[start])
    for number, row in enumerate(rows[start + 1 :], start=start + 2):
        if not any(cell.strip() for cell in row):
            continue
        cells = {name: row[at].strip() if at < len(row) else "" for name, at in places.items()}
        if "credit" in places:
            pence = _pence(cells["credit"] or "0", number)
        else:
            pence = _pence(cells["amount"], number)
        if pence <= 0:
            continue
        yield (
            _date(cells["date"], number),
            pence,
            cells.get("reference", ""),
            cells.get("payer", ""),
            "",
        )


def _is_heading(places: dict[str, int]) -> bool:
    return "date" in places and ("amount" in places or "credit" in places)


def _places(row: Sequence[str]) -> dict[str, int]:
    heads = [cell.strip().casefold() for cell in row]
    return {
        name: heads.index(known)
        for name, names in _COLUMNS.items()
        for known in names
        if known in heads
    }


def _date(text: str, row: int) -> dt.date:
    for form in _DATES:
        try:
            return dt.datetime.strptime(text, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    raise StatementRefused(f"Row {row}: {text!r} is no date: write it as 27/03/2026")


def _pence(text: str, row: int) -> int:
    plain = text.replace(",", "").replace("£", "").replace(" ", "").strip()
    if plain.startswith("(") and plain.endswith(")"):
        plain = f"-{plain[1:-1]}"
    try:
        amount = Decimal(plain) * 100
    except InvalidOperation:
        raise StatementRefused(f"Row {row}: {text!r} is no amount") from None
    if not amount.is_finite() or amount != int(amount):
        raise StatementRefused(f"Row {row}: {text!r} is no amount in pounds and pence")
    return int(amount)


def _camt(content: bytes) -> Iterable[tuple[dt.date, int, str, str, str]]:
    # Nothing that the file names is fetched, and no entity of it is opened.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(content, parser)
    except etree.XMLSyntaxError:
        raise StatementRefused("The file is XML, but broken") from None
    if "camt.053" not in (etree.QName(root).namespace or ""):
        raise StatementRefused("The file is XML, but no camt.053 statement")
    for number, entry in enumerate(root.iter("{*}Ntry"), start=1):
        if entry.findtext("{*}CdtDbtInd") != "CRDT":
            continue
        amount = entry.find("{*}Amt")
        if amount is None or amount.get("Ccy") != "GBP":
            raise StatementRefused(f"Entry {number} is not in pounds")
        day = entry.findtext("{*}BookgDt/{*}Dt") or entry.findtext("{*}ValDt/{*}Dt") or ""
        told = [
            text.strip() for text in entry.itertext("{*}Ustrd", "{*}EndToEndId") if text.strip()
        ]
        payer = next((n for n in entry.itertext("{*}Nm") if n.strip()), "")
        own = entry.findtext("{*}AcctSvcrRef") or ""
        yield _date(day[:10], number), _pence(amount.text or "", number), " ".join(told), payer, own


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
    ordered = [i for i in open_invoices if len(i.purchase_order) >= 5 and i.purchase_order in text]
    same = [i for i in ordered if i.owed_pence == line.pence]
    if len(same) == 1:
        return Suggestion((same[0],), 2, "quotes the purchase order and pays what is owed")
    folded = text.casefold()
    theirs = [i for i in open_invoices if i.authority.casefold() in folded]
    exact = [i for i in theirs if i.owed_pence == line.pence]
    if exact:
        return Suggestion((exact[0],), 2, "comes from the authority and pays what is owed")
    if theirs and sum(i.owed_pence for i in theirs) == line.pence:
        return Suggestion(tuple(theirs), 2, "comes from the authority and pays all it owes")
    alone = [i for i in open_invoices if i.owed_pence == line.pence]
    if len(alone) == 1:
        return Suggestion((alone[0],), 1, "is the only invoice of this amount")
    return Suggestion((theirs[0],), 1, "comes from the authority") if theirs else None
