"""What is looked up for the rows of a page at once, and not for each of them.

Each time that PostgreSQL goes to a table behind a wall it opens the scope's seal, which takes as
long as to find a dozen rows. A subquery for each row goes there for each row, and so does a join
where PostgreSQL takes the page for a row or two: a prepared statement is planned for the usual
authority.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY


def among(of: Any, ids: sa.ColumnElement[Any]) -> sa.ColumnElement[bool]:
    """Whether a row is of one of these ids: an index is looked through by all of them in one go.

    Args:
        ids: a column of a page, which must be a common table expression.
    """
    listed = sa.func.array(sa.select(ids).scalar_subquery(), type_=ARRAY(sa.Uuid))
    found: sa.ColumnElement[bool] = of == sa.any_(listed)
    return found


def looked_up(statement: sa.Select[*tuple[Any, ...]], name: str) -> sa.CTE:
    """Rows for a page, put down before they are joined with it. For a page alone: where they are
    thousands, each row of the one is compared with each of the other."""
    return statement.cte(name).prefix_with("MATERIALIZED")
