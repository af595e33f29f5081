"""What managers do with the news: write, correct and try a draft, have it sent, and see it go."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.front_door.mailing.news_models import CopyState, News, NewsCopy


class NewsRefused(Exception):
    """It cannot be done to this piece of news; the text says why."""


SENT_ALREADY = "It is sent already: what people have got cannot be changed"
CHANGED_MEANWHILE = (
    "Somebody else changed this draft while you wrote. Open it anew, then write yours if it is"
    " still right"
)


@dataclass(frozen=True)
class Item:
    """A piece of news as managers see it, and how far its copies are."""

    id: uuid.UUID
    heading: str
    markdown: str
    edition: int
    written_at: dt.datetime
    sending_since: dt.datetime | None
    copies_made: bool
    being_tried: bool
    copies: Mapping[CopyState, int] = field(default_factory=dict)

    @property
    def is_draft(self) -> bool:
        return self.sending_since is None

    @property
    def total(self) -> int:
        return sum(self.copies.values())

    @property
    def done(self) -> int:
        return self.total - self.copies.get(CopyState.WAITING, 0)

    @property
    def sent(self) -> int:
        return self.copies.get(CopyState.SENT, 0)

    @property
    def not_taken(self) -> int:
        return self.copies.get(CopyState.NOT_TAKEN, 0)

    @property
    def left(self) -> int:
        return self.copies.get(CopyState.LEFT, 0)

    @property
    def is_finished(self) -> bool:
        return self.copies_made and self.done == self.total


def news_listed(session: ScopedSession, *, offset: int, limit: int) -> Sequence[Item]:
    """Drafts first, then what was sent; the newest first. Two questions, however many there are."""
    rows = session.scalars(
        sa.select(News)
        .order_by(News.sending_since.desc().nulls_first(), News.written_at.desc(), News.id)
        .offset(offset)
        .limit(limit)
    ).all()
    return _with_copies(session, rows)


def find_news(session: ScopedSession, news_id: uuid.UUID) -> Item | None:
    row = session.get(News, news_id)
    return _with_copies(session, [row])[0] if row is not None else None


def _with_copies(session: ScopedSession, rows: Sequence[News]) -> list[Item]:
    counted: dict[uuid.UUID, dict[CopyState, int]] = {}
    for news_id, state, number in session.execute(
        sa.select(NewsCopy.news_id, NewsCopy.state, sa.func.count(NewsCopy.state))
        .where(NewsCopy.news_id.in_([row.id for row in rows]))
        .group_by(NewsCopy.news_id, NewsCopy.state)
    ):
        counted.setdefault(news_id, {})[CopyState(state)] = number
    return [
        Item(
            id=row.id,
            heading=row.heading,
            markdown=row.markdown,
            edition=row.edition,
            written_at=row.written_at,
            sending_since=row.sending_since,
            copies_made=row.copies_made_at is not None,
            being_tried=row.try_at != "",
            copies=counted.get(row.id, {}),
        )
        for row in rows
    ]


def write_news(
    session: ScopedSession, *, heading: str, markdown: str, by: uuid.UUID, at: dt.datetime
) -> uuid.UUID:
    """Keep a new draft. The session is the panel's, as for all that changes news."""
    row = News(
        id=new_id(),
        heading=heading,
        markdown=markdown.strip(),
        edition=1,
        written_at=at,
        written_by=by,
        sending_since=None,
        sent_by=None,
        copies_made_at=None,
    )
    session.add(row)
    session.flush()
    return row.id


def _draft(session: ScopedSession, news_id: uuid.UUID) -> News:
    """The draft, and nobody else's until this is done.

    Raises:
        NewsRefused: it is sent already, or gone.
    """
    row = session.scalars(sa.select(News).where(News.id == news_id).with_for_update()).one_or_none()
    if row is None:
        raise NewsRefused("There is no such draft any more")
    if row.sending_since is not None:
        raise NewsRefused(SENT_ALREADY)
    return row


def correct_news(
    session: ScopedSession,
    news_id: uuid.UUID,
    *,
    heading: str,
    markdown: str,
    based_on: int,
    by: uuid.UUID,
    at: dt.datetime,
) -> None:
    """Write a draft anew.

    Args:
        based_on: the edition that was corrected.

    Raises:
        NewsRefused: it is sent already, or gone, or somebody else corrected it meanwhile.
    """
    row = _draft(session, news_id)
    if row.edition != based_on:
        raise NewsRefused(CHANGED_MEANWHILE)
    row.heading, row.markdown = heading, markdown.strip()
    row.edition += 1
    row.written_at, row.written_by = at, by
    session.flush()


def delete_draft(session: ScopedSession, news_id: uuid.UUID) -> None:
    """Delete a draft.

    Raises:
        NewsRefused: it is sent already, or gone.
    """
    session.delete(_draft(session, news_id))
    session.flush()


def try_news(session: ScopedSession, news_id: uuid.UUID, *, address: str) -> None:
    """Have a draft sent to one address alone; the worker does it.

    Raises:
        NewsRefused: it is sent already, or gone.
    """
    _draft(session, news_id).try_at = address
    session.flush()


def send_news(
    session: ScopedSession,
    news_id: uuid.UUID,
    *,
    based_on: int,
    by: uuid.UUID,
    at: dt.datetime,
) -> None:
    """Have a draft sent to everybody who is on the list now. It is final from here on; pressing
    twice sends it once.

    Args:
        based_on: the edition that was looked at.

    Raises:
        NewsRefused: it is sent already, or gone, or somebody corrected it meanwhile.
    """
    row = _draft(session, news_id)
    if row.edition != based_on:
        raise NewsRefused(CHANGED_MEANWHILE)
    row.sending_since, row.sent_by = at, by
    session.flush()
