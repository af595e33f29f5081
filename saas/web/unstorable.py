"""One filter at the edge: what no text can hold never reaches a page.

PostgreSQL's text holds neither a zero byte nor what is not UTF-8 (PostgreSQL documentation, 8.3 and
24.3). Nobody types either, so the answer is that the request could not be read, once for every
address, form and file name.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from urllib.parse import unquote_to_bytes

from flask import Flask, abort, request

# What the parser of forms puts where the bytes were not UTF-8.
REPLACED = "\N{REPLACEMENT CHARACTER}"
URLENCODED = "application/x-www-form-urlencoded"


def refuse_unstorable(app: Flask) -> None:
    """Answer 400 to whatever holds what no text can, before anything else looks at it."""
    app.before_request(_look)


def _look() -> None:
    if not _readable(request.query_string) or not _holdable(request.path, REPLACED):
        abort(400)
    if request.method in ("GET", "HEAD", "OPTIONS"):
        return
    if request.mimetype == URLENCODED:
        if not _readable(request.get_data(cache=True)):
            abort(400)
    elif request.mimetype == "multipart/form-data":
        texts = [text for pair in request.form.items(multi=True) for text in pair]
        names = [
            text
            for field, file in request.files.items(multi=True)
            for text in (field, file.filename or "", file.mimetype)
        ]
        if not all(_holdable(text, REPLACED) for text in (*texts, *names)):
            abort(400)
    elif request.is_json:
        content = request.get_json(silent=True, cache=True)
        if not all(_holdable(text) for text in _texts(content)):
            abort(400)


def _readable(encoded: bytes) -> bool:
    """Whether percent-encoded bytes are UTF-8 without a zero byte."""
    raw = unquote_to_bytes(encoded.replace(b"+", b" "))
    try:
        return "\0" not in raw.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _holdable(text: str, *never: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        # Half of a surrogate pair, as JSON can write it.
        return False
    return "\0" not in text and not any(each in text for each in never)


def _texts(content: Any) -> Iterable[str]:
    """Every text in parsed JSON, the names of its members among them."""
    waiting = [content]
    while waiting:
        each = waiting.pop()
        if isinstance(each, str):
            yield each
        elif isinstance(each, dict):
            yield from each
            waiting.extend(each.values())
        elif isinstance(each, list):
            waiting.extend(each)
