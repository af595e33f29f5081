"""Reads what a bank gives as a CSV file, as British banks write it. Pure.

The headings are those of the banks' own exports; a file that none of them fits is refused with its
row and the reason, and none of it is taken. Money that went out is never read as money that came.
"""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

# More than any invoice of ours, and less than a column of account numbers.
MOST_PENCE = 10_000_000_000
SEPARATORS = (",", ";", "\t", "|")
# Where a heading may stand: some banks write the account and the period above it.
HEADING_WITHIN = 30
_DATES = ("%Y-%m-%d", "%d/%m/%Y", "%d/%m/%y", "%d-%m-%Y", "%d.%m.%Y", "%d %b %Y", "%d %B %Y",
          "%d-%b-%Y", "%d-%b-%y", "%Y/%m/%d", "%Y%m%d")  # fmt: skip
_TIME_OF_DAY = re.compile(r"(?<=\d)[T ]\d{1,2}:\d{2}(:\d{2})?(\.\d+)?\s*(Z|[+-]\d{2}:?\d{2})?$")
_TOTALS = re.compile(
    r"\b(total|subtotal|balance|brought forward|carried forward|opening|closing)\b", re.IGNORECASE
)
# Headings by what they hold. The first that is there counts; of words, all are read.
_COLUMNS: Mapping[str, tuple[str, ...]] = {
    "date": ("date", "transaction date", "post date", "posting date", "booking date",
             "completed date", "date completed", "value date", "entry date"),
    "amount": ("amount", "value", "amount (gbp)", "amount gbp", "amount (£)", "amount £",
               "transaction amount", "net amount"),
    "credit": ("credit", "credits", "credit amount", "paid in", "paid in (£)", "money in",
               "money in (£)", "receipts", "credit (£)", "amount in"),
    "debit": ("debit", "debits", "debit amount", "paid out", "paid out (£)", "money out",
              "money out (£)", "payments", "withdrawals", "debit (£)", "amount out"),
    "balance": ("balance", "balance (gbp)", "balance (£)", "running balance", "ledger balance"),
    "sign": ("debit/credit", "credit/debit", "dr/cr", "cr/dr", "d/c", "credit debit indicator",
             "trn type", "direction"),
}  # fmt: skip
# What an earlier release took for the reference and the payer: the key of a line comes from them.
_REFERENCES = ("reference", "description", "narrative", "details", "transaction description")
_PAYERS = ("payer", "name", "counterparty", "from", "merchant/description")
_MORE_REFERENCES = ("memo", "customer reference", "payment reference", "particulars", "notes",
                    "notes and #tags", "transaction details", "additional information",
                    "bank reference")  # fmt: skip
_MORE_PAYERS = ("counter party", "counterparty name", "payee", "payer/payee", "account name from",
                "sender", "remitter", "paid by")  # fmt: skip


class StatementRefused(ValueError):
    """The file is no statement that can be read; the text says what is wrong with it."""


class HeadingsUnknown(StatementRefused):
    """It may be one whose columns somebody can name."""


@dataclass(frozen=True)
class Read:
    """A receipt as the file says it. `told` is what its key is made of."""

    on: dt.date
    pence: int
    reference: str
    payer: str
    told: str


@dataclass(frozen=True)
class Layout:
    """What the columns of a file hold, as somebody said: a key of the columns below, 'reference',
    'payer', or '' for what is of no use. Without headings the file is known by its width."""

    separator: str
    headings: tuple[str, ...]
    columns: tuple[str, ...]

    @property
    def heads(self) -> list[str]:
        """The columns under headings that are known."""
        known = {role: names[0] for role, names in _COLUMNS.items()}
        known |= {"reference": _REFERENCES[0], "payer": _PAYERS[0]}
        return [known.get(role, f"column {place}") for place, role in enumerate(self.columns)]

    def starts_in(self, rows: Sequence[Sequence[str]]) -> int | None:
        """The row before its first payment, counted from 0; None where the file is another's."""
        if self.headings:
            wanted = [head.strip().casefold() for head in self.headings]
            for place, row in enumerate(rows[:HEADING_WITHIN]):
                if [cell.strip().casefold() for cell in row] == wanted:
                    return place
            return None
        at = self.columns.index("date")
        for place, row in enumerate(rows[:HEADING_WITHIN]):
            if len(row) == len(self.columns) and _is_day(row[at]):
                return place - 1
        return None


