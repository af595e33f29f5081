"""The tables of the news that are written for the mailing list, and of who was sent which.

Whoever leaves the list is deleted from it: a copy names its reader by an id alone, which then leads
nowhere.
"""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import READ, WRITE_AND_DELETE, Base, Grant, Wall, new_id
from saas.database.scope import LoginRole
from tenants.front_door.texts.models import LONGEST

LONGEST_HEADING = 120  # characters


class CopyState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    # The reader's server refused it for good, or no server took it in all the attempts.
    NOT_TAKEN = "not_taken"
    # The reader left the list before it was sent.
    LEFT = "left"


class News(Base):
    """One piece of news: a draft until it is sent to the list, and final from then on."""

    __tablename__ = "news"
    __table_args__ = (
        sa.CheckConstraint(
            f"length(heading) BETWEEN 1 AND {LONGEST_HEADING}", name="heading_is_a_line"
        ),
        sa.CheckConstraint(f"length(markdown) BETWEEN 1 AND {LONGEST}", name="is_no_book"),
        sa.CheckConstraint(
            "copies_made_at IS NULL OR sending_since IS NOT NULL", name="copies_are_of_what_is_sent"
        ),
        # The worker's: what is to be copied for each reader, and what is to be tried out.
        sa.Index(
            "ix_news_to_copy",
            "sending_since",
            postgresql_where=sa.text("sending_since IS NOT NULL AND copies_made_at IS NULL"),
        ),
        sa.Index("ix_news_to_try", "written_at", postgresql_where=sa.text("try_at <> ''")),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.PROVIDER_READER: READ,
            LoginRole.PANEL: WRITE_AND_DELETE,
            LoginRole.JOBS: Grant(
                select=("id", "heading", "markdown", "sending_since", "copies_made_at", "try_at",
                        "written_at"),
                update=("copies_made_at", "try_at"),
            ),
        },
    )  # fmt: skip

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    heading: Mapped[str]
    markdown: Mapped[str]
    # Raised by each correction: who corrects another's draft unseen is told so.
    edition: Mapped[int] = mapped_column(default=1)
    written_at: Mapped[dt.datetime]
    written_by: Mapped[uuid.UUID | None]
    # The moment at which somebody had it sent: it goes to who had confirmed by then.
    sending_since: Mapped[dt.datetime | None]
    sent_by: Mapped[uuid.UUID | None]
    copies_made_at: Mapped[dt.datetime | None]
    # Where a trial goes; empty again once it is sent.
    try_at: Mapped[str] = mapped_column(default="", server_default="")


class NewsCopy(Base):
    """One piece of news for one reader, and what became of it."""

    __tablename__ = "news_copy"
    __table_args__ = (
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(one.value) for one in CopyState)})", name="state_is_known"
        ),
        sa.Index("ix_news_copy_news_id_state", "news_id", "state"),
        sa.Index(
            "ix_news_copy_due", "next_attempt_at", postgresql_where=sa.text("state = 'waiting'")
        ),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.PROVIDER_READER: Grant(select=("news_id", "state")),
            LoginRole.JOBS: Grant(
                select=("news_id", "address_id", "state", "attempts", "next_attempt_at"),
                insert=("news_id", "address_id", "state", "attempts", "next_attempt_at"),
                update=("state", "attempts", "next_attempt_at"),
            ),
        },
    )

    news_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("news.id"), primary_key=True)
    # Of `mailing_address`; no key leads there from what outlives it.
    address_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    state: Mapped[str] = mapped_column(default=CopyState.WAITING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    next_attempt_at: Mapped[dt.datetime]
