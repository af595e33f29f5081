"""Asking for an export, and how far it is."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.documents.storage import new_key
from tenants.subscribers.refused import StandingRefused
from tenants.tenure.models import AuthorityExport

KEPT_DAYS = 30
UNDER_WAY = ("waiting", "making")


def key_of(tenant: uuid.UUID, export_id: uuid.UUID) -> str:
    """Where the store has an export: beside the authority's documents, which are tidied by their
    rows."""
    return new_key(uuid.uuid5(tenant, "exports"), export_id)


def exports_of(session: ScopedSession, *, most: int) -> Sequence[AuthorityExport]:
    """The session's authority's exports, the latest first."""
    return session.scalars(
        sa.select(AuthorityExport)
        .where(AuthorityExport.tenant_id == session.tenant)
        .order_by(AuthorityExport.asked_at.desc(), AuthorityExport.id.desc())
        .limit(most)
    ).all()


def ask_export(
    session: ScopedSession, *, side: str, by_name: str, at: dt.datetime
) -> AuthorityExport:
    """Have an export made by the worker.

    Raises:
        StandingRefused: one is under way already.
    """
    waits = session.scalar(
        sa.select(AuthorityExport.id)
        .where(AuthorityExport.tenant_id == session.tenant, AuthorityExport.state.in_(UNDER_WAY))
        .limit(1)
    )
    if waits is not None:
        raise StandingRefused("export", "An export is being made already")
    export_id = new_id()
    # By the columns that either side may write.
    session.execute(
        sa.insert(AuthorityExport).values(
            tenant_id=session.tenant, id=export_id, asked_at=at, asked_by=session.scope.acting,
            asked_by_name=by_name, asked_side=side, state="waiting",
        )
    )  # fmt: skip
    audit(session, "export asked for", subject_kind="export", subject_id=export_id, at=at)
    return session.scalars(
        sa.select(AuthorityExport).where(
            AuthorityExport.tenant_id == session.tenant, AuthorityExport.id == export_id
        )
    ).one()


def ready_export(session: ScopedSession, export_id: uuid.UUID) -> AuthorityExport | None:
    """An export that can be taken away."""
    found = session.get(AuthorityExport, (session.tenant, export_id))
    return found if found is not None and found.state == "ready" else None