def read_csv(content: bytes, layouts: Sequence[Layout] = ()) -> Iterator[Read]:
    """The receipts of a CSV file.

    Args:
        layouts: what was said of files like it, which goes before what their headings say.

    Raises:
        StatementRefused: no heading is known, or a row cannot be read.
    """
    text = decoded(content)
    rows, start, heads = _told(text, layouts) or _table(text)
    table = _Table(heads)
    numbered = [
        (number, row)
        for number, row in enumerate(rows[start + 1 :], start=start + 2)
        if any(cell.strip() for cell in row)
    ]
    kept = [(n, row) for n, row in numbered if not table.is_total(row)]
    signs = table.signs([row for _, row in kept], [n for n, _ in kept])
    for (number, row), sign in zip(kept, signs, strict=True):
        pence = table.pence(row, number)
        if sign > 0 and pence > 0:
            yield table.read(row, number, pence)


def decoded(content: bytes) -> str:
    marked = content.startswith((b"\xff\xfe", b"\xfe\xff"))
    name = "utf-16" if marked else "utf-8-sig"
    try:
        text = content.decode(name)
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")
    if "\x00" in text:
        raise StatementRefused("The file is no text: save the statement as CSV, or as camt.053")
    # Old exports end a line with a bare carriage return.
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _told(
    text: str, layouts: Sequence[Layout]
) -> tuple[list[list[str]], int, Sequence[str]] | None:
    """The rows, where they begin and what they hold, as the first layout that fits says it."""
    for layout in layouts:
        try:
            rows = _parted(text, layout.separator)
        except csv.Error:
            continue
        start = layout.starts_in(rows)
        if start is not None:
            return rows, start, layout.heads
    return None


def _parted(text: str, separator: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text), delimiter=separator, skipinitialspace=True))


def _table(text: str) -> tuple[list[list[str]], int, Sequence[str]]:
    """The rows, where their heading stands, and the heading."""
    for separator in SEPARATORS:
        try:
            rows = _parted(text, separator)
        except csv.Error as fault:
            raise StatementRefused(f"The file is no CSV that can be read: {fault}") from None
        for place, row in enumerate(rows[:HEADING_WITHIN]):
            heads = {cell.strip().casefold() for cell in row}
            if heads.intersection(_COLUMNS["date"]) and heads.intersection(
                (*_COLUMNS["amount"], *_COLUMNS["credit"])
            ):
                return rows, place, [cell.strip().casefold() for cell in row]
    first = next((line for line in text.splitlines() if line.strip()), "")
    raise HeadingsUnknown(
        "The file has no heading with a date and an amount. Its first line is "
        f"{first[:80]!r}: save the statement as CSV with its headings, or as camt.053"
    )


