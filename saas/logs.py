"""What the processes write to their logs: text, or one JSON object a line.

A fault is told by its kind and the lines that it passed. Its text is left out, as for Sentry: what
PostgreSQL says of a refused row holds the row. Only the standard library is imported: gunicorn
reads this before the service is loaded.
"""

from __future__ import annotations

import datetime as dt
import json
import logging
import sys
import traceback
from collections.abc import Iterator
from typing import Any

# What these say is about a connection or a file, never about a row.
HARMLESS = ("ConnectionTimeout", "OSError", "ConnectionError", "TimeoutError", "StorageError")
# gunicorn's names for what its access log knows.
ACCESS = {"m": "method", "U": "path", "s": "status", "B": "bytes", "M": "milliseconds"}


def fault_lines(fault: BaseException) -> Iterator[str]:
    """A fault and what caused it, the cause first, without what they say."""
    before = fault.__cause__ or (None if fault.__suppress_context__ else fault.__context__)
    if before is not None:
        yield from fault_lines(before)
        yield "which led to:"
    yield "Traceback (most recent call last):"
    for lines in traceback.format_tb(fault.__traceback__):
        yield lines.rstrip("\n")
    kinds = {kind.__name__ for kind in type(fault).__mro__}
    says = f": {fault}" if kinds.intersection(HARMLESS) else ""
    yield f"{type(fault).__name__}{says}"


class TextFormatter(logging.Formatter):
    """Time, level, who says it, and what."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s: %(message)s")

    def formatException(self, ei: Any) -> str:  # noqa: N802  (the library's name)
        return "\n".join(fault_lines(ei[1])) if ei[1] else ""


class JsonFormatter(logging.Formatter):
    """One object a line, for programs that gather logs."""

    def format(self, record: logging.LogRecord) -> str:
        told: dict[str, Any] = {
            "at": dt.datetime.fromtimestamp(record.created, dt.UTC).isoformat(),
            "level": record.levelname.lower(),
            "logger": record.name,
        }
        if record.name == "gunicorn.access" and isinstance(record.args, dict):
            told |= {name: record.args.get(atom) for atom, name in ACCESS.items()}
        else:
            told["message"] = record.getMessage()
            told |= getattr(record, "told", {})
        if record.exc_info and record.exc_info[1]:
            told["fault"] = type(record.exc_info[1]).__name__
            told["lines"] = list(fault_lines(record.exc_info[1]))
        return json.dumps(told, ensure_ascii=True, default=str)


def formatter(kind: str) -> logging.Formatter:
    """The formatter that LOG_FORMAT names: json, or text."""
    return JsonFormatter() if kind == "json" else TextFormatter()


def init_logs(kind: str) -> None:
    """Send what this process says to standard error, where whoever runs it gathers it."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(formatter(kind))
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(logging.INFO)
