"""From one server to a Citus cluster: the statements in their order, for an operator to read.

A table of authorities' rows is spread by `tenant_id`, all of them side by side, so that every join
and every key stays on one machine. What belongs to no authority is on each machine. The queue stays
where it is. docs/SCALING.md says what of this was tried, and what was not.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import psycopg

from saas.database.base import Wall

# Made by other hands, and never asked together with our tables.
STAYS = ("procrastinate_", "alembic_version")
# Every other tenant's table is laid beside the rows of this one.
FIRST = "sen_case"


@dataclass(frozen=True)
class ForeignKey:
    """A key between two tables, as PostgreSQL defines it."""

    table: str
    name: str
    definition: str


def is_spread(table: str, walls: Mapping[str, Wall]) -> bool:
    """Whether a table's rows are spread over the machines; it is on each of them otherwise."""
    return table in walls and walls[table].tenant_column == "tenant_id"


def plan(connection: psycopg.Connection, walls: Mapping[str, Wall]) -> Iterator[str]:
    """The statements, with a comment before each step. Nothing is run.

    Args:
        connection: to the database whose tables are to be spread.
    """
    tables = [
        name
        for (name,) in connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace ORDER BY relname"
        )
        if not name.startswith(STAYS)
    ]
    keys = list(foreign_keys(connection))
    spread = [name for name in tables if is_spread(name, walls)]
    spread.sort(key=lambda name: (name != FIRST, name))
    everywhere = [name for name in tables if not is_spread(name, walls)]
    yield "-- 1. On every machine: what a transaction says of its scope arrives there."
    yield "ALTER SYSTEM SET citus.propagate_set_commands = 'local';"
    yield "-- The triggers touch rows of their own authority alone (tests/saas/database)."
    yield "ALTER SYSTEM SET citus.enable_unsafe_triggers = on;"
    yield "SELECT pg_reload_conf();"
    yield "-- 2. Keys would be checked while only one side of them is spread: they come back in 5."
    for key in keys:
        yield f"ALTER TABLE {key.table} DROP CONSTRAINT {key.name};"
    yield "-- 3. What belongs to no authority, and the pads that open a scope, on each machine."
    for table in everywhere:
        yield f"SELECT create_reference_table('{table}');"
    yield "-- 4. What belongs to one authority, side by side."
    for table in spread:
        beside = "" if table == FIRST else f", colocate_with => '{FIRST}'"
        yield f"SELECT create_distributed_table('{table}', 'tenant_id'{beside});"
    yield "-- 5. The keys again."
    for key in keys:
        yield f"ALTER TABLE {key.table} ADD CONSTRAINT {key.name} {key.definition};"


def foreign_keys(connection: psycopg.Connection) -> Iterator[ForeignKey]:
    """The keys between our tables."""
    rows = connection.execute(
        "SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid) FROM pg_constraint"
        " WHERE contype = 'f' AND connamespace = 'public'::regnamespace"
        " ORDER BY conrelid::regclass::text, conname"
    )
    for table, name, definition in rows:
        if not table.startswith(STAYS):
            yield ForeignKey(table, name, definition)
