"""The register of subscribing authorities."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, READ, Base, Grant, Wall, new_id
from saas.database.scope import LoginRole

PUBLIC_COLUMNS = ("id", "slug", "name", "dfe_number", "subscribed_from", "subscribed_to")


class Subscriber(Base):
    """An authority that subscribes: the tenant. It outlives its codes."""

    __tablename__ = "subscriber"
    __table_args__ = (
        sa.CheckConstraint("reference_prefix ~ '^[A-Z]{3}$'", name="prefix_is_three_letters"),
        sa.CheckConstraint("slug ~ '^[a-z0-9-]+$'", name="slug_is_plain"),
        sa.CheckConstraint("subscribed_to >= subscribed_from", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "k5_starts IN ('earlier', 'family', 'adviser')", name="k5_starts_is_known"
        ),
    )
    # Which authorities are served is public: the front door's postcode check says it.
    wall: ClassVar[Wall] = Wall(
        tenant_column="id",
        # The function that compares authorities asks which of them are in one region.
        owner="true",
        grants={
            LoginRole.AUTHORITY: READ,
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, update=ALL),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.FINANCE: READ,
            LoginRole.FINANCE_READER: READ,
            LoginRole.FAMILY: Grant(select=(*PUBLIC_COLUMNS, "k5_starts")),
            LoginRole.PUBLIC: Grant(select=PUBLIC_COLUMNS, rows="true"),
            LoginRole.IDENTITY: Grant(select=PUBLIC_COLUMNS, rows="true"),
            LoginRole.JOBS: Grant(select=PUBLIC_COLUMNS, rows="true"),
        },
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    slug: Mapped[str] = mapped_column(unique=True)
    reference_prefix: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    dfe_number: Mapped[str] = mapped_column(
        sa.ForeignKey("education_authority.dfe_number"), unique=True
    )
    subscribed_from: Mapped[dt.date]
    subscribed_to: Mapped[dt.date | None]
    # Sources differ on when the 30 days for mediation start (domain.md, K5).
    k5_starts: Mapped[str] = mapped_column(default="earlier")

    def refuses(self, opened_on: dt.date) -> str:
        """Why a case that was referred on this day cannot be its; nothing if it can."""
        return why_refused(self.name, self.subscribed_to, opened_on)


def why_refused(name: str, last_day: dt.date | None, opened_on: dt.date) -> str:
    """An authority takes no case after its last day."""
    left = last_day is not None and opened_on > last_day
    return f"{name} has left: there we take no new cases" if left else ""


def of_tenant() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(["tenant_id"], ["subscriber.id"])
