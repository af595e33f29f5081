"""What a case's page shows of its restriction, at every door."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import Asked, Question
from tenants.restrictions.models import CaseRestriction, in_force


def _since(session: ScopedSession, case_id: uuid.UUID) -> Question:
    return sa.select(sa.func.min(CaseRestriction.received_on).label("since")).where(
        CaseRestriction.tenant_id == session.tenant,
        CaseRestriction.case_id == case_id,
        in_force(),
    )


# Since when the case is restricted; None if it is not.
restriction_on_case_page = Asked(_since, lambda _, rows: {"restricted_since": rows[0].since})
