"""The text of whatever a page, an export or a document says."""

from __future__ import annotations

import html
import io
import zipfile

import openpyxl
import pypdf
from werkzeug.wrappers import Response


def said_by(answer: Response) -> str:
    """Everything a reader could find in an answer: its headers, its text, what is inside a file.

    Raises:
        AssertionError: a kind of file that nothing here can read.
    """
    kind = answer.mimetype or ""
    headers = "\n".join(f"{name}: {value}" for name, value in answer.headers)
    if kind == "application/pdf" and not answer.data.startswith(b"%PDF-"):
        return headers + answer.get_data(as_text=True)  # a marked file, as it was put there
    if kind == "application/pdf":
        return headers + _pdf(answer.data)
    if kind == "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet":
        return headers + _workbook(answer.data)
    if kind == "application/zip" and not answer.data.startswith(b"PK"):
        return headers + answer.get_data(as_text=True)  # a marked file, as it was put there
    if kind == "application/zip":
        return headers + _parcel(answer.data)
    if (
        kind.startswith("text/")
        or kind.endswith("+json")
        or kind in ("application/json", "image/svg+xml", "application/xml")
    ):
        return headers + html.unescape(answer.get_data(as_text=True))
    assert not answer.data, f"say in tests/walls/reading.py how {kind} is read"
    return headers


def _parcel(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return "\n".join(
            f"{name}\n{file.read(name).decode('utf-8', 'replace')}" for name in file.namelist()
        )


def _pdf(content: bytes) -> str:
    paper = pypdf.PdfReader(io.BytesIO(content))
    pages = [page.extract_text() for page in paper.pages]
    attached = [
        part.decode("utf-8", "replace") for parts in paper.attachments.values() for part in parts
    ]
    return "\n".join([*pages, *attached, str(paper.metadata)])


def _workbook(content: bytes) -> str:
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
    cells = (
        str(cell)
        for sheet in book.worksheets
        for row in sheet.iter_rows(values_only=True)
        for cell in row
        if cell is not None
    )
    return "\n".join(cells)
