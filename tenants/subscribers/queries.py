"""Which authorities subscribe."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.together import TENANT
from saas.identity.signed_in import Tenancy
from saas.reference.models import EducationAuthority
from tenants.subscribers.models import Subscriber


def _tenancy(row: sa.Row[uuid.UUID, str, str] | None) -> Tenancy | None:
    return Tenancy(id=row[0], slug=row[1], name=row[2]) if row else None


_TENANCY = sa.select(Subscriber.id, Subscriber.slug, Subscriber.name)


def subscribed(today: dt.date) -> sa.ColumnElement[bool]:
    """The condition that a subscriber is served today."""
    return sa.and_(
        Subscriber.subscribed_from <= today,
        sa.or_(Subscriber.subscribed_to.is_(None), Subscriber.subscribed_to >= today),
    )


def tenancy_of_id(session: ScopedSession, tenant_id: uuid.UUID) -> Tenancy | None:
    return _tenancy(session.execute(_TENANCY.where(Subscriber.id == tenant_id)).one_or_none())


def tenancy_of_slug(session: ScopedSession, slug: str) -> Tenancy | None:
    return _tenancy(session.execute(_TENANCY.where(Subscriber.slug == slug)).one_or_none())


def find_tenancy(slug: str) -> Tenancy | None:
    """The authority that an address names, looked up in a transaction of its own."""
    with scoped(Scope.public()) as session:
        return tenancy_of_slug(session, slug)


def all_tenancies(session: ScopedSession, *, served_on: dt.date | None = None) -> list[Tenancy]:
    """Every authority that subscribes or did, by name.

    Args:
        served_on: only those whose families are served on this day.
    """
    wanted = _TENANCY if served_on is None else _TENANCY.where(subscribed(served_on))
    rows = session.execute(wanted.order_by(Subscriber.name))
    return [Tenancy(id=row[0], slug=row[1], name=row[2]) for row in rows]


def reference_prefixes(session: ScopedSession, tenant_id: uuid.UUID | None = None) -> list[str]:
    """What the references of cases begin with: of every authority, or of one."""
    statement = sa.select(Subscriber.reference_prefix)
    if tenant_id is not None:
        statement = statement.where(Subscriber.id == tenant_id)
    return list(session.scalars(statement))


def served_dfe_numbers(session: ScopedSession, today: dt.date) -> set[str]:
    """The DfE numbers of the authorities whose families are served today."""
    return set(session.scalars(sa.select(Subscriber.dfe_number).where(subscribed(today))))


def dfe_number_of(session: ScopedSession, tenant_id: uuid.UUID) -> str:
    """The DfE number of an authority that subscribes, which joins it to published figures."""
    return session.execute(
        sa.select(Subscriber.dfe_number).where(Subscriber.id == tenant_id)
    ).scalar_one()


_PLACE = (
    sa.select(
        EducationAuthority.dfe_number, EducationAuthority.region_code, EducationAuthority.region
    )
    .join(Subscriber, Subscriber.dfe_number == EducationAuthority.dfe_number)
    .where(Subscriber.id == TENANT)
)


def place_of(session: ScopedSession) -> Any:
    """The DfE number and the region of the session's authority, for figures that are published;
    None where its number is of no authority that is known."""
    return session.execute(_PLACE, {"tenant": session.tenant}).one_or_none()


def every_tenant() -> list[tuple[uuid.UUID, str]]:
    """Every authority that subscribes or did: its id and its short name."""
    with scoped(Scope.jobs()) as session:
        rows = session.execute(sa.select(Subscriber.id, Subscriber.slug).order_by(Subscriber.slug))
        return [(row.id, row.slug) for row in rows]
