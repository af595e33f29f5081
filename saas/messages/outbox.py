"""Send what waits. Safe to run twice, beside itself, and to be killed at any moment.

A message is claimed in a transaction of its own, which also sets when it may be tried again; then
it is handed over; then it is marked. Two workers never claim the same one. A worker that is killed
between handing over and marking leaves it waiting, so it goes out once more: at least once, with
the same Message-ID, by which mail programs know it again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.messages.mail import Letter, Sender, build
from saas.messages.models import Channel, Message, MessageState
from saas.messages.texts import Texts
from saas.messages.transport import Bounced, Deferred, Transport

# How long after each attempt the next one may come; after the last there is none.
WAITS = (
    dt.timedelta(minutes=5),
    dt.timedelta(minutes=15),
    dt.timedelta(hours=1),
    dt.timedelta(hours=4),
    dt.timedelta(hours=12),
    dt.timedelta(hours=24),
)
AT_ONCE = 200
# A text that Notify takes in none of so many attempts goes by another way.
TEXT_TRIES = 3


@dataclass(frozen=True)
class PersonalLinkMade:
    """A link for one message: its address is in that e-mail and nowhere else."""

    id: uuid.UUID
    address: str
    about: str


@dataclass(frozen=True)
class Way:
    """How a message goes, and where to."""

    channel: Channel
    address: str


class OtherWays(Protocol):
    """What is done with a message that did not arrive by the way it went."""

    def after(
        self, tenant: uuid.UUID, message: uuid.UUID, recipient: str, tried: Sequence[Channel]
    ) -> Way | None:
        """The next safe way to tell the same; None if there is none, and somebody has to."""


class PersonalLinks(Protocol):
    """How a personal link is made at the moment at which its message leaves."""

    def make(
        self, tenant: uuid.UUID, message: uuid.UUID, recipient: str, address: str, at: dt.datetime
    ) -> PersonalLinkMade | None:
        """A link for the recipient; None when the address is not theirs any more."""

    def end(self, tenant: uuid.UUID, link: uuid.UUID, at: dt.datetime) -> None:
        """End a link whose message did not leave."""


def send_due(
    tenant: uuid.UUID,
    transport: Transport,
    sender: Sender,
    links: PersonalLinks,
    *,
    at: dt.datetime,
    texts: Texts | None = None,
    other_ways: OtherWays | None = None,
    most: int = AT_ONCE,
) -> Counter[str]:
    """Send what of a tenant's messages is due, and count what became of them.

    A letter is not sent but laid out to be printed. What cannot arrive by its way goes by the
    next one, at once.

    Args:
        texts: how text messages leave; None where there is no such way.
        other_ways: says which way is next; without it what failed has failed.
        most: how many at once, so that one authority's many do not hold up the others'.
    """
    became: Counter[str] = Counter()
    for _ in range(most):
        claimed = _claim(tenant, at)
        if claimed is None:
            break
        state, answer, name = _send(tenant, claimed, transport, sender, links, at, texts)
        if state in (MessageState.BOUNCED, MessageState.GIVEN_UP) and other_ways is not None:
            tried = [Channel(one) for one in (*_ways_in(claimed.tried), claimed.channel)]
            way = other_ways.after(tenant, claimed.id, claimed.recipient, tried)
            if way is not None:
                with scoped(Scope.worker(tenant)) as session:
                    go_another_way(session, claimed, way, answer or "", at=at)
                became["another way"] += 1
                continue
        became[state] += 1
        _mark(tenant, claimed.id, state, answer, at, name)
    return became


def _ways_in(tried: str) -> list[str]:
    return [line.partition(":")[0] for line in tried.splitlines() if line]


def ways_tried(message: Message | sa.Row[Any]) -> list[Channel]:
    """The ways that a message went already, the one it goes now among them."""
    return [Channel(one) for one in (*_ways_in(message.tried), message.channel)]


def go_another_way(
    session: ScopedSession,
    message: Message | sa.Row[Any],
    way: Way,
    reason: str,
    *,
    at: dt.datetime,
) -> None:
    """Let a message that did not arrive go by another way. The session is the worker's."""
    session.execute(
        sa.update(Message)
        .where(Message.tenant_id == session.tenant, Message.id == message.id)
        .values(
            channel=way.channel.value,
            address=way.address,
            state=MessageState.WAITING.value,
            attempts=0,
            next_attempt_at=at,
            sent_at=None,
            bounced_at=None,
            handed_over_as=None,
            answer=None,
            tried=f"{message.tried}{message.channel}: {' '.join(reason.split())}\n",
        )
    )


