"""A signing link in an e-mail: made by the worker as the message leaves, and kept nowhere."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from saas.database.scope import Scope, scoped
from saas.messages.models import Message
from tenants.access_links.links import NewLink, insert_link
from tenants.access_links.signing_models import SigningLink
from tenants.notices.models import CaseNotice


def make_signing_link_of(
    tenant: uuid.UUID, message: uuid.UUID, *, by: str, at: dt.datetime, lasts: dt.timedelta
) -> NewLink | None:
    """A new link for whom the message is for: None if nobody asked for it."""
    with scoped(Scope.worker(tenant)) as session:
        asked = session.scalar(
            sa.select(CaseNotice.detail)
            .join(
                Message,
                sa.and_(
                    Message.tenant_id == CaseNotice.tenant_id, Message.cause_id == CaseNotice.id
                ),
            )
            .where(Message.tenant_id == tenant, Message.id == message)
        )
        if asked is None or "signer" not in asked:
            return None
        return insert_link(
            session,
            SigningLink,
            by=by,
            at=at,
            lasts=lasts,
            agreement_id=uuid.UUID(asked["agreement_id"]),
            signer=asked["signer"],
            side=asked["side"],
            message_id=message,
        )
