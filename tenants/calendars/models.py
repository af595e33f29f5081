"""The addresses by which calendars ask for a person's meetings."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE_AND_DELETE, Base, Wall
from saas.database.scope import LoginRole


class CalendarFeed(Base):
    """The one address of a person's calendar; the database keeps the SHA-256 of its key alone."""

    __tablename__ = "calendar_feed"
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    person_id: Mapped[uuid.UUID] = mapped_column(sa.ForeignKey("person.id"), primary_key=True)
    token_hash: Mapped[str] = mapped_column(unique=True)
    made_at: Mapped[dt.datetime]
    last_used_at: Mapped[dt.datetime | None]
