"""After each meeting everybody who was there is asked how it was: once, by the worker."""

from __future__ import annotations

import datetime as dt

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from tenants.casework.kept.models import CasePosition
from tenants.notices.models import CaseNotice
from tenants.notices.topics import FEEDBACK_ASKED
from tenants.subscribers.queries import every_tenant

# Whoever records a meeting weeks late asks nobody about it any more.
ASKED_WITHIN = dt.timedelta(days=21)


def ask_for_feedback(session: ScopedSession, *, today: dt.date, at: dt.datetime) -> int:
    """Have those who met asked, from the day after the meeting on. Returns of how many meetings.

    The session is the worker's. Each meeting is asked about once, however often this runs.
    """
    held = session.execute(
        sa.select(CasePosition.case_id, CasePosition.held_on).where(
            CasePosition.tenant_id == session.tenant,
            CasePosition.held_on < today,
            CasePosition.held_on >= today - ASKED_WITHIN,
        )
    ).all()
    if not held:
        return 0
    written = session.execute(
        insert(CaseNotice)
        .values(
            [
                {
                    "tenant_id": session.tenant,
                    "id": new_id(),
                    "case_id": row.case_id,
                    "event": FEEDBACK_ASKED,
                    "audience": "parties",
                    "detail": {"held_on": row.held_on.isoformat()},
                    "once_key": f"{FEEDBACK_ASKED}:{row.case_id}:{row.held_on.isoformat()}",
                    "caused_at": at,
                    "caused_by": None,
                }
                for row in held
            ]
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "once_key"])
        .returning(CaseNotice.id)
    )
    return len(written.all())


def ask_everywhere(*, today: dt.date, at: dt.datetime) -> int:
    """The same for every authority."""
    asked = 0
    for tenant, _ in every_tenant():
        with scoped(Scope.worker(tenant)) as session:
            asked += ask_for_feedback(session, today=today, at=at)
    return asked
