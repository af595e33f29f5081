"""Adding to the trail."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from saas.audit.models import AuditEntry, PlatformAuditEntry
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped


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
            person_id=session.scope.acting,
            action=action,
            subject_kind=subject_kind,
            subject_id=subject_id,
            detail=detail,
        )
    )


def record_apart(
    scope: Scope,
    action: str,
    *,
    subject_kind: str,
    subject_id: uuid.UUID,
    at: dt.datetime,
    **detail: Any,
) -> None:
    """Write down what was refused, in a transaction of its own: the page's is rolled back."""
    with scoped(scope) as session:
        record(session, action, subject_kind=subject_kind, subject_id=subject_id, at=at, **detail)


def record_across(
    action: str, *, person_id: uuid.UUID | None, at: dt.datetime, **detail: Any
) -> None:
    """Write down what somebody does across authorities, in a transaction of its own."""
    with scoped(Scope.identity()) as session:
        session.add(PlatformAuditEntry(at=at, person_id=person_id, action=action, detail=detail))
