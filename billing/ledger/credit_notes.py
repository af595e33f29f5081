"""The tables of credit notes. Like invoices they are added, never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from billing.ledger.invoices import LineColumns, line_checks
from saas.database.base import APPEND, READ, Base, TenantRow, Wall
from saas.database.scope import LoginRole

ISSUED = Wall(
    grants={
        LoginRole.FINANCE: APPEND,
        LoginRole.FINANCE_READER: READ,
        LoginRole.AUTHORITY: READ,
    }
)


class CreditNote(TenantRow, Base):
    """What is taken back of one invoice, with the reason. Amounts are positive pence."""

    __tablename__ = "credit_note"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.Index("ix_credit_note_tenant_id_invoice_id", "tenant_id", "invoice_id"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_credit_has_a_reason"),
        sa.CheckConstraint("gross_pence = net_pence + vat_pence", name="totals_add_up"),
        sa.CheckConstraint("gross_pence > 0", name="credits_something"),
    )
    wall: ClassVar[Wall] = ISSUED

    invoice_id: Mapped[uuid.UUID]
    number: Mapped[str]
    series_year: Mapped[int]
    series_number: Mapped[int]
    issued_on: Mapped[dt.date]
    issued_at: Mapped[dt.datetime]
    issued_by: Mapped[uuid.UUID | None]
    reason: Mapped[str]
    # Whether what is taken back is billed once more, by a further invoice of the same period.
    bill_again: Mapped[bool]
    # Whether it settles what a change of the contract left over, so that no invoice gives it back.
    adjusts: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    net_pence: Mapped[int] = mapped_column(sa.BigInteger)
    vat_pence: Mapped[int] = mapped_column(sa.BigInteger)
    gross_pence: Mapped[int] = mapped_column(sa.BigInteger)
    words: Mapped[dict[str, Any]]


class CreditNoteLine(LineColumns, TenantRow, Base):
    """What is taken back of one line of the invoice; the signs are those of the invoice."""

    __tablename__ = "credit_note_line"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "credit_note_id"], ["credit_note.tenant_id", "credit_note.id"]
        ),
        sa.ForeignKeyConstraint(
            ["tenant_id", "invoice_line_id"], ["invoice_line.tenant_id", "invoice_line.id"]
        ),
        sa.UniqueConstraint("tenant_id", "credit_note_id", "position"),
        *line_checks(),
    )
    wall: ClassVar[Wall] = ISSUED

    credit_note_id: Mapped[uuid.UUID]
    invoice_line_id: Mapped[uuid.UUID]
