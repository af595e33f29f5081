"""What is seen of the database from outside: slow statements, and connections in use.

A statement is told without its values: they travel beside it, and what stands in quotes in its text
is left out.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import current_app, has_app_context, has_request_context, request
from sqlalchemy.pool import Pool

log = logging.getLogger(__name__)
_QUOTED = re.compile(r"'(?:[^']|'')*'")
MOST_CHARACTERS = 600
# Told of each connection that is taken from its pool (1) and given back (-1), by login role.
CountUse = Callable[[str, int], None]
_listeners: list[CountUse] = []


def count_connections_by(told: CountUse) -> None:
    if told not in _listeners:
        _listeners.append(told)


def without_values(statement: str) -> str:
    """The statement on one line, without anything that is quoted in it."""
    return _QUOTED.sub("'?'", " ".join(statement.split()))[:MOST_CHARACTERS]


@sa.event.listens_for(sa.Engine, "before_cursor_execute")
def _begin(
    connection: sa.Connection, cursor: Any, statement: str, values: Any, context: Any, many: bool
) -> None:
    connection.info["began"] = time.perf_counter()


@sa.event.listens_for(sa.Engine, "after_cursor_execute")
def _end(
    connection: sa.Connection, cursor: Any, statement: str, values: Any, context: Any, many: bool
) -> None:
    took = (time.perf_counter() - connection.info.pop("began", time.perf_counter())) * 1_000
    if not has_app_context() or "settings" not in current_app.extensions:
        return
    limit = current_app.extensions["settings"].slow_query_ms
    if not limit or took < limit:
        return
    page = (request.endpoint if has_request_context() else None) or "no page"
    role = connection.info.get("role", "-")
    # A command that loads much takes its time, and whoever runs it sees how it goes on.
    log.log(
        logging.WARNING if has_request_context() else logging.INFO,
        "slow statement: %d ms for %s as %s: %s",
        took,
        page,
        role,
        without_values(statement),
        extra={"told": {"milliseconds": round(took), "page": page, "role": role}},
    )


@sa.event.listens_for(Pool, "checkout")
def _taken(connection: Any, record: Any, proxy: Any) -> None:
    role = record.info.get("role")
    if role is None:
        user = getattr(getattr(connection, "info", None), "user", "") or ""
        role = record.info["role"] = user.partition("_")[2] or user
    for told in _listeners:
        told(role, 1)


@sa.event.listens_for(Pool, "checkin")
def _given_back(connection: Any, record: Any) -> None:
    role = record.info.get("role")
    if role is not None:
        for told in _listeners:
            told(role, -1)
