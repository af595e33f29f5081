"""The tables of disputes: the authority's word and the provider's answer, each its own row."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from billing.ledger.credit_notes import ISSUED
from saas.database.base import APPEND, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole


class InvoiceDispute(TenantRow, Base):
    """A line that an authority does not accept (Procurement Act 2023 s.68: without delay)."""

    __tablename__ = "invoice_dispute"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_line_id"], ["invoice_line.tenant_id", "invoice_line.id"]
        ),
        sa.Index("ix_invoice_dispute_tenant_id_invoice_id", "tenant_id", "invoice_id"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_dispute_has_a_reason"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=("tenant_id", "id", "invoice_line_id")),
            LoginRole.AUTHORITY: APPEND,
            LoginRole.FINANCE: READ,
            LoginRole.FINANCE_READER: READ,
        }
    )

    invoice_id: Mapped[uuid.UUID]
    invoice_line_id: Mapped[uuid.UUID]
    reason: Mapped[str]
    raised_at: Mapped[dt.datetime]
    raised_by: Mapped[uuid.UUID | None]


class DisputeAnswer(TenantRow, Base):
    """What the provider's finance answers; a dispute has one answer."""

    __tablename__ = "dispute_answer"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "dispute_id"], ["invoice_dispute.tenant_id", "invoice_dispute.id"]
        ),
        sa.UniqueConstraint("tenant_id", "dispute_id"),
        sa.CheckConstraint("length(trim(answer)) > 0", name="an_answer_says_something"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            **ISSUED.grants,
            LoginRole.ERASER: Grant(select=("tenant_id", "dispute_id")),
        }
    )

    dispute_id: Mapped[uuid.UUID]
    upheld: Mapped[bool]
    answer: Mapped[str]
    answered_at: Mapped[dt.datetime]
    answered_by: Mapped[uuid.UUID | None]
