"""Rows into a walled table by COPY: into a temporary table first, which has no wall."""

from __future__ import annotations

import json
import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import psycopg
from psycopg import sql

from saas.database.base import Base
from saas.database.scope import ScopedSession


def driver_connection(session: ScopedSession) -> psycopg.Connection[Any]:
    """The connection of the session's open transaction, sealed like the session itself."""
    connection = session.connection().connection.driver_connection
    if not isinstance(connection, psycopg.Connection):
        raise TypeError("the database is reached by psycopg alone")
    return connection


def copy_rows(session: ScopedSession, model: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows that all have the same columns. The policies check each of them."""
    if not rows:
        return
    session.flush()
    names = list(rows[0])
    table = sql.Identifier(model.__tablename__)
    incoming = sql.Identifier("pg_temp", f"incoming_{model.__tablename__}")
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    with driver_connection(session).cursor() as cursor:
        cursor.execute(
            sql.SQL(
                "CREATE TEMPORARY TABLE {} ON COMMIT DROP AS SELECT {} FROM {} WITH NO DATA"
            ).format(sql.Identifier(f"incoming_{model.__tablename__}"), columns, table)
        )
        with cursor.copy(sql.SQL("COPY {} ({}) FROM STDIN").format(incoming, columns)) as copy:
            for row in rows:
                copy.write_row([_cell(row[name]) for name in names])
        cursor.execute(
            sql.SQL("INSERT INTO {} ({}) SELECT {} FROM {}").format(
                table, columns, columns, incoming
            )
        )
        cursor.execute(sql.SQL("DROP TABLE {}").format(incoming))


def _cell(value: Any) -> Any:
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, uuid.UUID):
        return value.hex
    return value
