"""The one table of the mailing list. Whoever leaves is deleted, and so is who never confirms."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE_AND_DELETE, Base, Grant, Wall, new_id
from saas.database.scope import LoginRole


class MailingAddress(Base):
    """An address that asked for the news."""

    __tablename__ = "mailing_address"
    __table_args__ = (
        sa.Index("ix_mailing_address_source_key_asked_at", "source_key", "asked_at"),
        sa.Index("ix_mailing_address_confirmed_at", "confirmed_at"),
        sa.CheckConstraint("email = lower(email)", name="email_is_lower"),
        sa.CheckConstraint("times_asked > 0", name="was_asked_for"),
        sa.CheckConstraint(
            "confirmed_at IS NULL OR source_key = ''", name="a_confirmed_one_came_from_nowhere"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.IDENTITY: WRITE_AND_DELETE,
            LoginRole.JOBS: Grant(
                select=("id", "email", "asked_at", "sent_at", "confirmed_at", "failure"),
                update=("sent_at", "failure"),
                delete=True,
            ),
        },
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    email: Mapped[str] = mapped_column(unique=True)
    # A keyed hash of where the question came from, until it is confirmed.
    source_key: Mapped[str]
    asked_at: Mapped[dt.datetime] = mapped_column(index=True)
    times_asked: Mapped[int] = mapped_column(default=1)
    sent_at: Mapped[dt.datetime | None]
    confirmed_at: Mapped[dt.datetime | None]
    # Why the confirmation could not be sent.
    failure: Mapped[str] = mapped_column(default="")
