"""Suspending an authority from a day, correcting that, lifting it, and taking the lifting back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.web.dates import long_date
from tenants.subscribers.refused import StandingRefused
from tenants.subscribers.standing import REASONS, AuthoritySuspension

# So many days from the notice to the first day, where nobody says otherwise.
NOTICE_DAYS = 14


def usual_first_day(today: dt.date) -> dt.date:
    return today + dt.timedelta(days=NOTICE_DAYS)


def suspensions_of(session: ScopedSession, *, most: int) -> Sequence[AuthoritySuspension]:
    """The session's authority's suspensions, the latest first."""
    return session.scalars(
        sa.select(AuthoritySuspension)
        .where(AuthoritySuspension.tenant_id == session.tenant)
        .order_by(AuthoritySuspension.suspended_at.desc(), AuthoritySuspension.id.desc())
        .limit(most)
    ).all()


def standing_suspension(
    session: ScopedSession, *, lock: bool = False
) -> AuthoritySuspension | None:
    """The suspension of the session's authority that is not lifted, if there is one."""
    wanted = sa.select(AuthoritySuspension).where(
        AuthoritySuspension.tenant_id == session.tenant, AuthoritySuspension.lifted_at.is_(None)
    )
    return session.scalar(wanted.with_for_update() if lock else wanted)


@dataclass(frozen=True)
class Told:
    """What an authority reads of its suspension."""

    reason: str
    words: str
    first_day: dt.date


def suspension_told(session: ScopedSession) -> Told | None:
    """What the session's authority may know of the suspension that stands."""
    row = session.execute(
        sa.select(
            AuthoritySuspension.reason, AuthoritySuspension.words, AuthoritySuspension.first_day
        ).where(
            AuthoritySuspension.tenant_id == session.tenant, AuthoritySuspension.lifted_at.is_(None)
        )
    ).one_or_none()
    return Told(*row) if row else None


def check_not_suspended(session: ScopedSession, name: str, *, today: dt.date) -> None:
    """That nobody brings anything into the session's authority on its behalf while it reads only.

    Raises:
        StandingRefused: it is suspended; the text says since when and what to do.
    """
    found = suspension_told(session)
    if found is not None and found.first_day <= today:
        raise StandingRefused(
            "authority",
            f"{name} is suspended since {long_date(found.first_day)}"
            f" ({REASONS[found.reason].lower()}) and takes no cases: lift the suspension first.",
        )


def suspend(
    session: ScopedSession,
    *,
    reason: str,
    words: str,
    first_day: dt.date,
    by_name: str,
    today: dt.date,
    at: dt.datetime,
) -> AuthoritySuspension:
    """Let the authority's people read only from this day on, or correct what was said of that.

    Its managers and finance are told by the worker, again where it is corrected.

    Raises:
        StandingRefused: the reason is none, or the day is over.
    """
    if reason not in REASONS:
        raise StandingRefused("reason", "Choose why it is suspended")
    if reason == "other" and not words.strip():
        raise StandingRefused("words", "Say why it is suspended")
    found = standing_suspension(session, lock=True)
    if first_day < today and (found is None or first_day != found.first_day):
        raise StandingRefused("first_day", "The first day must be today or later")
    begun = at if first_day <= today else None
    if found is None:
        found = AuthoritySuspension(
            tenant_id=session.tenant, id=new_id(), reason=reason, words=words.strip(),
            first_day=first_day, suspended_at=at, suspended_by=session.scope.acting,
            suspended_by_name=by_name, told_at=None, begun_at=begun, lifted_at=None,
            lifted_by_name=None, lifting_told_at=None,
        )  # fmt: skip
        session.add(found)
    else:
        found.reason, found.words, found.first_day = reason, words.strip(), first_day
        found.begun_at, found.told_at = begun, None
    session.flush()
    _note(session, "authority suspended", found, at, reason=reason, first_day=str(first_day))
    return found


def lift(session: ScopedSession, *, by_name: str, at: dt.datetime) -> AuthoritySuspension:
    """End the suspension at once; before its first day it then never was one.

    Raises:
        StandingRefused: there is none.
    """
    found = standing_suspension(session, lock=True)
    if found is None:
        raise StandingRefused("reason", "It is not suspended")
    found.lifted_at, found.lifted_by_name, found.lifting_told_at = at, by_name, None
    session.flush()
    _note(session, "suspension lifted", found, at)
    return found


def take_lifting_back(
    session: ScopedSession, suspension_id: uuid.UUID, *, today: dt.date, at: dt.datetime
) -> AuthoritySuspension:
    """Let a suspension stand again that was lifted by mistake.

    Raises:
        StandingRefused: it was not lifted, or another one stands.
    """
    found = session.get(AuthoritySuspension, (session.tenant, suspension_id), with_for_update=True)
    if found is None or found.lifted_at is None:
        raise StandingRefused("reason", "This suspension is not lifted")
    if standing_suspension(session) is not None:
        raise StandingRefused("reason", "It is suspended already")
    found.lifted_at = found.lifted_by_name = found.lifting_told_at = found.told_at = None
    found.begun_at = at if found.first_day <= today else None
    session.flush()
    _note(session, "authority suspended", found, at, again=True)
    return found


def _note(
    session: ScopedSession, what: str, one: AuthoritySuspension, at: dt.datetime, **detail: Any
) -> None:
    audit(
        session, what, subject_kind="authority", subject_id=session.tenant, at=at,
        suspension=str(one.id), **detail,
    )  # fmt: skip
