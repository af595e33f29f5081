"""What a manager says of one authority's public page."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import READ, WRITE, Base, Wall
from saas.database.scope import LoginRole


class AreaDetail(Base):
    """What is offered to the families of one authority, and how it is reached. All of it is public.

    Its services are said while no contract of the authority runs. An authority without a row has
    what the law gives, by the provider's own telephone and address.
    """

    __tablename__ = "area_detail"
    __table_args__ = (
        sa.CheckConstraint("video_href = '' OR video_href ~ '^https://'", name="video_is_safe"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.PUBLIC: READ,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.PANEL: WRITE,
        },
    )

    # Of the register; no key leads there from what is no authority's.
    slug: Mapped[str] = mapped_column(primary_key=True)
    services: Mapped[list[str]] = mapped_column(JSONB)
    telephone: Mapped[str]
    email: Mapped[str]
    hours: Mapped[str]
    # A film in British Sign Language, wherever the provider keeps it.
    video_href: Mapped[str]
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[uuid.UUID | None]
