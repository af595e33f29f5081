"""What each table and column of an export holds: from the models themselves, in their own words.

The comment above a column in its model is what is said of it; a column without one is named by its
words. So the description cannot fall behind the tables.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql

from saas.database.base import Base

# Columns that mean the same wherever they stand.
EVERYWHERE: Mapping[str, str] = {
    "tenant_id": "The authority.",
    "id": "The row.",
    "case_id": "The case that it is part of.",
    "child_id": "The child or young person.",
    "party_id": "The person on one side of the case.",
    "agreement_id": "The agreement.",
    "invoice_id": "The invoice.",
    "recorded_at": "When it was recorded (UTC).",
    "recorded_by": "Who recorded it: a person's id.",
    "recorded_by_name": "Who recorded it, by name.",
    "created_at": "When the row was made (UTC).",
}
_COLUMN = re.compile(r"^\s{4}(\w+): Mapped\[")
_COMMENT = re.compile(r"^\s{4}# ?(.*)$")


def models() -> Mapping[str, type[Any]]:
    """The model of every table, by the table's name."""
    return {mapper.class_.__tablename__: mapper.class_ for mapper in Base.registry.mappers}


def said_of_table(model: type[Any]) -> str:
    """What a table holds: the first paragraph of its model."""
    return " ".join((inspect.getdoc(model) or "").partition("\n\n")[0].split())


def said_of_columns(model: type[Any]) -> dict[str, str]:
    """What stands above each column of a model."""
    found: dict[str, str] = {}
    for part in reversed(model.__mro__):
        if part.__module__.startswith(("saas.", "tenants.", "billing.")):
            found |= _comments(inspect.getsource(part))
    return found


def _comments(source: str) -> dict[str, str]:
    found, above = {}, []
    for line in source.splitlines():
        comment, column = _COMMENT.match(line), _COLUMN.match(line)
        if comment:
            above.append(comment[1].strip())
        elif column and above:
            found[column[1]] = " ".join(above)
            above = []
        else:
            above = []
    return found


def described(table: sa.Table, columns: list[str]) -> dict[str, Any]:
    """A table as `schema.json` has it.

    Args:
        columns: those that the export has, in their order.
    """
    model = models()[table.name]
    said = said_of_columns(model)
    return {
        "table": table.name,
        "what": said_of_table(model),
        "primary_key": [c.name for c in table.primary_key if c.name in columns],
        "columns": [
            {
                "name": name,
                "type": str(table.c[name].type.compile(dialect=_DIALECT)).lower(),
                "may_be_empty": bool(table.c[name].nullable),
                "refers_to": sorted(f"{key.column}" for key in table.c[name].foreign_keys),
                "what": said.get(name) or EVERYWHERE.get(name) or _words(name),
            }
            for name in columns
        ],
    }


def _words(name: str) -> str:
    return f"{name.replace('_', ' ').capitalize()}."


_DIALECT = postgresql.dialect()  # type: ignore[no-untyped-call]
