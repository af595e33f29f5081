"""Several small questions of one page in one statement.

Each question is answered as JSON inside the one statement, and read back into rows whose columns
have the types of the question's. A page that asks ten things of one case pays for one statement,
and the policies hold for every table as they do for each question alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import ChainMap, namedtuple
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from sqlalchemy.sql.compiler import SQLCompiler
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


def named(name: str, of: type[TypeEngine[Any]] | TypeEngine[Any] = sa.Uuid) -> Any:
    """A value that is given each time by this name."""
    return sa.bindparam(name, None, type_=of)


# The authority, and what is asked about.
TENANT, OF = named("tenant"), named("of")


class Together:
    """Questions that are put together once, and asked with other values each time.

    To build and to hash so large a statement anew for each page would cost more than it saves.

    Raises:
        TypeError: a column of a type that JSON does not bring back as it was (a decimal), or, when
            it is first asked, a value that is a list.
    """

    def __init__(self, questions: Mapping[str, Question]) -> None:
        self._asked = {name: question.subquery() for name, question in questions.items()}
        self._read = {
            name: (_row_of(tuple(q.c.keys())), [_reader(column.type) for column in q.c])
            for name, q in self._asked.items()
        }
        self._sql = ""
        self._named: set[str] = set()
        self._fixed: dict[str, Any] = {}

    def ask(self, session: ScopedSession, **values: Any) -> dict[str, list[Any]]:
        """The rows of each question, in its order; a row's values are read by the columns' names.

        Args:
            values: of what the questions name (`named`); TENANT is the session's.

        Raises:
            TypeError: a value is missing.
        """
        if not self._asked:
            return {}
        # What a question reads may have been written in this transaction.
        session.flush()
        connection = session.connection()
        if not self._sql:
            self._compile(connection.dialect)
        given = {"tenant": session.scope.tenant, **values}
        if self._named - given.keys():
            raise TypeError(f"no value for {', '.join(sorted(self._named - given.keys()))}")
        parameters = self._fixed | {name: given[name] for name in self._named}
        answers = connection.exec_driver_sql(self._sql, parameters).one()
        return {
            name: [_read(row, readers, one) for one in answer or ()]
            for (name, (row, readers)), answer in zip(self._read.items(), answers, strict=True)
        }

    def _compile(self, dialect: sa.Dialect) -> None:
        columns = (_as_json(q).label(name) for name, q in self._asked.items())
        compiled = sa.select(*columns).compile(dialect=dialect)
        assert isinstance(compiled, SQLCompiler)
        given = {key: bind for key, bind in compiled.binds.items() if not bind.unique}
        if lists := sorted(key for key, bind in given.items() if bind.expanding):
            raise TypeError(f"as many values as are given each time: {', '.join(lists)}")
        self._named = set(given)
        expanded = compiled.construct_expanded_state(dict.fromkeys(self._named))
        self._fixed = dict(expanded.parameters)
        self._sql = expanded.statement


@dataclass(frozen=True, eq=False)
class Asked(Generic[Shown]):
    """What a page shows of one thing by the rows of one question; called alone, it asks alone.

    Attributes:
        question: names the authority TENANT and what it is about OF.
        values: of what else the question names.
    """

    question: Question
    shown: Callable[[ScopedSession, list[Any]], Shown]
    values: Callable[[], Mapping[str, Any]] = dict

    def __call__(self, session: ScopedSession, of: uuid.UUID) -> Shown:
        given = {"tenant": session.scope.tenant, "of": of, **self.values()}
        return self.shown(session, list(session.execute(self.question, given)))


def asked_together(
    session: ScopedSession, of: uuid.UUID, asked: Sequence[Asked[Shown]]
) -> list[Shown]:
    """What each of these shows, by one statement."""
    values = dict(ChainMap(*(dict(part.values()) for part in asked)))
    rows = _put_together(tuple(asked)).ask(session, of=of, **values)
    return [part.shown(session, rows[str(number)]) for number, part in enumerate(asked)]


@cache
def _put_together(asked: tuple[Asked[Any], ...]) -> Together:
    return Together({str(number): part.question for number, part in enumerate(asked)})


def _as_json(question: sa.Subquery) -> sa.ScalarSelect[Any]:
    row = sa.func.json_build_array(*question.c)
    return sa.select(sa.func.json_agg(row, type_=sa.JSON)).select_from(question).scalar_subquery()


def _read(row: Any, readers: list[Any], values: list[Any]) -> Any:
    return row(*(r(v) if r and v is not None else v for r, v in zip(readers, values, strict=True)))


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
