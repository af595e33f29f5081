"""The table of messages: each one to one address, with what became of it."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, WRITE, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole


class MessageState(StrEnum):
    WAITING = "waiting"
    SENT = "sent"
    # The recipient's server refused it for good (SMTP 5xx), or wrote so later (RFC 3464).
    BOUNCED = "bounced"
    # No server took it in all the attempts that are made.
    GIVEN_UP = "given_up"
    # A letter that somebody prints and posts.
    TO_PRINT = "to_print"


class Channel(StrEnum):
    """By what way a message goes."""

    EMAIL = "email"
    TEXT = "text"
    LETTER = "letter"


class Message(TenantRow, Base):
    """An e-mail, a text message or a letter.

    Its text holds an event, a reference and a link; never a name of a child.

    The authority reads none: where a family is reached is the provider's to know.
    """

    __tablename__ = "message"
    __table_args__ = (
        # One event, one message to each recipient, however often it is worked on.
        sa.UniqueConstraint("tenant_id", "cause_id", "recipient"),
        sa.Index("ix_message_tenant_id_state_next_attempt_at",
                 "tenant_id", "state", "next_attempt_at"),
        sa.Index("ix_message_tenant_id_subject_id", "tenant_id", "subject_id"),
        sa.CheckConstraint(
            f"state IN ({', '.join(repr(s.value) for s in MessageState)})", name="state_is_known"
        ),
        # What somebody prints, over all authorities; and the texts whose fate is asked for.
        sa.Index(
            "ix_message_to_print",
            "created_at",
            "tenant_id",
            postgresql_where=sa.text("state = 'to_print'"),
        ),
        sa.Index(
            "ix_message_texts_under_way",
            "tenant_id",
            "next_attempt_at",
            postgresql_where=sa.text(
                "channel = 'text' AND state = 'sent' AND delivered_at IS NULL"
            ),
        ),
        sa.CheckConstraint(
            f"channel IN ({', '.join(repr(one.value) for one in Channel)})",
            name="channel_is_known",
        ),
        sa.CheckConstraint(
            "state <> 'to_print' OR channel = 'letter'", name="letters_are_printed"
        ),
        sa.CheckConstraint(
            "(calendar IS NULL) = (calendar_method IS NULL)", name="a_calendar_says_its_method"
        ),
        sa.CheckConstraint("state <> 'sent' OR sent_at IS NOT NULL", name="sent_has_a_time"),
        sa.CheckConstraint(
            "bounced_at IS NULL OR state = 'bounced'", name="what_came_back_bounced"
        ),
        sa.CheckConstraint(
            "(dealt_with_at IS NULL) = (dealt_with_by_name IS NULL)", name="someone_dealt_with_it"
        ),
    )  # fmt: skip
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(
                select=("tenant_id", "id", "subject_id"),
                delete=True,
                rows="subject_id = scope_person() OR rest_is_deleted()",
            ),
            LoginRole.PROVIDER: Grant(
                select=ALL,
                update=(
                    *("dealt_with_at", "dealt_with_by_name"),
                    *("state", "sent_at", "posted_by_name"),
                ),
            ),
            # Whose letters wait, over all authorities: never where they go nor what they say.
            LoginRole.PROVIDER_READER: Grant(
                select=("tenant_id", "id", "subject_id", "state", "channel", "created_at")
            ),
            LoginRole.WORKER: WRITE,
        }
    )

    # What it is about, such as a case, and what caused it.
    subject_id: Mapped[uuid.UUID]
    cause_id: Mapped[uuid.UUID]
    topic: Mapped[str]
    # Who: 'person:ID', 'party:ID' or 'provider'. The address is where they were on that day.
    recipient: Mapped[str]
    side: Mapped[str]
    address: Mapped[str]
    heading: Mapped[str]
    text: Mapped[str]
    link: Mapped[str | None]
    # A personal link is made as the message leaves, each time anew: none is kept here.
    with_personal_link: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # An iCalendar file and its method, where there is a meeting.
    calendar: Mapped[str | None]
    calendar_method: Mapped[str | None]
    state: Mapped[str] = mapped_column(default=MessageState.WAITING.value)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[dt.datetime]
    next_attempt_at: Mapped[dt.datetime]
    sent_at: Mapped[dt.datetime | None]
    # What the mail server said when it did not take the message, or when it came back.
    answer: Mapped[str | None]
    # When a report arrived that it could not be delivered; None if it was refused at once.
    bounced_at: Mapped[dt.datetime | None]
    # Somebody asked for another address, or told the person in another way.
    dealt_with_at: Mapped[dt.datetime | None]
    dealt_with_by_name: Mapped[str | None]
    channel: Mapped[str] = mapped_column(
        default=Channel.EMAIL.value, server_default=Channel.EMAIL.value
    )
    # The ways that failed before this one, each with its reason.
    tried: Mapped[str] = mapped_column(default="", server_default="")
    # The name under which Notify knows a text, and when it says that it arrived.
    handed_over_as: Mapped[str | None]
    delivered_at: Mapped[dt.datetime | None]
    # Who printed and posted a letter.
    posted_by_name: Mapped[str | None]
