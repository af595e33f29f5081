"""The tables of use."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, APPEND, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

KINDS = (
    "mediation",
    "facilitation",
    "mias",
    "disagreement_resolution",
    "late_cancellation",
    "expense",
    "day_rate",
)


class UsageEntry(TenantRow, Base):
    """One billable event, or its reversal. Holds a case's reference, never who it is about.

    The provider's role may add entries and read none: casework needs no prices.
    """

    __tablename__ = "usage_entry"
    __table_args__ = (
        of_tenant(),
        # What one cause makes of one source is entered once, however often it is tried.
        sa.UniqueConstraint("tenant_id", "source_id", "cause_id", "quantity"),
        sa.Index("ix_usage_entry_tenant_id_on_date", "tenant_id", "on_date"),
        sa.CheckConstraint(f"kind IN {KINDS}", name="kind_is_known"),
        sa.CheckConstraint("quantity IN (1, -1)", name="quantity_is_one"),
        sa.CheckConstraint(
            "(kind = 'expense') = (amount_pence IS NOT NULL)", name="an_expense_has_an_amount"
        ),
        sa.CheckConstraint(
            "(kind = 'late_cancellation') = (notice_days IS NOT NULL)",
            name="a_cancellation_has_its_notice",
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=("tenant_id", "id", "case_reference")),
            LoginRole.PROVIDER: Grant(insert=ALL),
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )
    # The provider may add but not read, so nothing is fetched back.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012

    # The fact that is billed, and the fact (or act) by which this entry came about.
    source_id: Mapped[uuid.UUID]
    cause_id: Mapped[uuid.UUID]
    case_reference: Mapped[str]
    kind: Mapped[str]
    # The clause of the contract that prices it.
    clause: Mapped[str]
    on_date: Mapped[dt.date]
    quantity: Mapped[int]
    # An expense, in pence without VAT.
    amount_pence: Mapped[int | None]
    # A late cancellation: whole working days between the cancelling and the meeting.
    notice_days: Mapped[int | None]
    description: Mapped[str] = mapped_column(default="")
    recorded_at: Mapped[dt.datetime]
