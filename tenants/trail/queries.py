"""What is read of the trail: columns alone, so that an authority's role may do it."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.audit.models import AuditEntry, PlatformAuditEntry
from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.streaming import Reading
from saas.identity.models import Membership, Person
from saas.reference.today import LONDON
from tenants.casework.models import SenCase

# What is written of signing in, in the words of the page.
SIGNING_IN = {
    "signed in": "Signed in",
    "signed in by work account": "Signed in by work account",
    "work account refused": "Work account refused",
    "second proof refused": "Second proof refused",
    "second proof added": "Second proof added",
    "second proof removed": "Second proof removed",
    "recovery codes made": "New recovery codes",
    "password chosen": "Password chosen",
    "password changed": "Password changed",
}


@dataclass(frozen=True)
class TrailFilter:
    """Which entries are asked for."""

    action: str = ""
    person: uuid.UUID | None = None
    subject: uuid.UUID | None = None
    first: dt.date | None = None
    last: dt.date | None = None
    tenant: uuid.UUID | None = None

    def conditions(self, at: Any, person: Any, action: Any) -> list[sa.ColumnElement[bool]]:
        wanted: list[sa.ColumnElement[bool]] = []
        if self.action:
            wanted.append(action == self.action)
        if self.person is not None:
            wanted.append(person == self.person)
        if self.first is not None:
            wanted.append(at >= _begins(self.first))
        if self.last is not None:
            wanted.append(at < _begins(self.last + dt.timedelta(days=1)))
        return wanted


@dataclass(frozen=True)
class TrailEntry:
    """One entry. `reference` is of the case that it is about, if it is about one."""

    tenant_id: uuid.UUID | None
    at: dt.datetime
    person_id: uuid.UUID | None
    action: str
    subject_kind: str
    subject_id: uuid.UUID | None
    door: str
    reference: str | None


def _begins(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), LONDON)


def entries(
    session: ScopedSession, asked: TrailFilter, *, offset: int, limit: int
) -> list[TrailEntry]:
    """The entries that the session may see, the latest first."""
    rows = session.execute(_entries(session, asked).offset(offset).limit(limit))
    return [TrailEntry(*row) for row in rows]


def every_entry(reading: Reading, asked: TrailFilter) -> Iterator[TrailEntry]:
    """All of them in the same order, read while they are asked for."""
    return (TrailEntry(*row) for row in reading.stream(_entries(reading, asked)))


def persons_in(
    session: ScopedSession, asked: TrailFilter
) -> tuple[int, Collection[uuid.UUID | None]]:
    """How many entries there are, and whose."""
    wanted = _wanted(session, asked)
    counted = session.execute(
        sa.select(AuditEntry.person_id, sa.func.count())
        .where(*wanted)
        .group_by(AuditEntry.person_id)
    ).all()
    return sum(number for _, number in counted), {person for person, _ in counted}


def _wanted(session: ScopedSession, asked: TrailFilter) -> list[sa.ColumnElement[bool]]:
    wanted = asked.conditions(AuditEntry.at, AuditEntry.person_id, AuditEntry.action)
    if asked.subject is not None:
        wanted.append(AuditEntry.subject_id == asked.subject)
    tenant = session.scope.tenant or asked.tenant
    if tenant is not None:
        wanted.append(AuditEntry.tenant_id == tenant)
    return wanted


def _entries(session: ScopedSession, asked: TrailFilter) -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            AuditEntry.tenant_id,
            AuditEntry.at,
            AuditEntry.person_id,
            AuditEntry.action,
            AuditEntry.subject_kind,
            AuditEntry.subject_id,
            AuditEntry.door,
            SenCase.reference,
        )
        .outerjoin(
            SenCase,
            sa.and_(SenCase.tenant_id == AuditEntry.tenant_id, SenCase.id == AuditEntry.subject_id),
        )
        .where(*_wanted(session, asked))
        .order_by(AuditEntry.at.desc(), AuditEntry.id.desc())
    )


def actions_seen(session: ScopedSession) -> list[str]:
    """The kinds of entries that there are, of the tenant."""
    return list(
        session.scalars(
            sa.select(AuditEntry.action)
            .where(AuditEntry.tenant_id == session.tenant)
            .distinct()
            .order_by(AuditEntry.action)
        )
    )


def sign_ins(
    team: Collection[uuid.UUID], asked: TrailFilter, *, offset: int, limit: int
) -> list[TrailEntry]:
    """What is written of signing in of some people, the latest first."""
    with scoped(Scope.identity()) as session:
        rows = session.execute(_sign_ins(team, asked).offset(offset).limit(limit)).all()
    return [_sign_in(row) for row in rows]


def every_sign_in(
    reading: Reading, team: Collection[uuid.UUID], asked: TrailFilter
) -> Iterator[TrailEntry]:
    """All of them in the same order, read while they are asked for."""
    return (_sign_in(row) for row in reading.stream(_sign_ins(team, asked)))


def sign_ins_counted(reading: Reading, team: Collection[uuid.UUID], asked: TrailFilter) -> int:
    wanted = _sign_ins(team, asked).order_by(None).subquery()
    return reading.scalar(sa.select(sa.func.count()).select_from(wanted)) or 0


def _sign_ins(team: Collection[uuid.UUID], asked: TrailFilter) -> sa.Select[*tuple[Any, ...]]:
    columns = PlatformAuditEntry
    return (
        sa.select(columns.at, columns.person_id, columns.action)
        .where(
            columns.person_id.in_(list(team)),
            columns.action.in_(list(SIGNING_IN)),
            *asked.conditions(columns.at, columns.person_id, columns.action),
        )
        .order_by(columns.at.desc(), columns.id.desc())
    )


def _sign_in(row: sa.Row[*tuple[Any, ...]]) -> TrailEntry:
    return TrailEntry(None, row.at, row.person_id, SIGNING_IN[row.action], "", None, "", None)


def team_ids(tenant_id: uuid.UUID) -> Sequence[uuid.UUID]:
    """Whoever is or was in an authority's team."""
    with scoped(Scope.identity()) as session:
        wanted = sa.select(Membership.person_id).where(Membership.tenant_id == tenant_id)
        return session.scalars(wanted).all()


def names_of(people: Collection[uuid.UUID | None]) -> Mapping[uuid.UUID | None, str]:
    """The names of people, by their ids."""
    wanted = {one for one in people if one is not None}
    if not wanted:
        return {}
    with scoped(Scope.identity()) as session:
        rows = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(wanted)))
        return {row.id: row.name for row in rows}
