"""A service of one page, for gunicorn: a file whose rows fail in the middle."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace
from typing import cast

from flask import Flask, Response

from saas.database.scope import ScopedSession
from saas.web.downloads import streamed_csv_file

app = Flask(__name__)
ROWS = 3_000


def rows(last: int) -> Iterator[tuple[object, ...]]:
    for number in range(ROWS):
        if number == last:
            raise ValueError("the database is gone")
        yield number, "word" * 10


@app.get("/<int:last>")
def file(last: int) -> Response:
    reading = cast(ScopedSession, SimpleNamespace(close=lambda: None))
    return streamed_csv_file("x.csv", ("Number", "Says"), rows(last), reading=reading)
