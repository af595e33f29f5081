"""Opens a CSV file or a workbook and gives its rows, each with its number as people see it."""

from __future__ import annotations

import csv
import difflib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from lxml import etree
from openpyxl import Workbook, load_workbook
from openpyxl.utils.exceptions import InvalidFileException

from tenants.imports.cells import Cell, is_blank
from tenants.imports.columns import BY_NAME, COLUMNS

NO_VALUE = "=no value"


class SheetRefused(Exception):
    """The file cannot be read at all; the text says what would be right."""


@dataclass(frozen=True)
class SheetRow:
    """A row with its number in the file (the header is row 1), by column."""

    number: int
    cells: dict[str, Cell]
    # Cells beyond the last column: a comma too many moved them.
    beyond: int = 0


@dataclass(frozen=True)
class ReadSheet:
    """What was read: the rows, of which sheet, and the sheets that were left alone."""

    rows: list[SheetRow]
    # None of a CSV file, which has no sheets.
    name: str | None = None
    left: tuple[str, ...] = ()


def read_sheet(path: Path) -> ReadSheet:
    """The rows of a CSV file or of a workbook's first sheet that is not hidden.

    Blank rows are passed over.

    Raises:
        SheetRefused: it is neither, its columns are unknown, missing or there twice, it holds no
            row, or fewer rows were read than the workbook holds.
    """
    if path.suffix.lower() not in (".xlsx", ".xlsm"):
        return ReadSheet(_rows(_csv(path)))
    with _opened(path) as (values, formulas):
        shown = [page.title for page in values.worksheets if page.sheet_state == "visible"]
        if not shown:
            raise SheetRefused("Every sheet of the workbook is hidden: show the one with the cases")
        name, *left = shown
        rows = _rows(_workbook(values[name], formulas[name]))
        there = filled_rows(path, name) - 1
    if len(rows) != there:
        raise SheetRefused(
            f"The sheet {name!r} holds {there:,} rows below its columns, and {len(rows):,} could be"
            " read: save the workbook once more in Excel, or as 'CSV UTF-8', and try again"
        )
    return ReadSheet(rows, name, tuple(left))


def _rows(found: Iterator[list[Cell]]) -> list[SheetRow]:
    rows = iter(found)
    header = next(rows, None)
    if header is None or all(is_blank(cell) for cell in header):
        raise SheetRefused("The file is empty: its first row must name the columns")
    names = _columns(header)
    kept = []
    for number, cells in enumerate(rows, start=2):
        if all(is_blank(cell) for cell in cells):
            continue
        beyond = sum(not is_blank(cell) for cell in cells[len(names) :])
        kept.append(
            SheetRow(number, {n: c for n, c in zip(names, cells, strict=False) if n}, beyond)
        )
    if not kept:
        raise SheetRefused(
            "The file names its columns and holds no case: add a row below them for each case"
        )
    return kept


def _columns(header: Sequence[Cell]) -> list[str]:
    """The name of each column; blank for a blank one at the end."""
    said = [
        re.sub(r"[\W_]+", "_", str(cell or "").strip().casefold()).strip("_") for cell in header
    ]
    while said and not said[-1]:
        said.pop()
    faults = []
    for place, name in enumerate(said, start=1):
        if not name:
            faults.append(f"Column {place} has no name: name it or delete it")
        elif name not in BY_NAME:
            close = difflib.get_close_matches(name, BY_NAME, n=1)
            meant = f"did you mean {close[0]}?" if close else "delete it, or see --columns"
            faults.append(f"There is no column {name!r}: {meant}")
        elif said.index(name) != place - 1:
            faults.append(f"The column {name} is there twice: delete one")
    missing = [column.name for column in COLUMNS if column.required and column.name not in said]
    faults += [f"The column {name} is missing: add it" for name in missing]
    if faults:
        raise SheetRefused("\n".join(faults))
    return said