class _Table:
    """Rows under known headings."""

    def __init__(self, heads: Sequence[str]) -> None:
        self._heads = heads
        self._at = {
            name: heads.index(known)
            for name, names in _COLUMNS.items()
            for known in reversed(names)
            if known in heads
        }
        # A column of credits and one of amounts: the amounts have the sign of both.
        self._by_sides = "credit" in self._at

    def _cell(self, row: Sequence[str], name: str) -> str:
        at = self._at.get(name)
        return row[at].strip() if at is not None and at < len(row) else ""

    def _words(self, row: Sequence[str], names: Sequence[str]) -> list[str]:
        found = [
            " ".join(row[self._heads.index(name)].split())
            for name in names
            if name in self._heads and self._heads.index(name) < len(row)
        ]
        return [word.lstrip("'") for word in dict.fromkeys(found) if word]

    def is_total(self, row: Sequence[str]) -> bool:
        """Whether a row without a day sums up others."""
        return not self._cell(row, "date") and bool(_TOTALS.search(" ".join(row)))

    def pence(self, row: Sequence[str], number: int) -> int:
        """What a row moves: above zero where it says that money came in."""
        if self._by_sides:
            credit = pence_of(self._cell(row, "credit") or "0", number)
            debit = pence_of(self._cell(row, "debit") or "0", number)
            if credit > 0 and debit == 0:
                return credit
            return -abs(debit) if debit else min(credit, 0)
        return pence_of(self._cell(row, "amount"), number)

    def signs(self, rows: Sequence[Sequence[str]], numbers: Sequence[int]) -> list[int]:
        """-1 where the file says beside the amount that the money went out; else 1.

        Raises:
            StatementRefused: the file writes debits without a sign, and of a row it cannot be told.
        """
        said = [self._said(row) for row in rows]
        if self._by_sides or any(said):
            return [-1 if one == "out" else 1 for one in said]
        amounts = [self.pence(row, n) for row, n in zip(rows, numbers, strict=True)]
        if any(amount < 0 for amount in amounts) or "balance" not in self._at:
            return [1] * len(rows)
        return self._by_balance(rows, numbers, amounts)

    def _said(self, row: Sequence[str]) -> str:
        word = self._cell(row, "sign").casefold()
        if word in ("d", "dr", "debit", "dbit", "out", "-"):
            return "out"
        return "in" if word in ("c", "cr", "credit", "crdt", "in", "+") else ""

    def _by_balance(
        self, rows: Sequence[Sequence[str]], numbers: Sequence[int], amounts: Sequence[int]
    ) -> list[int]:
        """Of a file that writes no sign, the balances tell which way the money went."""
        balances = [
            pence_of(text, n) if (text := self._cell(row, "balance")) else None
            for row, n in zip(rows, numbers, strict=True)
        ]
        for step in (1, -1):  # the oldest first, or the newest
            signs: list[int] = []
            unknown = []
            for place, amount in enumerate(amounts):
                before = place - step
                now = balances[place]
                then = balances[before] if 0 <= before < len(balances) else None
                if now is None or then is None:
                    unknown.append(numbers[place])
                    signs.append(1)
                    continue
                if abs(now - then) != amount:
                    break
                signs.append(1 if now > then else -1)
            else:
                if unknown and -1 in signs:
                    raise StatementRefused(
                        f"Row {unknown[0]}: the file does not say whether this came in or went"
                        " out. Save the statement with a sign, or with columns for both"
                    )
                return signs
        return [1] * len(rows)

    def read(self, row: Sequence[str], number: int, pence: int) -> Read:
        on = day_of(self._cell(row, "date"), number)
        first = self._words(row, _REFERENCES)[:1]
        payers = self._words(row, _PAYERS)
        told = f"{on}|{pence}|{''.join(first)}|{''.join(payers[:1])}"
        words = self._words(row, (*_REFERENCES, *_MORE_REFERENCES))
        named = self._words(row, (*_PAYERS, *_MORE_PAYERS))
        return Read(on, pence, " ".join(words), " ".join(named[:1]), told)


def _is_day(text: str) -> bool:
    try:
        day_of(text, 0)
    except StatementRefused:
        return False
    return True


def day_of(text: str, row: int) -> dt.date:
    """A day, with or without a time.

    Raises:
        StatementRefused: naming the row.
    """
    plain = _TIME_OF_DAY.sub("", text.strip())
    for form in _DATES:
        try:
            return dt.datetime.strptime(plain, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    raise StatementRefused(f"Row {row}: {text!r} is no date: write it as 27/03/2026")


def pence_of(text: str, row: int) -> int:
    """An amount in pence: '1,200.50', '£900.00 DR', '(12.00)', '1.234,56'.

    Raises:
        StatementRefused: naming the row.
    """
    plain = re.sub(r"[£\s\u00a0+]|GBP", "", text)
    sign = 1
    if plain.startswith("(") and plain.endswith(")"):
        plain, sign = plain[1:-1], -1
    ends = re.fullmatch(r"(.*?)(DR|CR|D|C|-)", plain, re.IGNORECASE)
    if ends:
        plain, sign = ends[1], -1 if ends[2].upper() in ("DR", "D", "-") else sign
    if plain.startswith(("-", "\u2212")):
        plain, sign = plain[1:], -sign
    if re.fullmatch(r"\d{1,3}(\.\d{3})+,\d{2}|\d+,\d{2}", plain):
        plain = plain.replace(".", "").replace(",", ".")
    plain = plain.replace(",", "")
    if not re.fullmatch(r"\d*\.?\d+|\d+\.", plain):
        raise StatementRefused(f"Row {row}: {text!r} is no amount")
    amount = Decimal(plain) * 100
    if amount != int(amount) or amount > MOST_PENCE:
        raise StatementRefused(f"Row {row}: {text!r} is no amount in pounds and pence")
    return sign * int(amount)
