"""The tables of reminders and their pauses, of claims for late payment, and of the base rates."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.ledger.credit_notes import ISSUED
from saas.database.base import APPEND, READ, WRITE, Base, TenantRow, Wall, new_id
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant


class Reminder(TenantRow, Base):
    """That an authority was reminded of an invoice, and what late payment then came to.

    `claimed` says whether the interest and compensation were asked for in the reminder itself;
    since claims have a paper of their own, reminders only mention them.
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


class ReminderPause(TenantRow, Base):
    """That no reminder goes out for a while: of one invoice, or of all of an authority's."""

    __tablename__ = "reminder_pause"
    __table_args__ = (
        of_tenant(),
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_pause_has_a_reason"),
        sa.Index(
            "uq_reminder_pause_open",
            "tenant_id",
            "invoice_id",
            unique=True,
            postgresql_where=sa.text("ended_at IS NULL"),
            postgresql_nulls_not_distinct=True,
        ),
    )
    wall: ClassVar[Wall] = Wall(grants={LoginRole.FINANCE: WRITE, LoginRole.FINANCE_READER: READ})

    # None is the whole authority.
    invoice_id: Mapped[uuid.UUID | None]
    reason: Mapped[str]
    begun_at: Mapped[dt.datetime]
    begun_by: Mapped[uuid.UUID | None]
    ended_at: Mapped[dt.datetime | None]
    ended_by: Mapped[uuid.UUID | None]


class BaseRate(Base):
    """The Bank of England's base rate on a reference day, as finance read it there. What was
    entered wrongly is entered again: the newest word about a day holds."""

    __tablename__ = "base_rate"
    __table_args__ = (
        sa.CheckConstraint(
            "to_char(reference_day, 'MM-DD') IN ('06-30', '12-31')", name="day_is_a_reference_day"
        ),
        sa.CheckConstraint("percent >= 0", name="rate_is_not_negative"),
        sa.CheckConstraint("length(trim(source)) > 0", name="a_rate_has_a_source"),
        sa.Index("ix_base_rate_reference_day", "reference_day", "recorded_at"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.FINANCE: APPEND, LoginRole.FINANCE_READER: READ},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    reference_day: Mapped[dt.date]
    percent: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2))
    source: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