def _csv(path: Path) -> Iterator[list[Cell]]:
    content = path.read_bytes()
    if content[:2] in (b"\xff\xfe", b"\xfe\xff") or b"\0" in content[:4096]:
        raise SheetRefused("This is not a CSV file in UTF-8: save it as 'CSV UTF-8' or as .xlsx")
    try:
        said = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # What Excel on Windows saves as plain CSV; it leaves five codes without a sign.
        try:
            said = content.decode("cp1252")
        except UnicodeDecodeError:
            raise SheetRefused(
                "The letters of the file cannot be read: save it as 'CSV UTF-8'"
            ) from None
    first = said.split("\n", 1)[0]
    delimiter = ";" if first.count(";") > first.count(",") else ","
    try:
        yield from cast(
            Iterable[list[Cell]], csv.reader(io.StringIO(said, newline=""), delimiter=delimiter)
        )
    except csv.Error as why:
        raise SheetRefused(f"The CSV file is broken: {why}") from None


@contextmanager
def _opened(path: Path) -> Iterator[tuple[Workbook, Workbook]]:
    """The workbook with the values of its formulas, and with the formulas."""
    try:
        values = load_workbook(path, read_only=True, data_only=True)
        formulas = load_workbook(path, read_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError):
        raise SheetRefused(
            "The workbook cannot be opened: save it as .xlsx and try again"
        ) from None
    try:
        yield values, formulas
    finally:
        values.close()
        formulas.close()


def _workbook(values: Any, formulas: Any) -> Iterator[list[Cell]]:
    for page in (values, formulas):
        # What a program wrote beside the rows about their extent may be wrong.
        page.reset_dimensions()
    pairs = zip(
        values.iter_rows(values_only=True), formulas.iter_rows(values_only=True), strict=True
    )
    for row, written in pairs:
        yield [
            NO_VALUE if value is None and isinstance(formula, str) else cast(Cell, value)
            for value, formula in zip(row, written, strict=True)
        ]


_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_TO = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def filled_rows(path: Path, name: str) -> int:
    """How many rows of the sheet hold anything, counted in the file itself and not by its reader.

    Raises:
        SheetRefused: the workbook is not put together as one is.
    """
    count = 0
    try:
        with zipfile.ZipFile(path) as parts:
            sheets = etree.fromstring(parts.read("xl/workbook.xml"), _parser())
            key = next(
                one.get(_TO) for one in sheets.iter(f"{_MAIN}sheet") if one.get("name") == name
            )
            links = etree.fromstring(parts.read("xl/_rels/workbook.xml.rels"), _parser())
            target = next(str(one.get("Target")) for one in links if one.get("Id") == key)
            inside = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
            blank = _blank_texts(parts)
            with parts.open(inside) as sheet:
                for _, row in etree.iterparse(sheet, tag=f"{_MAIN}row", resolve_entities=False):
                    count += any(_says_something(cell, blank) for cell in row.iter(f"{_MAIN}c"))
                    row.clear()
    except (KeyError, StopIteration, zipfile.BadZipFile, etree.XMLSyntaxError):
        raise SheetRefused(
            "The workbook cannot be read whole: save it once more in Excel, and try again"
        ) from None
    return count


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True)


def _blank_texts(parts: zipfile.ZipFile) -> set[str]:
    """The numbers of the shared texts that are blank."""
    if "xl/sharedStrings.xml" not in parts.namelist():
        return set()
    texts = etree.fromstring(parts.read("xl/sharedStrings.xml"), _parser())
    return {
        str(number)
        for number, text in enumerate(texts.iter(f"{_MAIN}si"))
        if not "".join(text.itertext()).strip()
    }


def _says_something(cell: Any, blank: set[str]) -> bool:
    """Whether a cell has a value or a formula that is not blank."""
    if cell.find(f"{_MAIN}f") is not None:
        return True
    text = "".join(cell.itertext()).strip()
    return bool(text) and not (cell.get("t") == "s" and text in blank)
