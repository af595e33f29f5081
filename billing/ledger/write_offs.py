"""The table of debts that were written off. What was written off wrongly is written back."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import APPEND, READ, Base, TenantRow, Wall
from saas.database.scope import LoginRole


class WriteOff(TenantRow, Base):
    """How much of an invoice is not expected any more, in pence with VAT; below zero takes it
    back. It is the provider's own affair: to the authority the debt is still one."""

    __tablename__ = "write_off"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.Index("ix_write_off_tenant_id_invoice_id", "tenant_id", "invoice_id"),
        sa.CheckConstraint("amount_pence <> 0", name="amount_is_money"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_write_off_has_a_reason"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
        }
    )

    invoice_id: Mapped[uuid.UUID]
    amount_pence: Mapped[int] = mapped_column(sa.BigInteger)
    # The VAT in it, and the day from which relief can be claimed (VAT Act 1994 s.36).
    vat_pence: Mapped[int] = mapped_column(sa.BigInteger)
    written_off_on: Mapped[dt.date]
    relief_from: Mapped[dt.date]
    reason: Mapped[str]
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]
