"""What one cell of a spreadsheet says. Never guesses: what can be read two ways is refused."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping

from saas.reference.upn import read_upn
from saas.reference.written import (
    NotReadable,
    one_line,
    read_email,
    read_name,
    read_postcode,
    read_telephone,
)
from tenants.casework.record import LAW_BEGAN

# As a CSV file (text) or a workbook gives it.
Cell = str | int | float | bool | dt.datetime | dt.date | dt.time | None
Value = str | int | bool | dt.date
Read = Callable[[Cell, dt.date], Value]

LONGEST_TEXT = 500
# A meeting or a step can be ahead, but not so far that the year must be mistyped.
YEARS_AHEAD, OLDEST_YEARS = 2, 30
_ISO = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})(?:[T ]00:00(?::00)?)?")
_BRITISH = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})")
_SHORT_YEAR = re.compile(r"\d{1,2}[/.-]\d{1,2}[/.-]\d{2}")
_ERRORS_OF_EXCEL = {"#N/A", "#VALUE!", "#REF!", "#NAME?", "#DIV/0!", "#NULL!", "#NUM!"}
_YES, _NO = {"yes", "y", "true", "1"}, {"no", "n", "false", "0"}
HOW_TO_WRITE = "write it as 2026-03-25 or 25/03/2026 (day first)"


class CellRefused(ValueError):
    """The cell cannot be read; the text says what would be right, without the cell's own words."""


def is_blank(cell: Cell) -> bool:
    return cell is None or (isinstance(cell, str) and not cell.strip())


def text(cell: Cell, today: dt.date) -> str:
    """Words, in one line; a number that a spreadsheet made of them is written without decimals."""
    if isinstance(cell, bool):
        return "yes" if cell else "no"
    if isinstance(cell, float) and cell.is_integer():
        cell = int(cell)
    if isinstance(cell, dt.date | dt.time):
        raise CellRefused("This is a date: format the cell as text")
    said = one_line(str(cell))
    if said in _ERRORS_OF_EXCEL:
        raise CellRefused("The formula of this cell has failed: put it right or write the value")
    if len(said) > LONGEST_TEXT:
        raise CellRefused(f"This is longer than {LONGEST_TEXT} characters: shorten it")
    return said


def day(cell: Cell, today: dt.date) -> dt.date:
    """A day of a case: from when the law began to a little ahead of today."""
    on = _date(cell, today)
    if on < LAW_BEGAN:
        raise CellRefused("The date must be on or after 1 September 2014, when the law began")
    if on.year > today.year + YEARS_AHEAD:
        raise CellRefused(f"The year {on.year} is too far ahead: check it")
    return on


def birth(cell: Cell, today: dt.date) -> dt.date:
    """A date of birth."""
    born = _date(cell, today)
    if born > today:
        raise CellRefused("The date of birth must be in the past")
    if born.year < today.year - OLDEST_YEARS - 15:
        raise CellRefused("The year of birth is too long ago for a child or young person: check it")
    return born


def _date(cell: Cell, today: dt.date) -> dt.date:
    if isinstance(cell, dt.datetime):
        return cell.date()
    if isinstance(cell, dt.date):
        return cell
    if isinstance(cell, int | float) and not isinstance(cell, bool):
        raise CellRefused("This is a number, not a date: format the cell as a date")
    said = text(cell, today)
    iso, british = _ISO.fullmatch(said), _BRITISH.fullmatch(said)
    if iso:
        year, month, number = map(int, iso.groups())
    elif british:
        number, month, year = map(int, british.groups())
    elif _SHORT_YEAR.fullmatch(said):
        raise CellRefused(f"The year needs four figures: {HOW_TO_WRITE}")
    else:
        raise CellRefused(f"This is not a date: {HOW_TO_WRITE}")
    try:
        return dt.date(year, month, number)
    except ValueError:
        if month > 12 and number <= 12:
            raise CellRefused(f"There is no month {month}: {HOW_TO_WRITE}") from None
        raise CellRefused(f"There is no such day in the calendar: {HOW_TO_WRITE}") from None


def yes_no(cell: Cell, today: dt.date) -> bool:
    said = text(cell, today).casefold()
    if said in _YES:
        return True
    if said in _NO:
        return False
    raise CellRefused("Write yes or no")


def minutes(cell: Cell, today: dt.date) -> int:
    said = text(cell, today)
    if not said.isdigit() or not 1 <= int(said) <= 480:
        raise CellRefused("Write the minutes as a whole number from 1 to 480")
    return int(said)


def written(reader: Callable[[str], str]) -> Read:
    """What a reader of `saas.reference.written` reads, as every form reads it."""

    def read(cell: Cell, today: dt.date) -> str:
        try:
            return reader(text(cell, today))
        except NotReadable as refused:
            raise CellRefused(str(refused)) from None

    return read


name, email = written(read_name), written(read_email)
telephone, postcode = written(read_telephone), written(read_postcode)
upn = written(read_upn)


def sections(cell: Cell, today: dt.date) -> str:
    """Sections of the plan as letters: 'BFI', from 'B, F and I' too."""
    said = text(cell, today).upper().replace(" AND ", " ")
    parts = re.findall(r"H[12]?|[A-K]", said)
    if re.sub(r"[\s,;/&+]", "", said) != "".join(parts):
        raise CellRefused("Write the letters of the plan's sections, such as BFI")
    return "".join(dict.fromkeys(part[0] for part in parts))


def one_of(words: Mapping[str, str]) -> Read:
    """One of some words: the code, or what it is called."""
    by_said = {_folded(code): code for code in words}
    by_said |= {_folded(called): code for code, called in words.items()}

    def read(cell: Cell, today: dt.date) -> str:
        code = by_said.get(_folded(text(cell, today)))
        if code is None:
            raise CellRefused(f"Write one of: {', '.join(words)}")
        return code

    return read


def _folded(said: str) -> str:
    return re.sub(r"[\W_]+", " ", said.casefold()).strip()
