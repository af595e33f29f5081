"""What the service remembers of how a person works: saved filters, and when they last looked."""

from __future__ import annotations

import datetime as dt
import functools
import uuid
from dataclasses import dataclass
from typing import ClassVar
from urllib.parse import parse_qsl, urlencode

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE, WRITE_AND_DELETE, Base, Wall, new_id
from saas.database.scope import IN_PASSING, LoginRole, ScopedSession
from saas.database.together import Question, Together, named

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
    """What was remembered of a person when they opened a tray, and who works on its cases: ids and
    names."""

    since: dt.datetime | None
    saved: list[KeptFilter]
    people: dict[uuid.UUID, str]


@dataclass(frozen=True)
class KeptFilter:
    """A saved filter, as a page lists it."""

    id: uuid.UUID
    name: str
    query: str


_WHO, _WHICH = named("person"), named("tray", sa.Text)
_VISITS = sa.select(TrayVisit.visited_at, TrayVisit.previous_at).where(
    TrayVisit.person_id == _WHO, TrayVisit.tray == _WHICH
)
_SAVED = (
    sa.select(SavedFilter.id, SavedFilter.name, SavedFilter.query)
    .where(SavedFilter.person_id == _WHO, SavedFilter.tray == _WHICH)
    .order_by(SavedFilter.name)
)


@functools.cache
def _together(people: Question) -> Together:
    return Together({"visits": _VISITS, "saved": _SAVED, "people": people})


def look(
    session: ScopedSession,
    person_id: uuid.UUID,
    tray: str,
    *,
    at: dt.datetime,
    people: Question,
    tenant: uuid.UUID | None,
) -> Looked:
    """Note that the person looks at a tray now; when their last visit before this one was, the
    filters that they keep, and who works on the cases, by one statement. A visit is noted at most
    once in NOTED_EVERY.

    Args:
        people: asks for an `id` and a `name`, of the authority TENANT where it names one.
    """
    found = _together(people).ask(session, person=person_id, tray=tray, tenant=tenant)
    visited_at, since = found["visits"][0] if found["visits"] else (None, None)
    if visited_at is None or at - visited_at >= NOTED_EVERY:
        since = visit(session, person_id, tray, at=at)
    return Looked(
        since,
        [KeptFilter(*row) for row in found["saved"]],
        {row.id: row.name for row in found["people"]},
    )


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
