"""Several small questions of one page in one statement.

Each question is answered as JSON inside the one statement, and read back into rows whose columns
have the types of the question's. A page that asks ten things of one case pays for one statement,
and the policies hold for every table as they do for each question alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

from saas.database.scope import ScopedSession

Shown = TypeVar("Shown")
# Of any columns.
Question = sa.Select[*tuple[Any, ...]]

_FROM_JSON: dict[type, Callable[[Any], Any]] = {
    uuid.UUID: uuid.UUID,
    dt.date: dt.date.fromisoformat,
    dt.datetime: dt.datetime.fromisoformat,
    dt.time: dt.time.fromisoformat,
}
# What JSON keeps as it is.
_AS_IT_IS = frozenset({str, int, bool})


def together(session: ScopedSession, questions: Mapping[str, Question]) -> dict[str, list[Any]]:
    """The rows of each question, in its order; a row's values are read by the columns' names.

    Raises:
        TypeError: a column of a type that JSON does not bring back as it was (a decimal).
    """
    if not questions:
        return {}
    asked = {name: question.subquery() for name, question in questions.items()}
    answers = session.execute(sa.select(*(_as_json(q).label(name) for name, q in asked.items())))
    one = answers.one()._mapping
    return {name: _rows(subquery, one[name]) for name, subquery in asked.items()}


@dataclass(frozen=True)
class Asked(Generic[Shown]):
    """What a page shows of one thing by the rows of one question; called alone, it asks alone."""

    question: Callable[[ScopedSession, uuid.UUID], Question]
    shown: Callable[[ScopedSession, list[Any]], Shown]

    def __call__(self, session: ScopedSession, of: uuid.UUID) -> Shown:
        return self.shown(session, list(session.execute(self.question(session, of))))


def asked_together(
    session: ScopedSession, of: uuid.UUID, asked: Sequence[Asked[Shown]]
) -> list[Shown]:
    """What each of these shows, by one statement."""
    rows = together(session, {str(n): part.question(session, of) for n, part in enumerate(asked)})
    return [part.shown(session, rows[str(number)]) for number, part in enumerate(asked)]


def _as_json(question: sa.Subquery) -> sa.ScalarSelect[Any]:
    row = sa.func.json_build_array(*question.c)
    return sa.select(sa.func.json_agg(row, type_=sa.JSON)).select_from(question).scalar_subquery()


def _rows(question: sa.Subquery, answer: list[list[Any]] | None) -> list[Any]:
    row = _row_of(tuple(question.c.keys()))
    read = [_reader(column.type) for column in question.c]
    return [
        row(*(r(v) if r and v is not None else v for r, v in zip(read, values, strict=True)))
        for values in answer or ()
    ]


@cache
def _row_of(names: tuple[str, ...]) -> Any:
    return namedtuple("Row", names)


def _reader(of: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    kept = of.item_type if isinstance(of, sa.ARRAY) else of
    if not isinstance(kept, TypeDecorator):
        if isinstance(kept, sa.JSON) or kept.python_type in _AS_IT_IS:
            return None
        if kept is of and kept.python_type in _FROM_JSON:
            return _FROM_JSON[kept.python_type]
    raise TypeError(f"a column of {of!r} is not brought back by JSON")
