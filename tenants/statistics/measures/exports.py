"""Figures as files: CSV and XLSX, with what each number means. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import xlsxwriter

from saas.documents.csv_files import csv_bytes
from tenants.statistics.measures.definitions import COUNTERS, MEDIAN_DAYS, SHARES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Value = str | int | float | dt.date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that leaves the service. Shares are fractions of 1."""

    name: str
    title: str
    columns: Sequence[str]
    rows: Sequence[Sequence[Value]]
    notes: Sequence[str] = field(default_factory=tuple)


def csv_sheet(sheet: Sheet) -> bytes:
    """One table as a CSV file."""
    return csv_bytes(sheet.columns, sheet.rows)


def definition_sheet() -> Sheet:
    """What every number means."""
    rows: list[tuple[str, str, str, str]] = [
        (c.name, c.sentence, "", c.source) for c in (*COUNTERS, MEDIAN_DAYS)
    ]
    rows += [(s.name, s.sentence, f"{s.numerator} / {s.denominator}", s.source) for s in SHARES]
    return Sheet(
        "Definitions",
        "What each number means",
        ("Measure", "Meaning", "Counted as", "Source"),
        rows,
    )


def xlsx_bytes(sheets: Sequence[Sheet], *, made_at: dt.datetime) -> bytes:
    """A workbook, one sheet a table; the same sheets and moment give the same bytes."""
    out = BytesIO()
    # Nothing is a formula or a link unless we say so; dates need no time zone.
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(out, options) as book:
        book.set_properties({"created": made_at.replace(tzinfo=None)})
        bold = book.add_format({"bold": True, "font_size": 14})
        head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        wrap = book.add_format({"text_wrap": True, "valign": "top"})
        percent = book.add_format({"num_format": "0%"})
        number = book.add_format({"num_format": "#,##0"})
        date = book.add_format({"num_format": "d mmm yyyy"})
        formats = {float: percent, int: number, dt.date: date}
        for sheet in sheets:
            page = book.add_worksheet(sheet.name[:31])
            page.write_string(0, 0, sheet.title, bold)
            for line, note in enumerate(sheet.notes, start=1):
                page.write_string(line, 0, note)
            top = len(sheet.notes) + 2
            for column, name in enumerate(sheet.columns):
                page.write_string(top, column, name, head)
                page.set_column(column, column, _width(sheet, column))
            for line, row in enumerate(sheet.rows, start=top + 1):
                for column, value in enumerate(row):
                    _write(page, line, column, value, formats, wrap)
            page.freeze_panes(top + 1, 1)
            page.set_landscape()
            page.fit_to_pages(1, 0)
            page.repeat_rows(top)
    return out.getvalue()


def _write(
    page: Any, line: int, column: int, value: Value, formats: dict[type, Any], wrap: Any
) -> None:
    if value is None:
        page.write_string(line, column, "")
    elif isinstance(value, str):
        page.write_string(line, column, value, wrap)
    elif isinstance(value, dt.date):
        page.write_datetime(line, column, value, formats[dt.date])
    else:
        page.write_number(line, column, value, formats[type(value)])


def _width(sheet: Sheet, column: int) -> int:
    longest = max(
        (len(str(row[column])) for row in sheet.rows if row[column] is not None), default=0
    )
    return min(60, max(10, longest + 2, len(sheet.columns[column]) + 2))
