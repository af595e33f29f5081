"""What we remember of Stripe's things: their names, and what was last heard of them."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import sqlalchemy as sa

from billing.stripe.models import StripeObject
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped

# A thing only ever moves on: an older answer or a late event takes nothing back.
_PROGRESS = ("", "draft", "open", "issued", "uncollectible", "void", "paid")


def find_remembered(session: ScopedSession, kind: str, subject: uuid.UUID) -> StripeObject | None:
    return session.scalar(
        sa.select(StripeObject).where(
            StripeObject.tenant_id == session.tenant,
            StripeObject.kind == kind,
            StripeObject.subject_id == subject,
        )
    )


def known(tenant: uuid.UUID, kind: str, subject: uuid.UUID) -> StripeObject | None:
    """Stripe's name for our thing, read in a transaction of its own."""
    with scoped(Scope.finance(tenant, None)) as session:
        found = find_remembered(session, kind, subject)
        if found is not None:
            session.expunge(found)
        return found


def owner_of(stripe_id: str) -> StripeObject | None:
    """Whose thing Stripe means, whichever authority's it is."""
    with scoped(Scope.all_accounts(None)) as session:
        found = session.scalar(sa.select(StripeObject).where(StripeObject.stripe_id == stripe_id))
        if found is not None:
            session.expunge(found)
        return found


def move_on(remembered: StripeObject, status: str, *, at: dt.datetime) -> None:
    """Take in a status, unless what is known is further on."""
    if _step(status) >= _step(remembered.status):
        remembered.status = status
    remembered.heard_at = at


def _step(status: str) -> int:
    return _PROGRESS.index(status) if status in _PROGRESS else 0


def remember(
    tenant: uuid.UUID,
    kind: str,
    subject: uuid.UUID,
    thing: dict[str, Any],
    *,
    at: dt.datetime,
    **detail: Any,
) -> None:
    """Remember Stripe's name for our thing, before anything further is done with it: an event
    about it may come at any moment."""
    with scoped(Scope.finance(tenant, None)) as session:
        found = find_remembered(session, kind, subject)
        if found is None:
            found = StripeObject(
                tenant_id=tenant,
                id=new_id(),
                kind=kind,
                subject_id=subject,
                stripe_id=thing["id"],
                status="",
                detail={},
                made_at=at,
                heard_at=None,
            )
            session.add(found)
        move_on(found, thing.get("status") or "", at=at)
        if detail:
            found.detail = {**found.detail, **detail}
