"""Recording that an authority leaves, correcting the day, and taking it back before it has come."""

from __future__ import annotations

import datetime as dt
from typing import Any

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.subscribers.models import Subscriber
from tenants.subscribers.refused import StandingRefused
from tenants.subscribers.standing import AuthorityLeaving

# So long after the last day its people may read, where nobody says otherwise.
READS_DAYS = 30


def reads_until_usually(last_day: dt.date) -> dt.date:
    return last_day + dt.timedelta(days=READS_DAYS)


def reading_is_over(today: dt.date) -> sa.ColumnElement[bool]:
    """The condition that the session's authority has left and its people read no more."""
    # By a column that the authority's role reads: `SELECT *` asks for all.
    return sa.exists(AuthorityLeaving.id).where(
        AuthorityLeaving.tenant_id == sa.func.scope_tenant(type_=sa.Uuid),
        AuthorityLeaving.taken_back_at.is_(None),
        AuthorityLeaving.reads_until < today,
    )


def standing_leaving(session: ScopedSession, *, lock: bool = False) -> AuthorityLeaving | None:
    """What is recorded of the leaving of the session's authority, unless it was taken back."""
    wanted = sa.select(AuthorityLeaving).where(
        AuthorityLeaving.tenant_id == session.tenant, AuthorityLeaving.taken_back_at.is_(None)
    )
    return session.scalar(wanted.with_for_update() if lock else wanted)


def record_leaving(
    session: ScopedSession,
    *,
    last_day: dt.date,
    reads_until: dt.date,
    reason: str,
    by_name: str,
    today: dt.date,
    at: dt.datetime,
) -> AuthorityLeaving:
    """Let the authority's subscription end after this day, or correct what was recorded of it.

    Raises:
        StandingRefused: the days are out of order, or its access has ended already.
    """
    subscriber = _subscriber(session)
    found = standing_leaving(session, lock=True)
    if last_day < subscriber.subscribed_from:
        raise StandingRefused("last_day", "It must be after the authority joined")
    if reads_until < last_day:
        raise StandingRefused("reads_until", "It must be the last day or later")
    if last_day < today and (found is None or last_day != found.last_day):
        raise StandingRefused("last_day", "It must be today or later")
    if found is None:
        found = AuthorityLeaving(
            tenant_id=session.tenant, id=new_id(), last_day=last_day, reads_until=reads_until,
            reason=reason.strip(), recorded_at=at, recorded_by=session.scope.acting,
            recorded_by_name=by_name, told_at=None, ended_at=None, access_ended_at=None,
            taken_back_at=None, taken_back_by_name=None,
        )  # fmt: skip
        session.add(found)
    else:
        found.last_day, found.reads_until, found.reason = last_day, reads_until, reason.strip()
        found.told_at = None
    found.ended_at = (found.ended_at or at) if last_day < today else None
    subscriber.subscribed_to = last_day
    session.flush()
    _note(session, "leaving recorded", at, last_day=str(last_day), reads_until=str(reads_until))
    return found


def take_leaving_back(session: ScopedSession, *, by_name: str, at: dt.datetime) -> AuthorityLeaving:
    """Let the authority stay. The worker lets its people in again, where their access had ended.

    Raises:
        StandingRefused: nothing is recorded.
    """
    found = standing_leaving(session, lock=True)
    if found is None:
        raise StandingRefused("last_day", "Nothing is recorded of its leaving")
    found.taken_back_at, found.taken_back_by_name, found.told_at = at, by_name, None
    _subscriber(session).subscribed_to = None
    session.flush()
    _note(session, "leaving taken back", at)
    return found


def _subscriber(session: ScopedSession) -> Subscriber:
    return session.scalars(
        sa.select(Subscriber).where(Subscriber.id == session.tenant).with_for_update()
    ).one()


def _note(session: ScopedSession, what: str, at: dt.datetime, **detail: Any) -> None:
    audit(session, what, subject_kind="authority", subject_id=session.tenant, at=at, **detail)
