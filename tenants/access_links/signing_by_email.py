"""A signing link in an e-mail: made by the worker as the message leaves, and kept nowhere."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.personal_link import new_token, token_hash
from saas.messages.models import Message
from tenants.access_links.signing_models import SigningLink
from tenants.notices.models import CaseNotice


def make_signing_link_of(
    tenant: uuid.UUID, message: uuid.UUID, *, by: str, at: dt.datetime, expires_at: dt.datetime
) -> tuple[uuid.UUID, str] | None:
    """A new link for whom the message is for: its id and its key; None if nobody asked for it."""
    token = new_token()
    link_id = new_id()
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
        session.execute(
            sa.insert(SigningLink)
            .values(
                tenant_id=tenant,
                id=link_id,
                agreement_id=uuid.UUID(asked["agreement_id"]),
                signer=asked["signer"],
                side=asked["side"],
                token_hash=token_hash(token),
                created_at=at,
                created_by_name=by,
                expires_at=expires_at,
                message_id=message,
            )
            .inline()
        )
    return link_id, token


def end_signing_links(
    tenant: uuid.UUID, which: sa.ColumnElement[bool], *, by: str, at: dt.datetime
) -> None:
    """End what was e-mailed and did not arrive."""
    with scoped(Scope.worker(tenant)) as session:
        session.execute(
            sa.update(SigningLink)
            .where(SigningLink.tenant_id == tenant, which, SigningLink.revoked_at.is_(None))
            .values(revoked_at=at, revoked_by_name=by)
        )
