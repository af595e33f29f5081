"""Adding to the trail."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from saas.audit.models import AuditEntry
from saas.database.base import new_id
from saas.database.scope import ScopedSession


def record(
    session: ScopedSession,
    action: str,
    *,
    subject_kind: str,
    subject_id: uuid.UUID,
    at: dt.datetime,
    id: uuid.UUID | None = None,
    **detail: Any,
) -> None:
    """Write down what the session's person does, in the transaction that does it.

    `detail` holds references, kinds and counts; never a name.
    """
    session.add(
        AuditEntry(
            id=id or new_id(),
            tenant_id=session.tenant,
            at=at,
            person_id=session.scope.person,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            detail=detail,
        )
    )
