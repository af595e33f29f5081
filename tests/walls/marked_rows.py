"""A row in every table of a tenant, with a text of its own in every column that holds text.

By construction: a new table or column is filled without anybody thinking of it, and where that
cannot be done the filling fails and says what to add here. The rows are written by a superuser,
past all walls: what is looked for afterwards must not depend on the walls.
"""

from __future__ import annotations

import decimal
import hashlib
import itertools
import re
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import psycopg
import sqlalchemy as sa
from flask import current_app
from psycopg import sql
from psycopg.types.json import Jsonb
from sqlalchemy.dialects import postgresql
from sqlalchemy.dialects.postgresql import ARRAY, JSONB

from saas.database.base import declared_walls, new_id
from saas.documents.storage import new_key
from saas.tables import Base
from tenants.facilitation import models as facilitation
from tenants.papers.rounds import the_store
from tenants.tenure.export.asking import key_of
from tests.factories import NOW, TODAY
from tests.walls.marked_words import MEANINGFUL, SHAPES

# Rows that the tenant has from the start, and that tell the public who it is.
MADE_BEFORE = {"subscriber"}
# What hangs on these hangs on the marked one: a contract, say, is none without terms.
WHOLE = {"contract"}
DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
OF_FACILITATIONS = {
    mapper.class_.__tablename__
    for mapper in Base.registry.mappers
    if mapper.class_.__module__ == facilitation.__name__
}


@dataclass
class Marks:
    """Which text was written where: table, column and, where rows have one, audience."""

    letter: str
    placed: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def new(self, table: str, column: str, audience: str = "") -> str:
        """A text that is in no page by chance: the letters z and q around a number."""
        text = f"zqx{self.letter}{len(self.placed):04d}qz"
        self.placed[text] = (table, column, audience)
        return text

    def found_in(self, text: str) -> set[str]:
        return set(re.findall(rf"zqx{self.letter}\d{{4}}qz", text.lower()))

    def places(self, marks: set[str]) -> set[tuple[str, str, str]]:
        return {self.placed[mark] for mark in marks}


def tenant_tables() -> list[sa.Table]:
    """The tables with tenants' rows, each after those it leads to."""
    walls = declared_walls()
    return [
        table
        for table in Base.metadata.sorted_tables
        if walls[table.name].tenant_column is not None and table.name not in MADE_BEFORE
    ]


def allowed_words(table: sa.Table, column: str) -> list[str]:
    """The words that a CHECK (column IN (...)) leaves to a column."""
    for constraint in table.constraints:
        if isinstance(constraint, sa.CheckConstraint):
            listed = re.search(rf"\b{column} IN \(([^)]*)\)", str(constraint.sqltext))
            if listed:
                return re.findall(r"'((?:[^']|'')*)'", listed.group(1))
    return []


