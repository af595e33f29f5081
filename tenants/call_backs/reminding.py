"""A family is reminded of its call on the day before."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.reference.today import LONDON
from tenants.call_backs.kinds import CallState
from tenants.call_backs.models import CallBack
from tenants.notices import topics
from tenants.notices.models import CaseNotice
from tenants.subscribers.queries import every_tenant


def remind_calls(session: ScopedSession, *, today: dt.date, at: dt.datetime) -> int:
    """Have families told of the calls of tomorrow, each once. The session is the worker's.

    Returns:
        How many new reminders were written.
    """
    tomorrow = today + dt.timedelta(days=1)
    start = dt.datetime.combine(tomorrow, dt.time(), LONDON)
    end = dt.datetime.combine(tomorrow + dt.timedelta(days=1), dt.time(), LONDON)
    rows = [
        {
            "tenant_id": session.tenant,
            "id": new_id(),
            "case_id": call.case_id,
            "event": topics.CALL_SOON,
            "audience": "family",
            "detail": {"party_id": str(call.party_id), "call_at": call.starts_at.isoformat()},
            # A call that was moved is another one to be reminded of.
            "once_key": f"{topics.CALL_SOON}:{call.id}:{call.starts_at.isoformat()}",
            "caused_at": at,
            "caused_by": None,
        }
        for call in session.execute(
            sa.select(CallBack.id, CallBack.case_id, CallBack.party_id, CallBack.starts_at).where(
                CallBack.tenant_id == session.tenant,
                CallBack.state == CallState.BOOKED.value,
                CallBack.starts_at >= start,
                CallBack.starts_at < end,
            )
        )
    ]
    if not rows:
        return 0
    written = session.execute(
        insert(CaseNotice)
        .values(rows)
        .on_conflict_do_nothing(index_elements=["tenant_id", "once_key"])
        .returning(CaseNotice.id)
    )
    return len(written.all())


def write_call_reminders(*, at: dt.datetime) -> int:
    """The day's reminders of calls for every authority. Returns how many are new."""
    today = at.astimezone(LONDON).date()
    written = 0
    for tenant, _ in every_tenant():
        with scoped(Scope.worker(tenant)) as session:
            written += remind_calls(session, today=today, at=at)
    return written
