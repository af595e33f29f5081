"""What happens when a message comes back: marked, its link ended, and somebody is told."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.messages.bounces import Bounce, is_ours, mark_bounced
from saas.messages.models import Message, MessageState
from tenants.casework.record import PROVIDER, RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices import topics
from tenants.notices.models import CaseNotice
from tenants.subscribers.models import Subscriber

UNDELIVERED = (MessageState.BOUNCED.value, MessageState.GIVEN_UP.value)
ON_CASE_PAGE = 20


class BounceListener(Protocol):
    """Called with the authority and the message that came back, once it is marked."""

    def __call__(self, tenant: uuid.UUID, message: uuid.UUID, *, at: dt.datetime) -> None: ...


_listeners: list[BounceListener] = []


def listen_to_bounces(listener: BounceListener) -> None:
    """Tell this listener of every message that comes back. Asking twice changes nothing."""
    if listener not in _listeners:
        _listeners.append(listener)


def take_in_bounce(bounce: Bounce, *, at: dt.datetime) -> str:
    """Mark the message that came back, whichever authority's it is.

    Returns:
        'marked', 'known already' or 'not ours'.
    """
    with scoped(Scope.jobs()) as session:
        tenants = session.scalars(sa.select(Subscriber.id).order_by(Subscriber.slug)).all()
    for tenant in tenants:
        with scoped(Scope.worker(tenant)) as session:
            back = mark_bounced(session, bounce, at=at)
            # Of what was for ourselves we are not told by the same way.
            if back is not None and back.side != topics.Reader.PROVIDER:
                _have_it_told(session, back.subject_id, back.id, at)
        if back is not None:
            for listener in _listeners:
                listener(tenant, back.id, at=at)
            return "marked"
        if is_ours(tenant, bounce):
            return "known already"
    return "not ours"


def _have_it_told(
    session: ScopedSession, case_id: uuid.UUID, message_id: uuid.UUID, at: dt.datetime
) -> None:
    session.execute(
        insert(CaseNotice)
        .values(
            tenant_id=session.tenant,
            id=new_id(),
            case_id=case_id,
            event=topics.MESSAGE_BOUNCED,
            audience=PROVIDER,
            once_key=f"bounced {message_id}",
            caused_at=at,
        )
        .on_conflict_do_nothing(index_elements=["tenant_id", "once_key"])
    )


def undelivered(session: ScopedSession, case_id: uuid.UUID) -> list[Message]:
    """The messages of a case that did not arrive and that nobody has dealt with, newest first."""
    return list(
        session.scalars(
            sa.select(Message)
            .where(
                Message.tenant_id == session.tenant,
                Message.subject_id == case_id,
                Message.state.in_(UNDELIVERED),
                Message.dealt_with_at.is_(None),
            )
            .order_by(Message.created_at.desc(), Message.id.desc())
            .limit(ON_CASE_PAGE)
        )
    )


def deal_with(
    session: ScopedSession, case_id: uuid.UUID, message_id: uuid.UUID, *, by: Actor
) -> None:
    """Somebody saw to it that the person is told.

    Raises:
        RuleBroken: there is no such message in this case.
    """
    done = session.execute(
        sa.update(Message)
        .where(
            Message.tenant_id == session.tenant,
            Message.subject_id == case_id,
            Message.id == message_id,
            Message.state.in_(UNDELIVERED),
        )
        .values(dealt_with_at=by.at, dealt_with_by_name=by.name)
        .returning(Message.id)
    ).one_or_none()
    if done is None:
        raise RuleBroken("message", "This message did not come back")
    audit(
        session,
        "undelivered message dealt with",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        message=str(message_id),
    )
    session.flush()
