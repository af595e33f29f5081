"""Files that a page gives out."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from flask import Response

from saas.documents.csv_files import CSV, csv_bytes


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV file under this name, which names nobody."""
    return Response(
        csv_bytes(head, rows),
        content_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
