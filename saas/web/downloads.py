"""Files that a page gives out."""

from __future__ import annotations

import codecs
import logging
from collections.abc import Iterable, Iterator, Sequence

from flask import Response

from saas.database.scope import ScopedSession
from saas.documents.csv_files import CSV, csv_bytes, csv_parts, csv_text

log = logging.getLogger(__name__)
# The last line of a file that broke off, for who opens it all the same.
BROKEN_OFF = "THIS FILE IS NOT COMPLETE: the service was interrupted. Download it again."


class FileBrokenOffError(RuntimeError):
    """What is sent of a file ends before its end: the server cuts the connection."""


def csv_file(name: str, head: Sequence[str], rows: Iterable[Sequence[object]]) -> Response:
    """A CSV file under this name, which names nobody."""
    return _response(name, csv_bytes(head, rows))


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
    response = _response(name, _parts(head, rows, reading))
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


def _response(name: str, content: bytes | Iterator[bytes]) -> Response:
    return Response(
        content,
        content_type=CSV,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
