"""Opens a CSV file or a workbook and gives its rows, each with its number as people see it."""

from __future__ import annotations

import csv
import difflib
import io
import re
import zipfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import cast

from openpyxl import load_workbook
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


def read_sheet(path: Path) -> list[SheetRow]:
    """The rows of a CSV file or of a workbook's first sheet; blank rows are passed over.

    Raises:
        SheetRefused: it is neither, its columns are unknown, missing or there twice, or it holds
            no row.
    """
    found = _workbook(path) if path.suffix.lower() in (".xlsx", ".xlsm") else _csv(path)
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


def _workbook(path: Path) -> Iterator[list[Cell]]:
    try:
        values = load_workbook(path, read_only=True, data_only=True)
        formulas = load_workbook(path, read_only=True)
    except (InvalidFileException, zipfile.BadZipFile, KeyError, OSError, ValueError):
        raise SheetRefused(
            "The workbook cannot be opened: save it as .xlsx and try again"
        ) from None
    try:
        sheets = zip(
            values.worksheets[0].iter_rows(values_only=True),
            formulas.worksheets[0].iter_rows(values_only=True),
            strict=True,
        )
        for row, written in sheets:
            yield [
                NO_VALUE if value is None and isinstance(formula, str) else cast(Cell, value)
                for value, formula in zip(row, written, strict=True)
            ]
    finally:
        values.close()
        formulas.close()
