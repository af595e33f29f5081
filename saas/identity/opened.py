"""What a session opens: by the way in which it was begun.

An identity provider speaks for the place whose it is, and opens nothing else: neither another
authority nor the provider's doors. A password opens all places of a person but those that ask
their people to come by their own sign-in; who runs a team keeps the password for the day on which
that does not answer.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from saas.database.scope import ScopedSession
from saas.identity.connections import EmailDomain, IdentityConnection
from saas.identity.models import Membership, Person, ProviderStaff
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Way

PASSWORD = Way()


def membership_opened(way: Way | None) -> sa.ColumnElement[bool]:
    """The condition that a session opens a place in a team; `Person` is in the same query.

    Args:
        way: None of no session, which opens everything.
    """
    if way is None:
        return sa.true()
    if way.connection_id is None:
        asked = _asks_for_its_own(IdentityConnection.authority_id == Membership.tenant_id)
        return sa.or_(Membership.role == AuthorityRole.MANAGER.value, sa.not_(asked))
    if way.authority_id is None:
        return sa.false()
    return Membership.tenant_id == way.authority_id


def staff_opened(way: Way | None) -> sa.ColumnElement[bool]:
    """The condition that a session opens a role at the provider; `Person` is in the same query."""
    if way is None:
        return sa.true()
    if way.connection_id is None:
        also = aliased(ProviderStaff)
        runs_it = sa.exists().where(
            also.person_id == Person.id, also.role == ProviderRole.ADMIN.value
        )
        asked = _asks_for_its_own(IdentityConnection.authority_id.is_(None))
        return sa.or_(runs_it.correlate(Person), sa.not_(asked))
    return sa.true() if way.authority_id is None else sa.false()


def _asks_for_its_own(place: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether the place asks the person to come by its own sign-in."""
    return (
        sa.exists()
        .where(
            place,
            IdentityConnection.is_on,
            IdentityConnection.must_use,
            EmailDomain.authority_id.is_not_distinct_from(IdentityConnection.authority_id),
            EmailDomain.domain == sa.func.substring(Person.email, "[^@]*$"),
        )
        .correlate(Person, Membership, ProviderStaff)
    )


def _has_place(person_id: uuid.UUID, way: Way | None, *, opened: bool) -> sa.ColumnElement[bool]:
    in_team, at_provider = membership_opened(way), staff_opened(way)
    if not opened:
        in_team, at_provider = sa.not_(in_team), sa.not_(at_provider)
    team = (
        sa.select(Membership.id)
        .join(Person, Person.id == Membership.person_id)
        .where(Membership.person_id == person_id, Membership.suspended_at.is_(None), in_team)
    )
    staff = (
        sa.select(ProviderStaff.role)
        .join(Person, Person.id == ProviderStaff.person_id)
        .where(ProviderStaff.person_id == person_id, at_provider)
    )
    return sa.or_(team.exists(), staff.exists())


def opens_a_place(session: ScopedSession, person_id: uuid.UUID, way: Way) -> bool:
    """Whether a session begun so opens any place of the person."""
    return bool(session.scalar(sa.select(_has_place(person_id, way, opened=True))))


def works_elsewhere(session: ScopedSession, person_id: uuid.UUID, way: Way) -> bool:
    """Whether the person has a place that such a session does not open."""
    return bool(session.scalar(sa.select(_has_place(person_id, way, opened=False))))


def password_opens(session: ScopedSession, person_id: uuid.UUID) -> bool:
    """Whether a person may sign in by a password: not where all their places ask for another
    way."""
    opened = _has_place(person_id, PASSWORD, opened=True)
    barred = _has_place(person_id, PASSWORD, opened=False)
    return bool(session.scalar(sa.select(sa.or_(opened, sa.not_(barred)))))


def places_of(
    session: ScopedSession, person_id: uuid.UUID, way: Way | None = None
) -> Sequence[uuid.UUID]:
    """The authorities that a person may work for, the first they joined first.

    Args:
        way: how they signed in: the places that this opens.
    """
    return session.scalars(
        sa.select(Membership.tenant_id)
        .join(Person, Person.id == Membership.person_id)
        .where(
            Membership.person_id == person_id,
            Membership.suspended_at.is_(None),
            membership_opened(way),
        )
        .order_by(Membership.since, Membership.id)
    ).all()