@dataclass
class Filler:
    """Fills the tables of one tenant."""

    connection: psycopg.Connection
    tenant_id: uuid.UUID
    person_id: uuid.UUID
    marks: Marks

    def fill(self) -> None:
        """Raises AssertionError, naming the table, where a row cannot be made."""
        for table in tenant_tables():
            audiences = allowed_words(table, "audience") or [""]
            for audience in audiences if "audience" in table.columns else [""]:
                row = self.row(table, audience)
                try:
                    self.insert(table, row)
                except psycopg.errors.UniqueViolation:
                    self.mark_the_row_there(table, row)
                except psycopg.Error as refused:
                    raise AssertionError(
                        f"No row could be made for {table.name}: {refused}\n"
                        "Say in tests/walls/marked_words.py (MEANINGFUL, SHAPES) what its columns "
                        "may hold, so that its walls are tried."
                    ) from refused

    def insert(self, table: sa.Table, row: dict[str, Any]) -> None:
        """Write the row; where a CHECK refuses it, with other words or nothing in its columns."""
        statement = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
            sql.Identifier(table.name),
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join([sql.Placeholder()] * len(row)),
        )
        for _ in range(6):
            try:
                with self.connection.transaction():
                    self.connection.execute(statement, list(row.values()))
            except psycopg.errors.CheckViolation as refused:
                if not self.satisfy(table, row, str(refused.diag.constraint_name)):
                    raise
            else:
                return
        raise AssertionError(f"The CHECKs of {table.name} contradict each other in this row")

    def satisfy(self, table: sa.Table, row: dict[str, Any], name: str) -> bool:
        """Find values that a CHECK allows, changing as few columns as can be."""
        (text,) = self.connection.execute(
            "SELECT pg_get_expr(conbin, conrelid) FROM pg_constraint WHERE conname = %s"
            " AND conrelid = %s::regclass",
            [name, table.name],
        ).fetchone() or ("",)
        named = [c for c in table.columns if re.search(rf"\b{c.name}\b", text)]
        options = [self.options(table, column, row[column.name], text) for column in named]
        tries = sorted(
            itertools.islice(itertools.product(*map(range, map(len, options))), 2000),
            key=lambda chosen: sum(n > 0 for n in chosen),
        )
        for chosen in tries:
            values = {
                c.name: options[i][n] for (i, c), n in zip(enumerate(named), chosen, strict=True)
            }
            tried: list[sql.Composed] = [
                sql.SQL("{}::{} AS {}").format(
                    sql.Literal(values[c.name]),
                    sql.SQL(c.type.compile(dialect=DIALECT)),
                    sql.Identifier(c.name),
                )
                for c in named
            ]
            holds = self.connection.execute(
                sql.SQL("SELECT {} FROM (SELECT {}) AS tried").format(
                    sql.SQL(text), sql.SQL(", ").join(tried)
                )
            ).fetchone()
            if holds is not None and holds[0] is not False:
                row |= values
                return True
        return False

    def options(self, table: sa.Table, column: sa.Column[Any], value: Any, check: str) -> list[Any]:
        found = [value]
        if column.name == "audience":
            return found  # a mark says for whom it was written
        if column.nullable:
            found += [None, NOW if isinstance(column.type, sa.DateTime) else value]
        found += [word for word in allowed_words(table, column.name) if word != value]
        if isinstance(column.type, sa.Boolean):
            found += [not value]
        if isinstance(column.type, sa.Numeric | sa.Integer):
            found += [0, 2, 5, *map(int, re.findall(r"\b\d{1,6}\b", check))]
        if isinstance(column.type, sa.Text) and not column.nullable:
            found += [""]
        return found

    def mark_the_row_there(self, table: sa.Table, row: Mapping[str, Any]) -> None:
        """The tenant has such a row: put the marks into it."""
        keys = [column.name for column in table.primary_key]
        marked = {n: v for n, v in row.items() if isinstance(v, str) and v in self.marks.placed}
        if not marked:
            return
        statement = sql.SQL("UPDATE {} SET {} WHERE {}").format(
            sql.Identifier(table.name),
            sql.SQL(", ").join(sql.SQL("{} = %s").format(sql.Identifier(n)) for n in marked),
            sql.SQL(" AND ").join(sql.SQL("{} = %s").format(sql.Identifier(n)) for n in keys),
        )
        changed = self.connection.execute(
            statement, [*marked.values(), *(row[name] for name in keys)]
        )
        assert changed.rowcount == 1, f"{table.name} refuses a second row for another reason"

    def row(self, table: sa.Table, audience: str) -> dict[str, Any]:
        row: dict[str, Any] = {}
        for constraint in sorted(
            table.foreign_key_constraints, key=lambda one: -len(one.column_keys)
        ):
            row = {**self.key(table, constraint), **row}
        for column in table.columns:
            if column.name not in row:
                row[column.name] = self.value(table, column, audience)
        tenant_column = declared_walls()[table.name].tenant_column
        assert tenant_column is not None
        row[tenant_column] = self.tenant_id
        if "storage_key" in row:
            content = self.marks.new(table.name, "storage_key", audience).encode()
            row["storage_key"] = new_key(self.tenant_id, row["id"])
            row["sha256"] = hashlib.sha256(content).hexdigest()
            the_store(current_app.extensions["settings"]).storage.put(row["storage_key"], content)
        if table.name == "authority_export":
            content = self.marks.new(table.name, "content").encode()
            row["size"] = len(content)
            kept = key_of(self.tenant_id, row["id"])
            the_store(current_app.extensions["settings"]).storage.put(kept, content)
        return row

    def key(self, table: sa.Table, constraint: sa.ForeignKeyConstraint) -> dict[str, Any]:
        """The columns that lead to another row: the tenant's oldest, or a known person."""
        target = constraint.referred_table
        if target is table:
            return {name: None for name in constraint.column_keys if name != "tenant_id"}
        there = [element.column.name for element in constraint.elements]
        wall = declared_walls()[target.name]
        if target.name == "person":
            return dict.fromkeys(constraint.column_keys, self.person_id)
        condition: sql.Composed = sql.SQL("true").format()
        if wall.tenant_column is not None:
            condition = sql.SQL("{} = {}").format(
                sql.Identifier(wall.tenant_column), sql.Literal(self.tenant_id)
            )
        if target.name == "sen_case" and table.name in OF_FACILITATIONS:
            condition += sql.SQL(" AND service = 'facilitation'")
        found = self.connection.execute(
            sql.SQL("SELECT {} FROM {} WHERE {} ORDER BY 1, 2 {} LIMIT 1").format(
                sql.SQL(", ").join(map(sql.Identifier, [*there, there[0]])),
                sql.Identifier(target.name),
                condition,
                sql.SQL("DESC" if target.name in WHOLE else ""),
            )
        ).fetchone()
        assert found is not None, f"{table.name} leads to {target.name}, which has no row yet"
        return dict(zip(constraint.column_keys, found, strict=False))

    def value(self, table: sa.Table, column: sa.Column[Any], audience: str) -> Any:
        place = (table.name, column.name)
        if place in MEANINGFUL:
            return MEANINGFUL[place]
        if column.name == "audience":
            return audience
        words = allowed_words(table, column.name)
        if words:
            return words[0]
        kind = column.type
        if column.name.endswith(("hash", "sha256", "digest")):
            return hashlib.sha256(table.name.encode()).hexdigest()
        if isinstance(kind, sa.Text | sa.String):
            return self.marks.new(*place, audience)
        if isinstance(kind, JSONB):
            mark = self.marks.new(*place, audience)
            return Jsonb(_filled(SHAPES.get(place, {"marker": "%"}), mark))
        if isinstance(kind, ARRAY):
            return [self.marks.new(*place, audience)]
        if isinstance(kind, sa.LargeBinary):
            return self.marks.new(*place, audience).encode()
        if isinstance(kind, sa.Uuid):
            is_person = column.name.endswith(("_by", "person_id", "mediator_id", "coordinator_id"))
            return self.person_id if is_person else new_id()
        if isinstance(kind, sa.Boolean):
            return False
        if isinstance(kind, sa.Integer):
            return 2026 if "year" in column.name else 1
        if isinstance(kind, sa.Numeric):
            return decimal.Decimal(1)
        if isinstance(kind, sa.DateTime):
            return NOW
        if isinstance(kind, sa.Date):
            return TODAY
        raise AssertionError(f"{table.name}.{column.name}: say here what a {kind!r} may hold")


def _filled(shape: Any, mark: str) -> Any:
    if isinstance(shape, dict):
        return {key: _filled(value, mark) for key, value in shape.items()}
    if isinstance(shape, list):
        return [_filled(value, mark) for value in shape]
    return mark if shape == "%" else shape
