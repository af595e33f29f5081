"""What the API reads of cases: what an authority's own officers may see, column by column."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import SenCase

_COLUMNS = {
    "id": SenCase.id,
    "reference": SenCase.reference,
    "your_reference": SenCase.authority_reference,
    "service": SenCase.service,
    "decision_type": SenCase.decision_type,
    "opened_on": SenCase.opened_on,
    "stage": CasePosition.stage,
    "is_open": CasePosition.is_open,
    "waiting_for": CasePosition.waiting_for,
    "next_step": CasePosition.next_step,
    "next_due": CasePosition.next_due,
    "mediation_due": CasePosition.mediation_due,
    "meeting_on": CasePosition.meeting_on,
    "held_on": CasePosition.held_on,
    "outcome": CasePosition.outcome,
    "certificate_on": CasePosition.certificate_on,
    "appeal_on": CasePosition.appeal_on,
    "closed_on": CasePosition.closed_on,
}


def case_page(session: ScopedSession, *, offset: int, limit: int) -> list[dict[str, Any]]:
    """A page of the tenant's cases, the newest first, and one row more if there is more."""
    rows = session.execute(
        sa.select(*_COLUMNS.values())
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(SenCase.tenant_id == session.tenant)
        .order_by(SenCase.opened_on.desc(), SenCase.id.desc())
        .offset(offset)
        .limit(limit + 1)
    )
    return [
        {
            name: value.isoformat()
            if hasattr(value, "isoformat")
            else str(value)
            if name == "id"
            else value
            for name, value in zip(_COLUMNS, row, strict=True)
        }
        for row in rows
    ]
