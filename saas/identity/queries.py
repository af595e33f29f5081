"""Who somebody is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import TENANT, Question
from saas.identity.models import Membership, Person, ProviderStaff
from saas.identity.opened import PASSWORD, membership_opened, staff_opened
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.second_factor import Passkey
from saas.identity.signed_in import Way


@dataclass(frozen=True)
class FoundPerson:
    id: uuid.UUID
    name: str
    email: str
    epoch: int
    has_second_factor: bool
    last_signed_in_at: dt.datetime | None
    tenant_id: uuid.UUID | None
    authority_role: AuthorityRole | None
    provider_roles: frozenset[ProviderRole]


class Opened(StrEnum):
    """Which of a person's places are asked for, by how they signed in."""

    ALL = "all"
    BY_PASSWORD = "by password"  # noqa: S105
    BY_PROVIDER = "by the provider's connection"
    BY_AUTHORITY = "by an authority's connection"

    @classmethod
    def by(cls, way: Way | None) -> Opened:
        if way is None:
            return cls.ALL
        if way.connection_id is None:
            return cls.BY_PASSWORD
        return cls.BY_PROVIDER if way.authority_id is None else cls.BY_AUTHORITY


# Any connection: what it opens depends on whose it is alone.
_SOME = uuid.UUID(int=0)
_WHOSE: Any = sa.bindparam("authority", type_=sa.Uuid)
_WAYS = {
    Opened.ALL: None,
    Opened.BY_PASSWORD: PASSWORD,
    Opened.BY_PROVIDER: Way(_SOME),
    Opened.BY_AUTHORITY: Way(_SOME, _WHOSE),
}


def people_statement(opened: Opened, place: Any = None) -> sa.Select[*tuple[Any, ...]]:
    """What `found` makes a person of: active, by `person`, in `place` where that is one of theirs
    that is opened, else in the first. `values_of` has what it is run with.

    Args:
        place: a column of a table that the caller joins, where no value is given.
    """
    way = _WAYS[opened]
    preferred = sa.bindparam("place", type_=sa.Uuid) if place is None else place
    roles = (
        sa.select(sa.func.array_agg(ProviderStaff.role))
        .where(ProviderStaff.person_id == Person.id, staff_opened(way))
        .correlate(Person)
        .scalar_subquery()
    )
    by_key = sa.exists().where(Passkey.person_id == Person.id)
    second = sa.or_(Person.code_secret.is_not(None), by_key)
    return (
        sa.select(
            Person.id.label("id"),
            Person.name.label("name"),
            Person.email.label("email"),
            Person.session_epoch.label("epoch"),
            Person.last_signed_in_at.label("last_signed_in_at"),
            Membership.tenant_id.label("tenant_id"),
            Membership.role.label("authority_role"),
            roles.label("provider_roles"),
            second.label("has_second_factor"),
        )
        .select_from(Person)
        .outerjoin(
            Membership,
            sa.and_(
                Membership.person_id == Person.id,
                Membership.suspended_at.is_(None),
                membership_opened(way),
            ),
        )
        .where(Person.id == sa.bindparam("person"), Person.active)
        .order_by(
            (Membership.tenant_id == preferred).desc().nulls_last(),
            Membership.since,
            Membership.id,
        )
        .limit(1)
    )


_PEOPLE = {opened: people_statement(opened) for opened in Opened}


def values_of(
    person_id: uuid.UUID, place: uuid.UUID | None, way: Way | None
) -> dict[str, uuid.UUID | None]:
    return {"person": person_id, "place": place, "authority": way.authority_id if way else None}


def found(row: sa.Row[*tuple[Any, ...]]) -> FoundPerson:
    """A person, of the columns of `people_statement`."""
    return FoundPerson(
        id=row.id,
        name=row.name,
        email=row.email,
        epoch=row.epoch,
        has_second_factor=bool(row.has_second_factor),
        last_signed_in_at=row.last_signed_in_at,
        tenant_id=row.tenant_id,
        authority_role=AuthorityRole(row.authority_role) if row.authority_role else None,
        provider_roles=frozenset(ProviderRole(role) for role in row.provider_roles or ()),
    )


def find_active_person(
    session: ScopedSession,
    person_id: uuid.UUID,
    *,
    tenant_id: uuid.UUID | None = None,
    way: Way | None = None,
) -> FoundPerson | None:
    """The person, if they may still sign in.

    Args:
        tenant_id: the place that they work in now, where they have several; the first otherwise.
        way: how they signed in, which says which of their places are open to them; None asks for
            the person alone, with all places.
    """
    statement = _PEOPLE[Opened.by(way)]
    row = session.execute(statement, values_of(person_id, tenant_id, way)).one_or_none()
    return found(row) if row else None


def active_people(
    session: ScopedSession, ids: Collection[uuid.UUID]
) -> dict[uuid.UUID, sa.Row[uuid.UUID, str, str]]:
    """The `id`, `name` and `email` of those of these people who may still sign in."""
    if not ids:
        return {}
    rows = session.execute(
        sa.select(Person.id, Person.name, Person.email).where(Person.id.in_(ids), Person.active)
    )
    return {row.id: row for row in rows}


def team_of(roles: Collection[AuthorityRole]) -> Question:
    """Asks for the `id` and the `name` of those of an authority's team, by their names, who have
    one of these roles and may sign in; names the authority TENANT."""
    return (
        sa.select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.tenant_id == TENANT,
            Membership.role.in_(sorted(role.value for role in roles)),
            Membership.suspended_at.is_(None),
            Person.active,
        )
        .order_by(Person.name, Person.id)
    )
