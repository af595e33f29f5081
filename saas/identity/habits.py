"""What the service remembers of how a person works: saved filters, and when they last looked."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any, ClassVar
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE, WRITE_AND_DELETE, Base, Wall, new_id
from saas.database.scope import IN_PASSING, LoginRole, ScopedSession

# Looking again within this time is the same visit.
ONE_VISIT = dt.timedelta(minutes=30)
NOTED_EVERY = dt.timedelta(minutes=1)
MOST_FILTERS = 20
LONGEST_NAME = 40
# What a saved filter must not keep: a searched name is personal data; a page number means nothing.
NOT_SAVED = frozenset({"text", "page", "saved"})


class SavedFilter(Base):
    """A filter of a tray, under a name of the person's own."""

    __tablename__ = "saved_filter"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "tray", "name"),
        sa.CheckConstraint("length(trim(name)) BETWEEN 1 AND 40", name="name_has_a_length"),
    )
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    tray: Mapped[str]
    name: Mapped[str]
    query: Mapped[str]


class TrayVisit(Base):
    """When a person last looked at a tray, and the time before."""

    __tablename__ = "tray_visit"
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE})

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    tray: Mapped[str] = mapped_column(primary_key=True)
    visited_at: Mapped[dt.datetime]
    previous_at: Mapped[dt.datetime | None]


class TooManyFiltersError(ValueError):
    """The person has MOST_FILTERS saved filters already."""


@dataclass(frozen=True)
class Looked:
    """What was remembered of a person when they opened a tray."""

    since: dt.datetime | None
    saved: list[KeptFilter]


@dataclass(frozen=True)
class KeptFilter:
    """A saved filter, as a page lists it."""

    id: uuid.UUID
    name: str
    query: str


_ONE = sa.select(sa.literal(1)).subquery()
_WHO: Any = sa.bindparam("person", type_=sa.Uuid)
_WHICH: Any = sa.bindparam("tray", type_=sa.Text)
_LOOK = (
    sa.select(
        TrayVisit.visited_at,
        TrayVisit.previous_at,
        SavedFilter.id,
        SavedFilter.name,
        SavedFilter.query,
    )
    .select_from(_ONE)
    .outerjoin(TrayVisit, sa.and_(TrayVisit.person_id == _WHO, TrayVisit.tray == _WHICH))
    .outerjoin(SavedFilter, sa.and_(SavedFilter.person_id == _WHO, SavedFilter.tray == _WHICH))
    .order_by(SavedFilter.name)
)


def look(session: ScopedSession, person_id: uuid.UUID, tray: str, *, at: dt.datetime) -> Looked:
    """Note that the person looks at a tray now; when their last visit before this one was, and the
    filters that they keep. A visit is noted at most once in NOTED_EVERY."""
    rows = session.execute(_LOOK, {"person": person_id, "tray": tray}).all()
    visited_at, since = rows[0].visited_at, rows[0].previous_at
    if visited_at is None or at - visited_at >= NOTED_EVERY:
        since = visit(session, person_id, tray, at=at)
    return Looked(since, [KeptFilter(row.id, row.name, row.query) for row in rows if row.id])


def visit(
    session: ScopedSession, person_id: uuid.UUID, tray: str, *, at: dt.datetime
) -> dt.datetime | None:
    """Note that the person looks now, and say when their last visit before this one was."""
    statement = (
        insert(TrayVisit)
        .values(person_id=person_id, tray=tray, visited_at=at, previous_at=None)
        .execution_options(**IN_PASSING)
    )
    new_visit = TrayVisit.visited_at < at - ONE_VISIT
    return session.scalar(
        statement.on_conflict_do_update(
            index_elements=["person_id", "tray"],
            set_={
                "previous_at": sa.case(
                    (new_visit, TrayVisit.visited_at), else_=TrayVisit.previous_at
                ),
                "visited_at": at,
            },
        ).returning(TrayVisit.previous_at)
    )


def saved_filters(session: ScopedSession, person_id: uuid.UUID, tray: str) -> list[SavedFilter]:
    return list(
        session.scalars(
            sa.select(SavedFilter)
            .where(SavedFilter.person_id == person_id, SavedFilter.tray == tray)
            .order_by(SavedFilter.name)
        )
    )


def save_filter(
    session: ScopedSession, person_id: uuid.UUID, tray: str, *, name: str, query: str
) -> None:
    """Keep a filter under a name; the same name again replaces it. A searched text is not kept.

    Raises:
        TooManyFiltersError: MOST_FILTERS are kept already, and this would be one more.
    """
    kept = urlencode([(k, v) for k, v in parse_qsl(query) if k not in NOT_SAVED])
    known = {saved.name for saved in saved_filters(session, person_id, tray)}
    if len(known) >= MOST_FILTERS and name not in known:
        raise TooManyFiltersError(f"{MOST_FILTERS} filters are kept already: remove one first")
    session.execute(
        insert(SavedFilter)
        .values(id=new_id(), person_id=person_id, tray=tray, name=name, query=kept)
        .on_conflict_do_update(index_elements=["person_id", "tray", "name"], set_={"query": kept})
    )


def remove_filter(session: ScopedSession, person_id: uuid.UUID, filter_id: uuid.UUID) -> bool:
    """Forget one of the person's own filters; False if it is none of theirs."""
    removed = session.execute(
        sa.delete(SavedFilter)
        .where(SavedFilter.id == filter_id, SavedFilter.person_id == person_id)
        .returning(SavedFilter.id)
    )
    return removed.one_or_none() is not None
