"""Tables that leave the service as a workbook, with what each number means."""

from __future__ import annotations

import datetime as dt
import shutil
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import IO, Any

import xlsxwriter

from tenants.statistics.measures.definitions import COUNTERS, MEDIAN_DAYS, SHARES

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Value = str | int | float | dt.date | None


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table that leaves the service. Shares are fractions of 1.

    Its rows may be read while they are written, once.
    """

    name: str
    title: str
    columns: Sequence[str]
    rows: Iterable[Sequence[Value]]
    notes: Sequence[str] = field(default_factory=tuple)


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
    """A workbook of few rows, to be kept."""
    with xlsx_file(sheets, made_at=made_at) as made:
        return made.read()


def xlsx_file(sheets: Iterable[Sheet], *, made_at: dt.datetime) -> IO[bytes]:
    """A workbook, one sheet a table; the same sheets and moment give the same bytes.

    A row is on disk before the next is asked for. The file has no name, and is gone when it is
    closed: by whoever it is given to.
    """
    made: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115
    # What xlsxwriter keeps of each sheet meanwhile is gone with its folder, whatever happens.
    folder = tempfile.mkdtemp(prefix="workbook-")
    try:
        _write_book(made, sheets, made_at, folder)
        made.seek(0)
    except BaseException:
        made.close()
        raise
    finally:
        shutil.rmtree(folder)
    return made


def _write_book(
    made: IO[bytes], sheets: Iterable[Sheet], made_at: dt.datetime, folder: str
) -> None:
    # Nothing is a formula or a link unless we say so; dates need no time zone.
    options = {
        "constant_memory": True,
        "tmpdir": folder,
        "strings_to_formulas": False,
        "strings_to_urls": False,
    }
    with xlsxwriter.Workbook(made, options) as book:
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
            widths = [max(10, len(name) + 2) for name in sheet.columns]
            for line, row in enumerate(sheet.rows, start=top + 1):
                for column, value in enumerate(row):
                    _write(page, line, column, value, formats, wrap)
                    if value is not None:
                        widths[column] = max(widths[column], len(str(value)) + 2)
            for column, width in enumerate(widths):
                page.set_column(column, column, min(60, width))
            page.freeze_panes(top + 1, 1)
            page.set_landscape()
            page.fit_to_pages(1, 0)
            page.repeat_rows(top)


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
