"""Files that a page gives out."""

from __future__ import annotations

import codecs
import logging
import os
from collections.abc import Iterable, Iterator, Sequence
from typing import IO

from flask import Response

from saas.database.scope import ScopedSession
from saas.documents.csv_files import CSV, csv_bytes, csv_parts, csv_text

log = logging.getLogger(__name__)
# So many bytes of a file on disk are read at a time.
PIECE = 65_536
# The last line of a file that broke off, for who opens it all the same.
BROKEN_OFF = "THIS FILE IS NOT COMPLETE: the service was interrupted. Download it again."


class FileBrokenOffError(RuntimeError):
    """What is sent of a file ends before its end: the server cuts the connection."""


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV file under this name, which names nobody: of so few rows that it is made at once."""
    return _response(name, csv_bytes(head, rows), CSV)


def made_file(name: str, kind: str, file: IO[bytes]) -> Response:
    """A file that is made already, on disk, sent in pieces and closed at the end.

    Its length is told before: who gets less knows that it is not the whole.
    """
    length = file.seek(0, os.SEEK_END)
    file.seek(0)
    response = _response(name, _pieces(file), kind)
    response.content_length = length
    # Also where nobody asked for the first piece.
    response.call_on_close(file.close)
    return response


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(PIECE):
            yield piece


def streamed_csv_file(
    name: str,
    head: Sequence[str],
    rows: Iterable[Sequence[object]],
    *,
    reading: ScopedSession,
) -> Response:
    """The same, sent while its rows are read: as long as it may be, it takes no more memory.

    That it is taken away is in the trail before. Where the reading fails in the middle the last
    line says so, and the connection is cut, so that a browser does not take it for a whole file.

    Args:
        reading: what the rows are read by (`begun_alongside`); closed at the end, or when who
            asked goes away.
    """
    response = _response(name, _parts(head, rows, reading), CSV)
    # Also where nobody asked for the first part.
    response.call_on_close(reading.close)
    return response


def _parts(
    head: Sequence[str], rows: Iterable[Sequence[object]], reading: ScopedSession
) -> Iterator[bytes]:
    fault = ""
    try:
        yield codecs.BOM_UTF8
        for part in csv_parts(head, rows):
            yield part.encode()
    except Exception as broken:
        # Its text may hold what was read.
        fault = type(broken).__name__
    finally:
        reading.close()
    if fault:
        log.error("a file broke off (%s)", fault)
        yield csv_text([BROKEN_OFF], ()).encode()
        raise FileBrokenOffError("a file that is sent broke off")


def _response(name: str, content: bytes | Iterable[bytes], kind: str) -> Response:
    return Response(
        content,
        content_type=kind,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
