"""The worker's part of the news: a copy for each reader, sent one by one.

As with every message (`saas.messages.outbox`): a copy is claimed in a transaction of its own, which
also sets when it may be tried again; then it is handed over; then it is marked. Two workers never
claim the same one. What a killed worker had claimed and not marked goes out once more later, with
the same Message-ID, by which mail programs know it again.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.messages.mail import Letter, Sender, build
from saas.messages.outbox import WAITS
from saas.messages.transport import Bounced, Deferred, Transport
from tenants.front_door.mailing.actions import AddressOf
from tenants.front_door.mailing.models import MailingAddress
from tenants.front_door.mailing.news_models import CopyState, News, NewsCopy
from tenants.front_door.texts.markdown import to_mail_html, to_mail_paragraphs

# Copies in one round of the worker.
MOST = 500
LEAVE_WORDS = "You get this because you asked for our news. To leave the list, open this link:"
TRIAL_WORDS = "This is a trial. Only you got it, and the link below leaves no list."


@dataclass(frozen=True)
class House:
    """What every copy needs.

    Args:
        values: what stands in the place of a name in braces.
        address_of: the whole address of the page that leaves the list.
    """

    sender: Sender
    values: Mapping[str, str]
    address_of: AddressOf


def letter_of(
    news_id: uuid.UUID, heading: str, markdown: str, *, address_id: uuid.UUID, to: str, house: House
) -> Letter:
    """One reader's copy: plain words, the same as HTML, and the link that leaves the list."""
    leave = house.address_of("leave", address_id)
    return Letter(
        id=uuid.uuid5(news_id, address_id.hex),
        address=to,
        heading=heading,
        paragraphs=to_mail_paragraphs(markdown, house.values),
        html=to_mail_html(markdown, house.values),
        before_link=LEAVE_WORDS,
        link=leave,
        leave=leave,
    )


def make_copies(*, at: dt.datetime) -> int:
    """Write a copy of each piece of news that is to be sent for each reader who had confirmed when
    it was; how many. Repeatable."""
    made = 0
    while True:
        with scoped(Scope.jobs()) as session:
            row = session.execute(
                sa.select(News.id, News.sending_since)
                .where(News.sending_since.is_not(None), News.copies_made_at.is_(None))
                .order_by(News.sending_since)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return made
            readers = sa.select(
                sa.literal(row.id, sa.Uuid()),
                MailingAddress.id,
                sa.literal(CopyState.WAITING.value),
                sa.literal(0),
                sa.literal(at, sa.DateTime(timezone=True)),
            ).where(MailingAddress.confirmed_at <= row.sending_since)
            done = session.execute(
                insert(NewsCopy)
                .from_select(
                    ["news_id", "address_id", "state", "attempts", "next_attempt_at"], readers
                )
                .on_conflict_do_nothing(index_elements=["news_id", "address_id"])
                .returning(NewsCopy.address_id)
            )
            made += len(done.all())
            session.execute(sa.update(News).where(News.id == row.id).values(copies_made_at=at))


@dataclass(frozen=True)
class _Claimed:
    """A copy that nobody else sends now; `address` is None where the reader left the list."""

    news_id: uuid.UUID
    address_id: uuid.UUID
    attempts: int
    heading: str
    markdown: str
    address: str | None


def send_copies(transport: Transport, house: House, *, at: dt.datetime, most: int = MOST) -> int:
    """Send the copies that are due; how many left."""
    sent = 0
    for _ in range(most):
        claimed = _claim(at)
        if claimed is None:
            return sent
        state = _hand_over(claimed, transport, house, at)
        if state is not None:
            with scoped(Scope.jobs()) as session:
                session.execute(_one(claimed.news_id, claimed.address_id).values(state=state.value))
        sent += state is CopyState.SENT
    return sent


def _one(news_id: uuid.UUID, address_id: uuid.UUID) -> sa.Update:
    return sa.update(NewsCopy).where(NewsCopy.news_id == news_id, NewsCopy.address_id == address_id)


def _claim(at: dt.datetime) -> _Claimed | None:
    with scoped(Scope.jobs()) as session:
        due = session.execute(
            sa.select(NewsCopy.news_id, NewsCopy.address_id, NewsCopy.attempts)
            .where(NewsCopy.state == CopyState.WAITING.value, NewsCopy.next_attempt_at <= at)
            .order_by(NewsCopy.next_attempt_at, NewsCopy.news_id, NewsCopy.address_id)
            .limit(1)
            .with_for_update(skip_locked=True)
        ).one_or_none()
        if due is None:
            return None
        attempts = due.attempts + 1
        session.execute(
            _one(due.news_id, due.address_id).values(
                attempts=attempts, next_attempt_at=at + WAITS[min(attempts, len(WAITS)) - 1]
            )
        )
        news = session.execute(
            sa.select(News.heading, News.markdown).where(News.id == due.news_id)
        ).one()
        address = session.scalar(
            sa.select(MailingAddress.email).where(
                MailingAddress.id == due.address_id, MailingAddress.confirmed_at.is_not(None)
            )
        )
        return _Claimed(due.news_id, due.address_id, attempts, news.heading, news.markdown, address)


def _hand_over(
    copy: _Claimed, transport: Transport, house: House, at: dt.datetime
) -> CopyState | None:
    """What became of a copy; None where it waits for another attempt."""
    if copy.address is None:
        return CopyState.LEFT
    letter = letter_of(
        copy.news_id,
        copy.heading,
        copy.markdown,
        address_id=copy.address_id,
        to=copy.address,
        house=house,
    )
    try:
        transport.send(build(letter, house.sender, at=at))
    except (Bounced, ValueError):
        # What the server said may hold the address: it is not kept.
        return CopyState.NOT_TAKEN
    except Deferred:
        return CopyState.NOT_TAKEN if copy.attempts >= len(WAITS) else None
    return CopyState.SENT


def send_trials(transport: Transport, house: House, *, at: dt.datetime) -> int:
    """Send the drafts that somebody wants to see as an e-mail; how many left."""
    sent = 0
    for _ in range(MOST):
        with scoped(Scope.jobs()) as session:
            row = session.execute(
                sa.select(News.id, News.heading, News.markdown, News.try_at)
                .where(News.try_at != "")
                .order_by(News.written_at)
                .limit(1)
                .with_for_update(skip_locked=True)
            ).one_or_none()
            if row is None:
                return sent
            # Nobody's: its link leaves no list.
            letter = letter_of(
                row.id,
                row.heading,
                f"{TRIAL_WORDS}\n\n{row.markdown}",
                address_id=new_id(),
                to=row.try_at,
                house=house,
            )
            try:
                transport.send(build(letter, house.sender, at=at))
            except (Bounced, ValueError):
                pass
            except Deferred:
                session.rollback()
                return sent
            else:
                sent += 1
            session.execute(sa.update(News).where(News.id == row.id).values(try_at=""))
    return sent
