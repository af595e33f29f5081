"""The sessions of people who signed in: kept here, so that each can be seen and ended.

The browser holds a random key; the table its SHA-256. A session is over after `IDLE` without a
page, after the hours that the settings allow, and at once when somebody ends it.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import secrets
import uuid
from collections.abc import Sequence
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE_AND_DELETE, Base, Wall, new_id
from saas.database.scope import IN_PASSING, LoginRole, ScopedSession

IDLE = dt.timedelta(minutes=30)
# It is noted that somebody is there at most so often.
NOTED_EVERY = dt.timedelta(minutes=1)
# So long after the person last proved who they are, acts with consequences ask again.
PROVEN_FOR = dt.timedelta(minutes=60)
KEPT_AFTER = dt.timedelta(days=30)


class WebSession(Base):
    """One browser in which a person is signed in."""

    __tablename__ = "web_session"
    __table_args__ = (sa.Index("ix_web_session_person_id_began_at", "person_id", "began_at"),)
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"))
    key_sha256: Mapped[str] = mapped_column(unique=True)
    # The authority that the person works for in this browser, where they belong to several.
    works_in: Mapped[uuid.UUID | None]
    began_at: Mapped[dt.datetime]
    seen_at: Mapped[dt.datetime]
    ends_at: Mapped[dt.datetime]
    # When the person last proved who they are.
    proven_at: Mapped[dt.datetime]
    ended_at: Mapped[dt.datetime | None]
    # Such as 'Firefox on Windows'.
    device: Mapped[str]
    # The connection by which the person signed in, which may be gone since; None by a password.
    connection_id: Mapped[uuid.UUID | None] = mapped_column(index=True)
    # Whether the second proof was asked for there.
    second_elsewhere: Mapped[bool] = mapped_column(default=False, server_default=sa.false())


def key_of(key: str) -> str:
    """What is kept of a session's key."""
    return hashlib.sha256(key.encode()).hexdigest()


def begin(
    session: ScopedSession,
    person_id: uuid.UUID,
    *,
    device: str,
    at: dt.datetime,
    lasts: dt.timedelta,
    connection_id: uuid.UUID | None = None,
    second_elsewhere: bool = False,
) -> str:
    """Begin a session; its key, which nothing but the browser keeps."""
    key = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            person_id=person_id,
            key_sha256=key_of(key),
            works_in=None,
            began_at=at,
            seen_at=at,
            ends_at=at + lasts,
            proven_at=at,
            ended_at=None,
            device=device[:80],
            connection_id=connection_id,
            second_elsewhere=second_elsewhere,
        )
    )
    session.flush()
    return key


_SEEN = (
    sa.update(WebSession)
    .where(WebSession.id == sa.bindparam("which"))
    .values(seen_at=sa.bindparam("seen"))
    .execution_options(**IN_PASSING)
)


def is_on(at: dt.datetime | sa.BindParameter[dt.datetime]) -> sa.ColumnElement[bool]:
    """Whether a session goes on."""
    return sa.and_(
        WebSession.ended_at.is_(None), WebSession.ends_at > at, WebSession.seen_at > at - IDLE
    )


def note_seen(
    session: ScopedSession, session_id: uuid.UUID, seen_at: dt.datetime, *, at: dt.datetime
) -> None:
    """Note that the person is there, at most once in NOTED_EVERY.

    Args:
        seen_at: when it was noted last.
    """
    if at - seen_at >= NOTED_EVERY:
        session.execute(_SEEN, {"which": session_id, "seen": at})


def sessions_of(
    session: ScopedSession, person_id: uuid.UUID, *, at: dt.datetime
) -> Sequence[WebSession]:
    """Where a person is signed in, the latest first."""
    return session.scalars(
        sa.select(WebSession)
        .where(WebSession.person_id == person_id, is_on(at))
        .order_by(WebSession.seen_at.desc(), WebSession.id)
    ).all()


def end(
    session: ScopedSession,
    person_id: uuid.UUID,
    *,
    at: dt.datetime,
    only: uuid.UUID | None = None,
    but: uuid.UUID | None = None,
) -> int:
    """End sessions of a person: all, one, or all but one; how many were ended."""
    wanted = [WebSession.person_id == person_id, WebSession.ended_at.is_(None)]
    if only is not None:
        wanted.append(WebSession.id == only)
    if but is not None:
        wanted.append(WebSession.id != but)
    ended = session.execute(
        sa.update(WebSession).where(*wanted).values(ended_at=at).returning(WebSession.id)
    )
    return len(ended.all())


def proved(session: ScopedSession, session_id: uuid.UUID, *, at: dt.datetime) -> None:
    """Note that the person has just proved who they are."""
    session.execute(sa.update(WebSession).where(WebSession.id == session_id).values(proven_at=at))


def forget_old_sessions(session: ScopedSession, *, at: dt.datetime) -> int:
    """Delete what ended longer than KEPT_AFTER ago; how many were deleted."""
    deleted = session.execute(
        sa.delete(WebSession)
        .where(sa.or_(WebSession.ends_at < at - KEPT_AFTER, WebSession.ended_at < at - KEPT_AFTER))
        .returning(WebSession.id)
    )
    return len(deleted.all())
