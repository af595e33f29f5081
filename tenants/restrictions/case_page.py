"""What a case's page shows of its restriction, at every door."""

from __future__ import annotations

import uuid
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.restrictions.models import CaseRestriction, in_force


def restriction_on_case_page(session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    """Since when the case is restricted; None if it is not."""
    since = session.scalar(
        sa.select(sa.func.min(CaseRestriction.received_on)).where(
            CaseRestriction.tenant_id == session.tenant,
            CaseRestriction.case_id == case_id,
            in_force(),
        )
    )
    return {"restricted_since": since}
