"""The one table of the texts: every version that was published, and who published it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import APPEND, READ, Base, Wall
from saas.database.scope import LoginRole

LONGEST = 20_000  # characters


class PublicText(Base):
    """One version of one text. Only added: the newest stands, and an empty one gives the shipped
    text its place back."""

    __tablename__ = "public_text"
    __table_args__ = (
        sa.CheckConstraint("version > 0", name="version_is_counted"),
        sa.CheckConstraint(f"length(markdown) <= {LONGEST}", name="is_no_book"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.PUBLIC: READ,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.PANEL: APPEND,
        },
    )

    # 'home', or 'area/trafford'.
    name: Mapped[str] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    markdown: Mapped[str]
    published_at: Mapped[dt.datetime]
    published_by: Mapped[uuid.UUID | None]
