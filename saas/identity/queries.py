"""Who somebody is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity.models import Membership, Person, ProviderStaff
from saas.identity.permissions import AuthorityRole, ProviderRole


@dataclass(frozen=True)
class FoundPerson:
    id: uuid.UUID
    name: str
    email: str
    epoch: int
    last_signed_in_at: dt.datetime | None
    tenant_id: uuid.UUID | None
    authority_role: AuthorityRole | None
    provider_roles: frozenset[ProviderRole]


def _people() -> sa.Select[Person, uuid.UUID | None, str | None, list[str] | None]:
    roles = (
        sa.select(sa.func.array_agg(ProviderStaff.role))
        .where(ProviderStaff.person_id == Person.id)
        .scalar_subquery()
    )
    return sa.select(Person, Membership.tenant_id, Membership.role, roles).outerjoin(
        Membership, Membership.person_id == Person.id
    )


def _found(
    row: sa.Row[Person, uuid.UUID | None, str | None, list[str] | None],
) -> FoundPerson:
    person, tenant_id, role, provider_roles = row
    return FoundPerson(
        id=person.id,
        name=person.name,
        email=person.email,
        epoch=person.session_epoch,
        last_signed_in_at=person.last_signed_in_at,
        tenant_id=tenant_id,
        authority_role=AuthorityRole(role) if role else None,
        provider_roles=frozenset(ProviderRole(r) for r in provider_roles or ()),
    )


def find_active_person(session: ScopedSession, person_id: uuid.UUID) -> FoundPerson | None:
    """The person, if they may still sign in."""
    row = session.execute(
        _people().where(Person.id == person_id, Person.active).limit(1)
    ).one_or_none()
    return _found(row) if row else None


def team_of(
    session: ScopedSession, tenant_id: uuid.UUID, roles: Collection[AuthorityRole]
) -> list[tuple[uuid.UUID, str]]:
    """Those of an authority's team who have one of these roles and may sign in: ids and names."""
    rows = session.execute(
        sa.select(Person.id, Person.name)
        .join(Membership, Membership.person_id == Person.id)
        .where(
            Membership.tenant_id == tenant_id,
            Membership.role.in_([role.value for role in roles]),
            Person.active,
        )
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name) for row in rows]


def people_page(session: ScopedSession, *, offset: int, limit: int) -> list[FoundPerson]:
    """Everyone who can sign in, by address: one page and one row more, if there is more."""
    rows = session.execute(
        _people().where(Person.active).order_by(Person.email).offset(offset).limit(limit + 1)
    )
    return [_found(row) for row in rows]
