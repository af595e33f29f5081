"""What reads referrals that came in, and which councils there are."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.together import OF, TENANT
from saas.identity.signed_in import Tenancy
from saas.reference.models import EducationAuthority
from saas.reference.postcodes import look_up
from tenants.call_backs.queries import offered
from tenants.call_backs.slots import FreeTimes
from tenants.casework.models import SenCase
from tenants.referring.kinds import State
from tenants.referring.models import FrontReferral
from tenants.subscribers.models import Subscriber
from tenants.subscribers.queries import subscribed
from tenants.subscribers.successors import Successor, successors_of


@dataclass(frozen=True)
class Council:
    """An English council; `tenancy` where we work for it."""

    slug: str
    name: str
    tenancy: Tenancy | None


def councils(today: dt.date) -> list[tuple[str, str]]:
    """Every council in England that there is now: short name and name."""
    with scoped(Scope.public()) as session:
        rows = session.execute(
            sa.select(EducationAuthority.slug, EducationAuthority.display_name)
            .where(
                sa.or_(EducationAuthority.valid_to.is_(None), EducationAuthority.valid_to >= today)
            )
            .order_by(EducationAuthority.display_name)
        )
        return [(row.slug, row.display_name) for row in rows]


def council_named(slug: str, today: dt.date) -> Council | None:
    """A council by its short name, and whether we work for it today."""
    with scoped(Scope.public()) as session:
        row = session.execute(
            sa.select(
                EducationAuthority.slug,
                EducationAuthority.display_name,
                Subscriber.id,
                Subscriber.slug,
                Subscriber.name,
            )
            .outerjoin(
                Subscriber,
                sa.and_(Subscriber.dfe_number == EducationAuthority.dfe_number, subscribed(today)),
            )
            .where(EducationAuthority.slug == slug)
        ).one_or_none()
    if row is None:
        return None
    tenancy = Tenancy(id=row[2], slug=row[3], name=row[4]) if row[2] is not None else None
    return Council(row[0], row[1], tenancy)


def successors_named(slug: str, today: dt.date) -> list[Successor]:
    """Who takes over from a council that we worked for, and where we work as well."""
    with scoped(Scope.public()) as session:
        return [one for one in successors_of(session, slug, today=today) if one.is_served]


def council_of_postcode(postcode: str) -> tuple[str, str]:
    """The short name of the council of a postcode, or nothing; and a sentence that says why."""
    with scoped(Scope.public()) as session:
        answer = look_up(session, postcode)
    return answer.authority or "", answer.why


def free_for_the_public(*, now: dt.datetime, last_day: dt.date | None) -> FreeTimes:
    with scoped(Scope.public()) as session:
        return offered(session, now=now, last_day=last_day)


@dataclass(frozen=True)
class Listed:
    """A referral in the provider's list: no name is in it."""

    id: uuid.UUID
    receipt: str
    authority_slug: str
    authority_name: str
    came_by: str
    route: str
    received_at: dt.datetime
    held_because: str
    decided_by: str
    case_id: uuid.UUID | None
    reference: str


def referrals_in(session: ScopedSession, state: State, *, offset: int, limit: int) -> list[Listed]:
    """The referrals of every authority in one state: what is held the oldest first, the rest the
    newest."""
    order = FrontReferral.received_at
    rows = session.execute(
        sa.select(
            FrontReferral.id,
            FrontReferral.receipt,
            Subscriber.slug,
            Subscriber.name,
            FrontReferral.came_by,
            FrontReferral.route,
            FrontReferral.received_at,
            FrontReferral.held_because,
            sa.func.coalesce(FrontReferral.decided_by_name, ""),
            FrontReferral.case_id,
            sa.func.coalesce(SenCase.reference, ""),
        )
        .join(Subscriber, Subscriber.id == FrontReferral.tenant_id)
        .outerjoin(
            SenCase,
            sa.and_(
                SenCase.tenant_id == FrontReferral.tenant_id, SenCase.id == FrontReferral.case_id
            ),
        )
        .where(FrontReferral.state == state.value)
        .order_by(order if state is State.HELD else order.desc(), FrontReferral.id)
        .offset(offset)
        .limit(limit)
    )
    return [Listed(*row) for row in rows]


# How many wait for somebody to look at them, of every authority.
HELD = sa.select(sa.func.count().label("held")).where(FrontReferral.state == State.HELD.value)


# By which way a case came, where it came by one of ours.
ORIGIN = sa.select(FrontReferral.came_by, FrontReferral.receipt, FrontReferral.received_at).where(
    FrontReferral.tenant_id == TENANT, FrontReferral.case_id == OF
)


def case_of(session: ScopedSession, referral_id: uuid.UUID) -> uuid.UUID | None:
    """The case that came of an officer's referral; the session is the authority's."""
    return session.scalar(
        sa.select(FrontReferral.case_id).where(
            FrontReferral.tenant_id == session.tenant, FrontReferral.id == referral_id
        )
    )
