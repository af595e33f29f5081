"""What was put right in a case, and what stands now."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.models import CaseParty, Child, SenCase
from tenants.corrections.models import RecordCorrection


def child_of(session: ScopedSession, case_id: uuid.UUID) -> Child | None:
    return session.scalar(
        sa.select(Child)
        .join(SenCase, sa.and_(SenCase.tenant_id == Child.tenant_id, SenCase.child_id == Child.id))
        .where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
    )


def person_of(session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID) -> CaseParty | None:
    return session.scalar(
        sa.select(CaseParty).where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            CaseParty.id == party_id,
        )
    )


def corrections_of(session: ScopedSession, subject_id: uuid.UUID) -> Sequence[RecordCorrection]:
    """What was put right of a child, a case or a person, the newest first."""
    return session.scalars(
        sa.select(RecordCorrection)
        .where(
            RecordCorrection.tenant_id == session.tenant,
            RecordCorrection.subject_id == subject_id,
        )
        .order_by(RecordCorrection.at.desc(), RecordCorrection.id)
    ).all()
