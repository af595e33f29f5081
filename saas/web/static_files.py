"""The addresses of our own style sheet, scripts and images, and how long they may be kept."""

from __future__ import annotations

import hashlib
from functools import lru_cache
from pathlib import Path

from flask import Response, request, url_for

STATIC_FOLDER = Path(__file__).resolve().parent / "static"

YEAR = 31_536_000  # seconds
FIVE_MINUTES = 300  # seconds


@lru_cache(maxsize=64)
def _hash(path: Path, changed: int, size: int) -> str:
    # scripts/build-assets makes the same hash for the import inside app.js.
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16]


def content_hash(name: str) -> str:
    """A short hash of a static file's content, made anew when the file changes.

    Raises:
        FileNotFoundError: a page names a file that is not there.
    """
    path = STATIC_FOLDER / name
    seen = path.stat()
    return _hash(path, seen.st_mtime_ns, seen.st_size)


def static_url(name: str) -> str:
    """The address of a static file, with its content's hash, so that it may be kept for a year."""
    return url_for("static", filename=name, v=content_hash(name))


def set_static_caching(response: Response) -> None:
    """Say how long a browser may keep a static file.

    Only the address that carries the right hash is kept for ever: after a release the old
    address may be asked of a new process, and its answer must not stick.
    """
    name = (request.view_args or {}).get("filename", "")
    try:
        right = request.args.get("v") == content_hash(name)
    except OSError:
        right = False
    if response.status_code >= 400:
        response.headers["Cache-Control"] = "no-store"
    elif right:
        response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
    else:
        response.headers["Cache-Control"] = f"public, max-age={FIVE_MINUTES}"
