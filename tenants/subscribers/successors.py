"""Who takes over from an authority: named by the provider, suggested by the open data, public."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.reference.models import EducationAuthority, FormerGssCode, FormerGssSuccessor
from tenants.subscribers.models import Subscriber
from tenants.subscribers.refused import StandingRefused
from tenants.subscribers.standing import AuthoritySuccessor

# An authority that is split has two or three; more is a mistake.
MOST = 3


@dataclass(frozen=True)
class Successor:
    """An authority that takes over from a day, and whether we work for it."""

    dfe_number: str
    slug: str
    name: str
    from_day: dt.date
    is_served: bool


def successors_of(session: ScopedSession, slug: str, *, today: dt.date) -> Sequence[Successor]:
    """Who takes over from the authority of this short name, by name.

    The session is the public's, or is inside that authority.
    """
    next_one = sa.orm.aliased(Subscriber)
    rows = session.execute(
        sa.select(
            AuthoritySuccessor.dfe_number,
            EducationAuthority.slug,
            EducationAuthority.display_name,
            AuthoritySuccessor.from_day,
            next_one.id.is_not(None),
        )
        .join(Subscriber, Subscriber.id == AuthoritySuccessor.tenant_id)
        .join(EducationAuthority, EducationAuthority.dfe_number == AuthoritySuccessor.dfe_number)
        .outerjoin(
            next_one,
            sa.and_(
                next_one.dfe_number == AuthoritySuccessor.dfe_number,
                next_one.subscribed_from <= today,
                sa.or_(next_one.subscribed_to.is_(None), next_one.subscribed_to >= today),
            ),
        )
        .where(Subscriber.slug == slug, AuthoritySuccessor.taken_back_at.is_(None))
        .order_by(EducationAuthority.display_name)
    )
    return [Successor(*row) for row in rows]


def suggested(session: ScopedSession, dfe_number: str) -> list[str]:
    """The DfE numbers of those who took over from an authority, by the open data."""
    own = sa.select(EducationAuthority.successor_dfe_number).where(
        EducationAuthority.dfe_number == dfe_number,
        EducationAuthority.successor_dfe_number.is_not(None),
    )
    by_code = (
        sa.select(EducationAuthority.dfe_number)
        .join(
            FormerGssSuccessor,
            FormerGssSuccessor.successor_gss_code == EducationAuthority.gss_code,
        )
        .join(FormerGssCode, FormerGssCode.gss_code == FormerGssSuccessor.gss_code)
        .where(FormerGssCode.dfe_number == dfe_number, EducationAuthority.dfe_number != dfe_number)
    )
    return sorted({*session.scalars(own), *session.scalars(by_code)} - {None})


def name_successors(
    session: ScopedSession,
    dfe_numbers: Collection[str],
    *,
    from_day: dt.date,
    by_name: str,
    at: dt.datetime,
) -> None:
    """Let just these take over from the session's authority from this day; none takes all back.

    Raises:
        StandingRefused: one is unknown or the authority itself, or they are too many.
    """
    wanted = set(dfe_numbers)
    own = session.scalar(sa.select(Subscriber.dfe_number).where(Subscriber.id == session.tenant))
    known = set(
        session.scalars(
            sa.select(EducationAuthority.dfe_number).where(
                EducationAuthority.dfe_number.in_(wanted)
            )
        )
    )
    if own in wanted:
        raise StandingRefused("first", "An authority cannot take over from itself")
    if wanted - known or len(wanted) > MOST:
        raise StandingRefused("first", "Choose authorities of the list")
    standing = {
        one.dfe_number: one
        for one in session.scalars(
            sa.select(AuthoritySuccessor)
            .where(
                AuthoritySuccessor.tenant_id == session.tenant,
                AuthoritySuccessor.taken_back_at.is_(None),
            )
            .with_for_update()
        )
    }
    for number, one in standing.items():
        if number in wanted:
            one.from_day = from_day
        else:
            one.taken_back_at = at
    session.add_all(
        AuthoritySuccessor(
            tenant_id=session.tenant, id=new_id(), dfe_number=number, from_day=from_day,
            recorded_at=at, recorded_by_name=by_name, taken_back_at=None,
        )
        for number in sorted(wanted - standing.keys())
    )  # fmt: skip
    session.flush()
    audit(
        session, "successors named", subject_kind="authority", subject_id=session.tenant, at=at,
        dfe_numbers=sorted(wanted), from_day=str(from_day),
    )  # fmt: skip


def choices_of(session: ScopedSession, today: dt.date) -> list[tuple[str, str]]:
    """The authorities that can take over, by name: those that stand today, or are to come."""
    rows = session.execute(
        sa.select(EducationAuthority.dfe_number, EducationAuthority.display_name)
        .where(sa.or_(EducationAuthority.valid_to.is_(None), EducationAuthority.valid_to >= today))
        .order_by(EducationAuthority.display_name)
    )
    return [(row[0], row[1]) for row in rows]