def _claim(tenant: uuid.UUID, at: dt.datetime) -> sa.Row[*tuple[Any, ...]] | None:
    """The message that has waited longest, if one is due; nobody else gets it for a while."""
    with scoped(Scope.worker(tenant)) as session:
        due = session.execute(
            sa.select(Message.id, Message.attempts)
            .where(
                Message.tenant_id == tenant,
                Message.state == MessageState.WAITING,
                Message.next_attempt_at <= at,
            )
            .order_by(Message.next_attempt_at, Message.id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if due is None:
            return None
        attempt = due.attempts + 1
        return session.execute(
            sa.update(Message)
            .where(Message.tenant_id == tenant, Message.id == due.id)
            .values(attempts=attempt, next_attempt_at=at + WAITS[min(attempt, len(WAITS)) - 1])
            .returning(
                Message.id,
                Message.attempts,
                Message.address,
                Message.heading,
                Message.text,
                Message.link,
                Message.recipient,
                Message.with_personal_link,
                Message.calendar,
                Message.calendar_method,
                Message.channel,
                Message.tried,
            )
        ).one()


# State, what was answered, and the name under which its fate can be asked for.
Became = tuple[MessageState, str | None, str | None]


def _send(
    tenant: uuid.UUID,
    claimed: sa.Row[*tuple[Any, ...]],
    transport: Transport,
    sender: Sender,
    links: PersonalLinks,
    at: dt.datetime,
    texts: Texts | None,
) -> Became:
    """Hand a message over, with a link made for it now where it needs one.

    Each attempt has a new link. That of an attempt that failed ends; that of one which was cut
    short stays, because the message may have arrived with it.
    """
    if claimed.channel == Channel.LETTER:
        # Its link is made as it is printed.
        return MessageState.TO_PRINT, None, None
    if not claimed.with_personal_link:
        return _hand_over(claimed, None, transport, sender, at, texts)
    made = links.make(tenant, claimed.id, claimed.recipient, claimed.address, at)
    if made is None:
        return MessageState.GIVEN_UP, "The address is not this person's any more", None
    became = _hand_over(claimed, made, transport, sender, at, texts)
    if became[0] is not MessageState.SENT:
        links.end(tenant, made.id, at)
    return became


def _hand_over(
    claimed: sa.Row[*tuple[Any, ...]],
    made: PersonalLinkMade | None,
    transport: Transport,
    sender: Sender,
    at: dt.datetime,
    texts: Texts | None,
) -> Became:
    last = claimed.attempts >= (len(WAITS) if claimed.channel == Channel.EMAIL else TEXT_TRIES)
    try:
        if claimed.channel == Channel.TEXT:
            if texts is None:
                return MessageState.BOUNCED, "Text messages are not set up", None
            words = as_text(claimed.text, made.address if made else claimed.link, sender)
            return MessageState.SENT, None, texts.send(claimed.address, words, id=claimed.id)
        letter = Letter(
            id=claimed.id,
            address=claimed.address,
            heading=claimed.heading,
            paragraphs=tuple(claimed.text.split("\n\n")),
            link=made.address if made else claimed.link,
            about_link=made.about if made else "",
            calendar=claimed.calendar,
            calendar_method=claimed.calendar_method,
        )
        transport.send(build(letter, sender, at=at), returns_to=sender.returns_to(claimed.id))
    except Bounced as refused:
        return MessageState.BOUNCED, str(refused), None
    except Deferred as failed:
        return MessageState.GIVEN_UP if last else MessageState.WAITING, str(failed), None
    except ValueError as refused:
        # An address that no e-mail can bear.
        return MessageState.BOUNCED, str(refused), None
    return MessageState.SENT, None, None


def as_text(text: str, link: str | None, sender: Sender) -> str:
    """What a text message says: the first paragraph, the link, and who writes."""
    parts = (text.partition("\n\n")[0], link or "", f"{sender.name} {sender.telephone}".strip())
    return "\n".join(part for part in parts if part)


def _mark(
    tenant: uuid.UUID,
    id: uuid.UUID,
    state: MessageState,
    answer: str | None,
    at: dt.datetime,
    name: str | None,
) -> None:
    with scoped(Scope.worker(tenant)) as session:
        session.execute(
            sa.update(Message)
            .where(Message.tenant_id == tenant, Message.id == id)
            .values(
                state=state.value,
                answer=answer,
                sent_at=at if state is MessageState.SENT else None,
                handed_over_as=name,
            )
        )


def messages_about(tenant: Any, subject: Any, *, most: int) -> sa.Select[uuid.UUID]:
    """Which messages were sent, or are to be, about one thing; the newest, and at most `most`."""
    return (
        sa.select(Message.id)
        .where(Message.tenant_id == tenant, Message.subject_id == subject)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(most)
    )


def waiting(session: ScopedSession) -> tuple[int, dt.datetime | None]:
    """How many messages of the tenant wait, and since when the first of them does."""
    number, since = session.execute(
        sa.select(sa.func.count(), sa.func.min(Message.created_at)).where(
            Message.tenant_id == session.tenant, Message.state == MessageState.WAITING
        )
    ).one()
    return number, since
