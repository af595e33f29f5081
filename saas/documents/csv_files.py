"""The one writer of CSV files: no cell of what it writes is run by a spreadsheet."""

from __future__ import annotations

import csv
import datetime as dt
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from io import StringIO
from typing import TextIO

CSV = "text/csv; charset=utf-8"
# A spreadsheet takes a text that starts so for a formula, some of them after spaces, and some of
# them in the wide letters of Chinese and Japanese keyboards.
_FORMULA = re.compile(r"^\s*[=+\-@\uff1d\uff0b\uff0d\uff20|%]|^[\t\r\n]")
_NUMBER = re.compile(r"^[+-]?\d+(\.\d+)?$")


def harmless(text: str) -> str:
    """The text as no spreadsheet runs it: a formula with an apostrophe before it.

    Amounts below zero stay numbers.
    """
    return f"'{text}" if _FORMULA.match(text) and not _NUMBER.match(text) else text


def _cell(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dt.date):
        return value.isoformat()
    return harmless(value) if isinstance(value, str) else value


def csv_text(head: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """One table, its columns named in the first row."""
    return "".join(csv_parts(head, rows))


# A part of a file that is sent while it is made has about so many characters.
PART = 16_384


def csv_parts(head: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[str]:
    """The table in parts, of which none waits for a row that is not in it."""
    out = StringIO(newline="")
    writer = csv.writer(out)
    writer.writerow([_cell(name) for name in head])
    for row in rows:
        writer.writerow([_cell(value) for value in row])
        if out.tell() >= PART:
            yield out.getvalue()
            out.seek(0)
            out.truncate()
    if out.tell():
        yield out.getvalue()


def csv_rows(into: TextIO) -> Callable[[Iterable[object]], None]:
    """What writes one row after the other, for a table too large to be held."""
    writer = csv.writer(into)

    def write(row: Iterable[object]) -> None:
        writer.writerow([_cell(value) for value in row])

    return write


def csv_bytes(head: Sequence[str], rows: Iterable[Sequence[object]]) -> bytes:
    """The table in UTF-8, with the mark without which Excel breaks the pound sign."""
    return csv_text(head, rows).encode("utf-8-sig")
