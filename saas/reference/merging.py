"""Bring a table to what a file says, row by row, and count what that changed.

Rows are upserted, never emptied and refilled: whoever reads meanwhile sees the old rows until the
commit, foreign keys from elsewhere go on holding, and an unchanged row is not written at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Merged:
    """Rows that a merge added, changed, removed; and how many the table holds now."""

    added: int
    changed: int
    removed: int
    total: int

    @property
    def anything(self) -> bool:
        return bool(self.added or self.changed or self.removed)

    def __str__(self) -> str:
        if not self.anything:
            return f"{self.total:,} unchanged"
        if self.added == self.total and not self.removed:
            return f"{self.total:,} loaded"
        words = [
            f"{count:,} {word}"
            for count, word in (
                (self.added, "added"),
                (self.changed, "changed"),
                (self.removed, "removed"),
            )
            if count
        ]
        return f"{self.total:,}: {', '.join(words)}"


def stage(
    connection: psycopg.Connection[Any], table: str, columns: Sequence[str]
) -> sql.Identifier:
    """An empty temporary table with these columns of `table`, gone at the commit."""
    staged = sql.Identifier(f"staged_{table}")
    connection.execute(
        sql.SQL(
            "CREATE TEMPORARY TABLE {staged} ON COMMIT DROP AS "
            "SELECT {columns} FROM {table} WITH NO DATA"
        ).format(staged=staged, columns=_listed(columns), table=sql.Identifier(table))
    )
    return staged


def merge_rows(
    connection: psycopg.Connection[Any],
    *,
    table: str,
    columns: Sequence[str],
    key: Sequence[str],
    rows: Iterable[Sequence[Any]],
    remove: bool,
) -> Merged:
    """Make `table` hold `rows`. Rows that are not among them go only if `remove`."""
    staged = stage(connection, table, columns)
    with (
        connection.cursor() as cursor,
        cursor.copy(
            sql.SQL("COPY {staged} ({columns}) FROM STDIN").format(
                staged=staged, columns=_listed(columns)
            )
        ) as copy,
    ):
        for row in rows:
            copy.write_row(row)
    return merge_staged(connection, table=table, columns=columns, key=key, remove=remove)


def merge_staged(
    connection: psycopg.Connection[Any],
    *,
    table: str,
    columns: Sequence[str],
    key: Sequence[str],
    remove: bool,
) -> Merged:
    """Merge what stands in the table that `stage` made, and drop that."""
    values = [column for column in columns if column not in key]
    names = {
        "table": sql.Identifier(table),
        "staged": sql.Identifier(f"staged_{table}"),
        "columns": _listed(columns),
        "same": sql.SQL(" AND ").join(
            sql.SQL("t.{0} = s.{0}").format(sql.Identifier(column)) for column in key
        ),
    }
    connection.execute(sql.SQL("ANALYZE {staged}").format(**names))
    changed = removed = 0
    if values:
        changed = _count(
            connection,
            sql.SQL(
                "UPDATE {table} t SET {assign} FROM {staged} s "
                "WHERE {same} AND ({old}) IS DISTINCT FROM ({new})"
            ).format(
                **names,
                assign=sql.SQL(", ").join(
                    sql.SQL("{0} = s.{0}").format(sql.Identifier(value)) for value in values
                ),
                old=_listed(values, "t"),
                new=_listed(values, "s"),
            ),
        )
    added = _count(
        connection,
        sql.SQL(
            "INSERT INTO {table} ({columns}) SELECT {columns} FROM {staged} s "
            "WHERE NOT EXISTS (SELECT FROM {table} t WHERE {same}) ORDER BY {order}"
        ).format(**names, order=_listed(key, "s")),
    )
    if remove:
        removed = _count(
            connection,
            sql.SQL(
                "DELETE FROM {table} t WHERE NOT EXISTS (SELECT FROM {staged} s WHERE {same})"
            ).format(**names),
        )
    connection.execute(sql.SQL("DROP TABLE {staged}").format(**names))
    return Merged(added, changed, removed, count_rows(connection, table))


def count_rows(connection: psycopg.Connection[Any], table: str) -> int:
    """How many rows a table holds, exactly."""
    counted = connection.execute(
        sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
    ).fetchone()
    assert counted is not None
    return int(counted[0])


def _count(connection: psycopg.Connection[Any], statement: sql.Composed) -> int:
    return connection.execute(statement).rowcount


def _listed(columns: Sequence[str], alias: str | None = None) -> sql.Composed:
    prefix = (alias,) if alias else ()
    return sql.SQL(", ").join(sql.Identifier(*prefix, column) for column in columns)
