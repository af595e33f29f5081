"""The tables of payments. What was allocated wrongly is allocated back, never erased."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import APPEND, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

METHODS = ("bank", "stripe", "other", "refund", "reversal")
# What takes money of another payment back: it went back, or never came.
BACK = ("refund", "reversal")


def _shown_to_authority(*columns: str) -> Wall:
    """What moved its account, an authority reads; why we put it right, and who did, is ours."""
    return Wall(
        grants={
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: Grant(select=("tenant_id", "id", *columns)),
        }
    )


class Payment(TenantRow, Base):
    """Money that came in; below zero what went back by `refund`, or by `reversal` never came or
    is not this authority's. Pence."""

    __tablename__ = "payment"
    __table_args__ = (
        of_tenant(),
        # The line of the bank statement, or Stripe's own name: imported twice, recorded once.
        sa.UniqueConstraint("tenant_id", "source"),
        sa.Index("ix_payment_tenant_id_received_on", "tenant_id", "received_on"),
        sa.CheckConstraint(f"method IN {METHODS}", name="method_is_known"),
        sa.CheckConstraint(
            f"amount_pence <> 0 AND (amount_pence < 0) = (method IN {BACK})",
            name="amount_is_money",
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "of_payment_id"], ["payment.tenant_id", "payment.id"]
        ),
        sa.Index("ix_payment_tenant_id_of_payment_id", "tenant_id", "of_payment_id"),
        sa.CheckConstraint(
            f"(of_payment_id IS NOT NULL) = (method IN {BACK})", name="what_goes_back_names_what"
        ),
    )
    wall: ClassVar[Wall] = _shown_to_authority(
        "received_on", "amount_pence", "method", "reference", "of_payment_id"
    )

    received_on: Mapped[dt.date]
    amount_pence: Mapped[int] = mapped_column(sa.BigInteger)
    method: Mapped[str]
    reference: Mapped[str] = mapped_column(default="")
    payer: Mapped[str] = mapped_column(default="")
    source: Mapped[str]
    # Of which payment this goes back, and why.
    of_payment_id: Mapped[uuid.UUID | None]
    reason: Mapped[str] = mapped_column(default="", server_default="")
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]


class PaymentAllocation(TenantRow, Base):
    """How much of a payment settles an invoice; below zero takes an allocation back."""

    __tablename__ = "payment_allocation"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "payment_id"], ["payment.tenant_id", "payment.id"]),
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.Index("ix_payment_allocation_tenant_id_invoice_id", "tenant_id", "invoice_id"),
        sa.Index("ix_payment_allocation_tenant_id_payment_id", "tenant_id", "payment_id"),
        sa.CheckConstraint("amount_pence <> 0", name="amount_is_money"),
    )
    wall: ClassVar[Wall] = _shown_to_authority("payment_id", "invoice_id", "amount_pence")

    payment_id: Mapped[uuid.UUID]
    invoice_id: Mapped[uuid.UUID]
    amount_pence: Mapped[int] = mapped_column(sa.BigInteger)
    reason: Mapped[str] = mapped_column(default="", server_default="")
    allocated_at: Mapped[dt.datetime]
    allocated_by: Mapped[uuid.UUID | None]


class PaymentSeen(TenantRow, Base):
    """The same money under another name: a line of the bank's of what was recorded by hand."""

    __tablename__ = "payment_seen"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "payment_id"], ["payment.tenant_id", "payment.id"]),
        sa.UniqueConstraint("tenant_id", "source"),
        sa.Index("ix_payment_seen_tenant_id_payment_id", "tenant_id", "payment_id"),
    )
    wall: ClassVar[Wall] = Wall(grants={LoginRole.FINANCE: APPEND, LoginRole.FINANCE_READER: READ})

    payment_id: Mapped[uuid.UUID]
    source: Mapped[str]
    seen_at: Mapped[dt.datetime]
    seen_by: Mapped[uuid.UUID | None]
