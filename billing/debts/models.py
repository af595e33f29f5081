"""The table of reminders."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from billing.credits.models import ISSUED
from saas.database.base import Base, TenantRow, Wall


class Reminder(TenantRow, Base):
    """That an authority was reminded of an invoice, and what late payment then came to.

    `claimed` says whether finance asks for the interest and compensation, or only mentions them.
    """

    __tablename__ = "reminder"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.UniqueConstraint("tenant_id", "invoice_id", "stage_days"),
        sa.CheckConstraint("stage_days IN (7, 14, 30)", name="stage_is_known"),
        sa.CheckConstraint(
            "interest_pence >= 0 AND compensation_pence >= 0", name="nothing_below_zero"
        ),
    )
    wall: ClassVar[Wall] = ISSUED

    invoice_id: Mapped[uuid.UUID]
    stage_days: Mapped[int]
    sent_on: Mapped[dt.date]
    sent_at: Mapped[dt.datetime]
    sent_by: Mapped[uuid.UUID | None]
    owed_pence: Mapped[int]
    interest_pence: Mapped[int]
    compensation_pence: Mapped[int]
    claimed: Mapped[bool]
