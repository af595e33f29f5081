"""Keeps rows of the demonstration as this release wrote them, for `test_upgrade.py` of the next.

Run once a release, on a demonstration made by its code:

    python -m tests.released.keep

It takes some rows of every table, the first authority's if it has any, and all they refer to.
Reference data is left out: the next release loads its own.
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from psycopg.rows import dict_row

from saas.config import Settings
from saas.database.connections import EMBEDDED_DATABASE, hold_embedded
from saas.database.migrate import current_revision

FOLDER = Path(__file__).parent
ROWS_A_TABLE = 8
# Whole documents are kept once.
LONGEST_ROW = 20_000
# A release makes these anew: its own revision and key, and the reference data.
LEFT_OUT = (
    "alembic_version",
    "scope_seal",
    "procrastinate_",
    "reference_load",
    "postcode",
    "dfe_",
    "former_",
)

Row = dict[str, Any]


def main() -> None:
    settings = Settings()
    # Not as the owner, whom the walls bind too.
    address = hold_embedded(settings).url(EMBEDDED_DATABASE)
    with psycopg.connect(address) as connection:
        kept = _with_all_they_refer_to(connection)
    path = FOLDER / f"{current_revision(settings)}.jsonl"
    with path.open("w", encoding="utf-8") as file:
        for table in sorted(kept):
            for row in sorted(kept[table].values(), key=_as_line):
                file.write(_as_line({"table": table, "row": row}) + "\n")
    sys.stdout.write(f"{path.name}: {sum(map(len, kept.values()))} rows of {len(kept)} tables\n")


def _as_line(value: Row) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True)


def _with_all_they_refer_to(connection: psycopg.Connection) -> dict[str, dict[str, Row]]:
    kept: dict[str, dict[str, Row]] = defaultdict(dict)
    parents = _parents(connection)
    waiting = [
        (table, row) for table in _tables(connection) for row in _first_rows(connection, table)
    ]
    while waiting:
        table, row = waiting.pop()
        if _as_line(row) in kept[table]:
            continue
        kept[table][_as_line(row)] = row
        for columns, parent, keys in parents.get(table, []):
            wanted = [row[column] for column in columns]
            if None not in wanted:
                found = _rows(connection, parent, dict(zip(keys, wanted, strict=True)), 1)
                waiting += [(parent, each) for each in found]
    return {table: rows for table, rows in kept.items() if not table.startswith(LEFT_OUT)}


def _tables(connection: psycopg.Connection) -> list[str]:
    found = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1"
    )
    return [table for (table,) in found if not table.startswith(LEFT_OUT)]


def _parents(
    connection: psycopg.Connection,
) -> dict[str, list[tuple[list[str], str, list[str]]]]:
    found = connection.execute(
        """SELECT c.conrelid::regclass::text, c.confrelid::regclass::text,
                  (SELECT array_agg(a.attname::text ORDER BY k.n)
                     FROM unnest(c.conkey) WITH ORDINALITY k(attnum, n)
                     JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.attnum),
                  (SELECT array_agg(a.attname::text ORDER BY k.n)
                     FROM unnest(c.confkey) WITH ORDINALITY k(attnum, n)
                     JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.attnum)
             FROM pg_constraint c
            WHERE c.contype = 'f' AND c.connamespace = 'public'::regnamespace"""
    )
    parents = defaultdict(list)
    for child, parent, columns, keys in found:
        if not parent.startswith(LEFT_OUT):
            parents[child].append((columns, parent, keys))
    return parents


def _first_rows(connection: psycopg.Connection, table: str) -> list[Row]:
    first = connection.execute("SELECT id::text FROM subscriber ORDER BY slug LIMIT 1").fetchone()
    assert first is not None
    columns = {
        column
        for (column,) in connection.execute(
            "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0", [table]
        )
    }
    of_one = {"tenant_id": first[0]} if "tenant_id" in columns else {}
    rows = list(_rows(connection, table, of_one, ROWS_A_TABLE))
    rows = rows or list(_rows(connection, table, {}, ROWS_A_TABLE))
    return [row for row in rows if len(_as_line(row)) < LONGEST_ROW] or rows[:1]


def _rows(
    connection: psycopg.Connection, table: str, where: dict[str, Any], most: int
) -> Iterator[Row]:
    statement = sql.SQL("SELECT to_jsonb(t) AS row FROM {} t WHERE {} LIMIT {}").format(
        sql.Identifier(table),
        sql.SQL(" AND ").join(
            [sql.SQL("true")]
            + [sql.SQL("t.{}::text = %s::text").format(sql.Identifier(name)) for name in where]
        ),
        sql.Literal(most),
    )
    with connection.cursor(row_factory=dict_row) as cursor:
        yield from (found["row"] for found in cursor.execute(statement, list(where.values())))


if __name__ == "__main__":
    main()
