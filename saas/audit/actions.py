"""Adding to the trail."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa
from flask import g, has_request_context

from saas.audit.models import AuditEntry, PlatformAuditEntry
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped


def is_noted() -> bool:
    """Whether something of the request at hand is in the trail already."""
    return bool(g.get("in_trail"))


def _note() -> None:
    if has_request_context():
        g.in_trail = True


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
    _note()
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
            door=session.scope.role.value,
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
    """Write down what was seen, taken away or refused, in a transaction of its own: the page's is
    rolled back."""
    with scoped(scope) as session:
        record(session, action, subject_kind=subject_kind, subject_id=subject_id, at=at, **detail)


# Looking again within this time is the same look.
ONE_LOOK = dt.timedelta(minutes=10)


def record_look(scope: Scope, action: str, case_id: uuid.UUID, *, at: dt.datetime) -> None:
    """Write down that somebody looked at a case, in a transaction of its own; once in ONE_LOOK."""
    with scoped(scope) as session:
        # By a column that every door may read.
        lately = session.scalar(
            sa.select(AuditEntry.at)
            .where(
                AuditEntry.tenant_id == session.tenant,
                AuditEntry.subject_id == case_id,
                AuditEntry.person_id == scope.acting,
                AuditEntry.action == action,
                AuditEntry.at > at - ONE_LOOK,
            )
            .limit(1)
        )
        if lately is None:
            record(session, action, subject_kind="case", subject_id=case_id, at=at)


def record_across(
    action: str, *, person_id: uuid.UUID | None, at: dt.datetime, **detail: Any
) -> None:
    """Write down what somebody does across authorities, in a transaction of its own."""
    _note()
    with scoped(Scope.identity()) as session:
        session.add(PlatformAuditEntry(at=at, person_id=person_id, action=action, detail=detail))
