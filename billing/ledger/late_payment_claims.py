"""What is claimed for late payment, by invoices of their own."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.ledger.credit_notes import ISSUED
from saas.database.base import Base, TenantRow, Wall
from saas.database.scope import ScopedSession


class LatePaymentClaim(TenantRow, Base):
    """What was claimed of a debt that was paid late, by an invoice outside the scope of VAT.

    Interest up to a day; the next claim of the same debt is for what came after it. The fixed
    compensation is claimed once.
    """

    __tablename__ = "late_payment_claim"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "claim_invoice_id"], ["invoice.tenant_id", "invoice.id"]
        ),
        sa.UniqueConstraint("tenant_id", "claim_invoice_id"),
        sa.UniqueConstraint("tenant_id", "invoice_id", "claimed_to"),
        sa.CheckConstraint(
            "interest_pence >= 0 AND compensation_pence >= 0"
            " AND interest_pence + compensation_pence > 0",
            name="claims_something",
        ),
    )
    wall: ClassVar[Wall] = ISSUED

    invoice_id: Mapped[uuid.UUID]
    claim_invoice_id: Mapped[uuid.UUID]
    claimed_to: Mapped[dt.date]
    # The day whose base rate counts, that rate, and the yearly rate of interest. Percent.
    reference_day: Mapped[dt.date]
    base_rate: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2))
    rate: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2))
    interest_pence: Mapped[int]
    compensation_pence: Mapped[int]


def claim_invoices(session: ScopedSession) -> set[uuid.UUID]:
    """The invoices that claim for late payment: no interest runs on interest, and they bill no
    period of a contract."""
    return set(session.scalars(sa.select(LatePaymentClaim.claim_invoice_id)))
