"""What a tray is narrowed to, and how: a filter without its values has its statements built once.

To build a statement takes Python longer than PostgreSQL takes to answer it. So a filter is taken
apart: its shape says which conditions there are, and the values travel beside the statement.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.reference.working_days import add_working_days
from saas.web.dates import SOON

# What a filter is compared with. Whatever else it holds decides which conditions there are.
_VALUES: dict[str, Any] = {
    "stages": sa.bindparam("stages", expanding=True),
    "services": sa.bindparam("services", expanding=True),
    "clocks": sa.bindparam("clocks", expanding=True),
    "tenant": sa.bindparam("tenant", type_=sa.Uuid),
    "authority": sa.bindparam("authority", type_=sa.Text),
    "person": sa.bindparam("person", type_=sa.Uuid),
    "coordinator": sa.bindparam("coordinator", type_=sa.Uuid),
    "mediator": sa.bindparam("mediator", type_=sa.Uuid),
    "text": sa.bindparam("text", type_=sa.Text),
    "new_since": sa.bindparam("new_since", type_=sa.DateTime(timezone=True)),
    "tasks_on": sa.bindparam("today", type_=sa.Date),
}
# The days that the conditions speak of.
TODAY: Any = _VALUES["tasks_on"]
SOON_UNTIL: Any = sa.bindparam("soon_until", type_=sa.Date)
TEXT_IN_CAPITALS: Any = sa.bindparam("text_in_capitals", type_=sa.Text)

Shape = tuple[tuple[str, Any], ...]


@dataclass(frozen=True)
class TrayFilter:
    """What a tray is narrowed to. Empty means everything."""

    due: str = ""
    stages: tuple[str, ...] = ()
    services: tuple[str, ...] = ()
    clocks: tuple[str, ...] = ()
    waiting_for: str = ""
    waits_for_provider: bool = False
    # The one that the session works in, by `of_session`.
    tenant: uuid.UUID | None = None
    authority: str = ""
    person: uuid.UUID | None = None
    text: str = ""
    closed: bool = False
    coordinator: uuid.UUID | None = None
    mediator: uuid.UUID | None = None
    unassigned: bool = False
    new_since: dt.datetime | None = None
    # For an authority: what waits for it is what it has to do on this day (`task_queries`).
    tasks_on: dt.date | None = None
    only_new: bool = False
    order: str = "due"


def of_session(asked: TrayFilter, session: ScopedSession) -> TrayFilter:
    """The filter, with the authority named that the session works in, if it is one.

    The wall asks for it anyway, but of every case, every child and every authority looked up; where
    the statement names it too, PostgreSQL compares the two once.
    """
    return dataclasses.replace(asked, tenant=session.scope.tenant)


def given(value: Any) -> bool:
    """Whether a filter asks for this: a value, or the place of one."""
    return isinstance(value, sa.BindParameter) or bool(value)


def shape_of(asked: TrayFilter) -> Shape:
    """Which conditions a filter has, without what they compare with."""
    return tuple(
        (each.name, each.name in _VALUES or value)
        for each in dataclasses.fields(asked)
        if (value := getattr(asked, each.name))
    )


def filter_of(shape: Shape) -> TrayFilter:
    """A filter of this shape, with places for its values."""
    given_as: dict[str, Any] = {name: _VALUES.get(name, value) for name, value in shape}
    return TrayFilter(**given_as)


def values_of(asked: TrayFilter, today: dt.date) -> dict[str, Any]:
    """What the statements of a filter are given when they are run on a day."""
    values = {name: getattr(asked, name) for name in _VALUES if getattr(asked, name)}
    return {
        **values,
        "today": today,
        "soon_until": soon_until(today),
        "text_in_capitals": asked.text.upper(),
    }


def soon_until(today: dt.date) -> dt.date:
    """The last day that counts as soon: SOON working days from today."""
    return add_working_days(today, SOON)
