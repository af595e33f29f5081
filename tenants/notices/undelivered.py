"""What happens when a message comes back: marked, its link ended, and somebody is told."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from typing import Any, Protocol

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.messages.bounces import Bounce, is_ours, mark_bounced
from saas.messages.models import Channel, Message, MessageState
from saas.messages.outbox import go_another_way, messages_about, ways_tried
from saas.messages.texts import DELIVERED, FAILED, Texts
from saas.messages.transport import Deferred
from tenants.casework.record import PROVIDER, RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices import topics
from tenants.notices.models import CaseNotice
from tenants.notices.telling import FamilysWays
from tenants.subscribers.models import Subscriber

UNDELIVERED = (MessageState.BOUNCED.value, MessageState.GIVEN_UP.value)
ON_CASE_PAGE = 20


def did_not_arrive() -> sa.ColumnElement[bool]:
    """What did not arrive, be it that it goes by another way now: an address is wrong."""
    return sa.or_(Message.state.in_(UNDELIVERED), Message.tried != "")


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
            if back is not None:
                _try_another_way(session, back.id, bounce.answer, at)
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


# How long after it was handed over the fate of a text is asked for again.
ASKED_AFTER = (dt.timedelta(minutes=5), dt.timedelta(minutes=30), dt.timedelta(hours=6))
# Notify tries for 72 hours: what it says nothing of by then is taken as arrived.
ASKED_FOR = dt.timedelta(hours=73)
ASKED_AT_ONCE = 50


def follow_texts(tenant: uuid.UUID, texts: Texts, *, at: dt.datetime) -> Counter[str]:
    """Ask what became of the texts that are under way. What did not arrive goes by another way,
    or becomes a task; its link ends."""
    became: Counter[str] = Counter()
    with scoped(Scope.worker(tenant)) as session:
        waiting = session.execute(
            sa.select(Message.id, Message.handed_over_as, Message.sent_at, Message.subject_id)
            .where(
                Message.tenant_id == tenant,
                Message.channel == Channel.TEXT.value,
                Message.state == MessageState.SENT.value,
                Message.delivered_at.is_(None),
                Message.handed_over_as.is_not(None),
                Message.next_attempt_at <= at,
            )
            .order_by(Message.next_attempt_at)
            .limit(ASKED_AT_ONCE)
        ).all()
    for row in waiting:
        try:
            fate = texts.fate(row.handed_over_as)
        except Deferred:
            fate = ""
        with scoped(Scope.worker(tenant)) as session:
            one = session.get_one(Message, (tenant, row.id))
            if fate == DELIVERED or at - row.sent_at > ASKED_FOR:
                one.delivered_at = at
            elif fate in FAILED:
                became[fate] += 1
                one.state, one.bounced_at = MessageState.BOUNCED.value, at
                one.answer = f"The text did not arrive: {fate}"
                session.flush()
                _try_another_way(session, row.id, one.answer, at)
                _have_it_told(session, row.subject_id, row.id, at)
            else:
                past = at - row.sent_at
                wait = next((w for w in ASKED_AFTER if w > past), ASKED_AFTER[-1])
                one.next_attempt_at = at + wait
        if fate in FAILED:
            for listener in _listeners:
                listener(tenant, row.id, at=at)
    return became


def _try_another_way(
    session: ScopedSession, message_id: uuid.UUID, reason: str, at: dt.datetime
) -> None:
    """Let a message that came back go by the person's next safe way, if there is one."""
    message = session.get_one(Message, (session.tenant, message_id))
    way = FamilysWays().after(session.tenant, message_id, message.recipient, ways_tried(message))
    if way is not None:
        go_another_way(session, message, way, reason, at=at)


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


def undelivered(tenant: Any, case_id: Any) -> sa.Select[uuid.UUID]:
    """Which messages of a case did not arrive and nobody has dealt with, newest first."""
    return messages_about(tenant, case_id, most=ON_CASE_PAGE).where(
        did_not_arrive(), Message.dealt_with_at.is_(None)
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
            did_not_arrive(),
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
