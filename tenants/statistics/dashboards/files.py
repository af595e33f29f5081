"""Tables of figures as files that a page gives out."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response

from saas.web.downloads import csv_file, made_file
from saas.web.today import now
from tenants.statistics.measures.exports import XLSX, Sheet, xlsx_file


def table_file(name: str, sheet: Sheet) -> Response:
    """One table of figures as a CSV file: it has a row a measure or a borough."""
    return csv_file(name, sheet.columns, sheet.rows)


def workbook_file(name: str, sheets: Sequence[Sheet]) -> Response:
    """Tables of any length as one workbook."""
    return made_file(name, XLSX, xlsx_file(sheets, made_at=now()))
