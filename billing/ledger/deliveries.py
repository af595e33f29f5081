"""How a paper reached its authority: by e-mail, or uploaded by a person who ticks it off."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.contracts.models import WAYS
from saas.database.base import ALL, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

PAPERS = ("invoice", "credit note", "claim", "statement")


class PaperDelivery(TenantRow, Base):
    """One paper on its way to an authority, written down with the paper itself."""

    __tablename__ = "paper_delivery"
    __table_args__ = (
        of_tenant(),
        sa.UniqueConstraint("tenant_id", "document_id"),
        # What waits for a person, in every tenant.
        sa.Index(
            "ix_paper_delivery_waiting", "written_at", postgresql_where=sa.text("done_at IS NULL")
        ),
        sa.CheckConstraint(f"paper IN {PAPERS}", name="paper_is_known"),
        sa.CheckConstraint(f"way IN {WAYS}", name="way_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: Grant(
                select=ALL, insert=ALL, update=("place", "done_at", "done_by", "note")
            ),
            LoginRole.FINANCE_READER: READ,
        }
    )

    document_id: Mapped[uuid.UUID]
    paper: Mapped[str]
    # As the paper is called: its number, or the day of a statement.
    number: Mapped[str]
    way: Mapped[str]
    # The address, the portal, or the scheme and number on Peppol.
    place: Mapped[str]
    written_at: Mapped[dt.datetime]
    done_at: Mapped[dt.datetime | None]
    # Who uploaded it; None where the service sent it.
    done_by: Mapped[uuid.UUID | None]
    # What the portal answered: a receipt's number, if any.
    note: Mapped[str] = mapped_column(default="")
