"""Writes what follows from a case's facts beside them: its position, and who must do what."""

from __future__ import annotations

import uuid

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kept.keeping_tasks import keep_tasks
from tenants.casework.kept.models import CasePosition
from tenants.casework.record import CaseRecord
from tenants.casework.row_columns import position_columns


def store_position(session: ScopedSession, case_id: uuid.UUID, record: CaseRecord) -> None:
    """Write what follows from the facts, in the transaction that adds one."""
    session.execute(
        sa.update(CasePosition)
        .where(CasePosition.tenant_id == session.tenant, CasePosition.case_id == case_id)
        .values(**position_columns(record))
    )
    keep_tasks(session, case_id, record)
