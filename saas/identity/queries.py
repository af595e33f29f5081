"""Who somebody is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Collection
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.identity.models import Membership, Person, ProviderStaff
from saas.identity.opened import membership_opened, staff_opened
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


def _people(
    way: Way | None,
) -> sa.Select[Person, uuid.UUID | None, str | None, list[str] | None, bool]:
    roles = (
        sa.select(sa.func.array_agg(ProviderStaff.role))
        .where(ProviderStaff.person_id == Person.id, staff_opened(way))
        .correlate(Person)
        .scalar_subquery()
    )
    by_key = sa.exists().where(Passkey.person_id == Person.id)
    second = sa.or_(Person.code_secret.is_not(None), by_key)
    return sa.select(Person, Membership.tenant_id, Membership.role, roles, second).outerjoin(
        Membership,
        sa.and_(
            Membership.person_id == Person.id,
            Membership.suspended_at.is_(None),
            membership_opened(way),
        ),
    )


def _found(
    row: sa.Row[Person, uuid.UUID | None, str | None, list[str] | None, bool],
) -> FoundPerson:
    person, tenant_id, role, provider_roles, second_factor = row
    return FoundPerson(
        id=person.id,
        name=person.name,
        email=person.email,
        epoch=person.session_epoch,
        has_second_factor=bool(second_factor),
        last_signed_in_at=person.last_signed_in_at,
        tenant_id=tenant_id,
        authority_role=AuthorityRole(role) if role else None,
        provider_roles=frozenset(ProviderRole(r) for r in provider_roles or ()),
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
    wanted = _people(way).where(Person.id == person_id, Person.active)
    if tenant_id is not None:
        wanted = wanted.order_by((Membership.tenant_id == tenant_id).desc().nulls_last())
    row = session.execute(wanted.order_by(Membership.since, Membership.id).limit(1)).one_or_none()
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
            Membership.suspended_at.is_(None),
            Person.active,
        )
        .order_by(Person.name, Person.id)
    )
    return [(row.id, row.name) for row in rows]
