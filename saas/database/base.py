"""The declarative base, the one `db`, and the wall that each table declares about itself."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, ClassVar

import sqlalchemy as sa
import uuid_utils.compat
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, registry

from saas.database.scope import LoginRole, ScopedSession

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

ALL = ("*",)


@dataclass(frozen=True)
class Grant:
    """What one login role may do with a table.

    `select`, `insert` and `update` name columns: a column that a role must never read is simply
    not there. `ALL` stands for every column.
    `rows` narrows the rows further than the tenant does: an SQL condition over the row (wall 2).
    `writes` narrows what may be written further than what may be seen: an SQL condition over the
    new row, for a role that reads more than it may say.
    """

    select: tuple[str, ...] = ()
    insert: tuple[str, ...] = ()
    update: tuple[str, ...] = ()
    delete: bool = False
    rows: str | None = None
    writes: str | None = None


READ = Grant(select=ALL)
APPEND = Grant(select=ALL, insert=ALL)
WRITE = Grant(select=ALL, insert=ALL, update=ALL)
WRITE_AND_DELETE = Grant(select=ALL, insert=ALL, update=ALL, delete=True)
# What is erased of a case: the scope of the role `eraser` names the case, and reaches no other.
ERASE = Grant(select=("tenant_id", "id", "case_id"), delete=True, rows="case_id = scope_person()")
# What is deleted of an authority that left, once its last case is erased and it was asked for: the
# scope of the role `eraser` then names that deletion.
ERASE_WITH_THE_REST = Grant(select=("tenant_id", "id"), delete=True, rows="rest_is_deleted()")


@dataclass(frozen=True)
class Wall:
    """Who reaches a table, and by which column its rows belong to a tenant.

    `tenant_column` is None for platform tables (reference figures, people), which hold no
    tenant's rows: there only the grants decide.
    `owner` is the condition of the rows that a function which runs as its owner may read past the
    tenant; None, as nearly everywhere, for none at all: the owner is bound by policies too.
    `owner_adds`: whether a function that runs as its owner adds rows, of any tenant.
    `owner_leaves`: what such a function may leave of a row that it changes; None: it changes none.
    """

    grants: Mapping[LoginRole, Grant] = field(default_factory=dict)
    tenant_column: str | None = "tenant_id"
    owner: str | None = None
    owner_adds: bool = False
    owner_leaves: str | None = None


class Base(DeclarativeBase):
    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMES),
        type_annotation_map={
            str: sa.Text,
            uuid.UUID: sa.Uuid,
            dt.datetime: sa.DateTime(timezone=True),
            dt.date: sa.Date,
            dict[str, Any]: JSONB,
        },
    )

    wall: ClassVar[Wall]


_maker: ContextVar[Callable[[], uuid.UUID] | None] = ContextVar("_maker", default=None)


def new_id() -> uuid.UUID:
    """A UUIDv7: sorted by time, and telling no tenant the volume of another."""
    maker = _maker.get()
    return uuid_utils.compat.uuid7() if maker is None else maker()


@contextmanager
def ids_made_by(maker: Callable[[], uuid.UUID]) -> Iterator[None]:
    """New ids come from here instead: for a demonstration that is the same at every seeding."""
    before = _maker.set(maker)
    try:
        yield
    finally:
        _maker.reset(before)


class TenantRow:
    """A row of one tenant. Its key starts with the tenant, so that the database can be spread
    over a cluster and a foreign key can never reach another tenant's row."""

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True, sort_order=-2)
    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id, sort_order=-1)


db = SQLAlchemy(model_class=Base, session_options={"class_": ScopedSession})


def declared_walls() -> dict[str, Wall]:
    """The wall of every mapped table, by table name."""
    return {mapper.class_.__tablename__: mapper.class_.wall for mapper in Base.registry.mappers}
