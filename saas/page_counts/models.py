"""The one table of the counts. Nothing in it could name anybody: no address, cookie or time."""

from __future__ import annotations

import datetime as dt
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, READ, Base, Grant, Wall
from saas.database.scope import LoginRole


class PageCount(Base):
    """How often one step of a page was reached on one day."""

    __tablename__ = "page_count"
    __table_args__ = (
        sa.CheckConstraint("number > 0", name="number_counts_something"),
        sa.CheckConstraint(
            "page ~ '^[a-z]+(-[a-z]+)*$' AND step ~ '^[a-z]+(-[a-z]+)*$'",
            name="names_are_plain",
        ),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={
            LoginRole.PUBLIC: Grant(select=ALL, insert=ALL, update=("number",)),
            LoginRole.PROVIDER_READER: READ,
        },
    )

    on_day: Mapped[dt.date] = mapped_column(primary_key=True)
    page: Mapped[str] = mapped_column(primary_key=True)
    step: Mapped[str] = mapped_column(primary_key=True)
    number: Mapped[int]
