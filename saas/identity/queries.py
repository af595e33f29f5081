"""Who somebody is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity.models import Membership, Person, ProviderStaff
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.second_factor import Passkey


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


def people_columns() -> tuple[sa.ColumnElement[Any], ...]:
    """What `found` makes a person of, for a statement over `Person` and `Membership`."""
    roles = (
        sa.select(sa.func.array_agg(ProviderStaff.role))
        .where(ProviderStaff.person_id == Person.id)
        .scalar_subquery()
    )
    by_key = sa.exists().where(Passkey.person_id == Person.id)
    second = sa.or_(Person.code_secret.is_not(None), by_key)
    return (
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


MEMBERSHIP_THAT_STANDS = sa.and_(
    Membership.person_id == Person.id, Membership.suspended_at.is_(None)
)
_ACTIVE_PERSON = (
    sa.select(*people_columns())
    .outerjoin(Membership, MEMBERSHIP_THAT_STANDS)
    .where(Person.id == sa.bindparam("person"), Person.active)
    .order_by(
        (Membership.tenant_id == sa.bindparam("place", type_=sa.Uuid)).desc().nulls_last(),
        Membership.since,
        Membership.id,
    )
    .limit(1)
)


def found(row: sa.Row[*tuple[Any, ...]]) -> FoundPerson:
    """A person, of the columns of `people_columns`."""
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
    session: ScopedSession, person_id: uuid.UUID, *, tenant_id: uuid.UUID | None = None
) -> FoundPerson | None:
    """The person, if they may still sign in.

    Args:
        tenant_id: the place that they work in now, where they have several; the first otherwise.
    """
    row = session.execute(_ACTIVE_PERSON, {"person": person_id, "place": tenant_id}).one_or_none()
    return found(row) if row else None


_TEAM = (
    sa.select(Person.id, Person.name)
    .join(Membership, Membership.person_id == Person.id)
    .where(
        Membership.tenant_id == sa.bindparam("tenant"),
        Membership.role.in_(sa.bindparam("roles", expanding=True)),
        Membership.suspended_at.is_(None),
        Person.active,
    )
    .order_by(Person.name, Person.id)
)


def team_of(
    session: ScopedSession, tenant_id: uuid.UUID, roles: Collection[AuthorityRole]
) -> list[tuple[uuid.UUID, str]]:
    """Those of an authority's team who have one of these roles and may sign in: ids and names."""
    rows = session.execute(
        _TEAM, {"tenant": tenant_id, "roles": sorted(role.value for role in roles)}
    )
    return [(row.id, row.name) for row in rows]
