"""The tables of drafts and invoices.

They are apart, because what is issued never changes: the role of finance may add an invoice and
read it, but was never granted to change or delete one. Drafts are finance's own.
"""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from billing.contracts.models import TREATMENTS, of_contract
from saas.database.base import APPEND, READ, WRITE, WRITE_AND_DELETE, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole

LINE_KINDS = ("fee", "fee_adjustment", "usage", "usage_credit", "expense", "manual")


class InvoiceSeries(Base):
    """The last number of a series in a financial year. One series for all authorities (VAT
    Regulations 1995 reg 14), so no authority may read it: it would tell of the others."""

    __tablename__ = "invoice_series"
    __table_args__ = (
        sa.CheckConstraint("series IN ('invoice', 'credit_note')", name="series_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.FINANCE: WRITE, LoginRole.FINANCE_READER: READ},
    )

    series: Mapped[str] = mapped_column(primary_key=True)
    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    last_number: Mapped[int]


class LineColumns:
    """What a line of a draft and of an invoice holds. Pence without VAT; the rate in percent."""

    position: Mapped[int]
    kind: Mapped[str]
    description: Mapped[str]
    quantity: Mapped[Decimal] = mapped_column(sa.Numeric(12, 2))
    unit_price_pence: Mapped[int] = mapped_column(sa.BigInteger)
    net_pence: Mapped[int] = mapped_column(sa.BigInteger)
    vat_treatment: Mapped[str]
    vat_rate: Mapped[Decimal] = mapped_column(sa.Numeric(5, 2))
    # The clause and the days that the line is about.
    clause: Mapped[str] = mapped_column(default="")
    covers_from: Mapped[dt.date]
    covers_to: Mapped[dt.date]
    # The usage entries that the line bills, or credits.
    usage_ids: Mapped[list[str]] = mapped_column(JSONB, default=list)


def line_checks() -> tuple[sa.CheckConstraint, ...]:
    return (
        sa.CheckConstraint(f"kind IN {LINE_KINDS}", name="kind_is_known"),
        sa.CheckConstraint(f"vat_treatment IN {TREATMENTS}", name="vat_is_known"),
        sa.CheckConstraint("net_pence = round(quantity * unit_price_pence)", name="line_adds_up"),
    )


class InvoiceDraft(TenantRow, Base):
    """An invoice being prepared: made again by every run until it is issued."""

    __tablename__ = "invoice_draft"
    __table_args__ = (
        of_contract(),
        # However often a run is made, a period has one draft; a further one bills again what a
        # credit note took back.
        sa.UniqueConstraint("tenant_id", "contract_id", "period_from", "period_to", "sequence"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"], ["purchase_order.tenant_id", "purchase_order.id"]
        ),
        sa.CheckConstraint("period_to >= period_from", name="ends_after_it_starts"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={LoginRole.FINANCE: WRITE_AND_DELETE, LoginRole.FINANCE_READER: READ}
    )

    contract_id: Mapped[uuid.UUID]
    period_from: Mapped[dt.date]
    period_to: Mapped[dt.date]
    sequence: Mapped[int] = mapped_column(default=0)
    tax_point: Mapped[dt.date]
    # Use is counted up to this day: overage is billed in arrears.
    usage_to: Mapped[dt.date]
    purchase_order_id: Mapped[uuid.UUID | None]
    net_pence: Mapped[int] = mapped_column(sa.BigInteger)
    vat_pence: Mapped[int] = mapped_column(sa.BigInteger)
    # Of the lines: an approval holds for what was seen.
    fingerprint: Mapped[str]
    approved_fingerprint: Mapped[str | None]
    approved_at: Mapped[dt.datetime | None]
    approved_by: Mapped[uuid.UUID | None]
    drafted_at: Mapped[dt.datetime]


class InvoiceDraftLine(LineColumns, TenantRow, Base):
    __tablename__ = "invoice_draft_line"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "draft_id"], ["invoice_draft.tenant_id", "invoice_draft.id"]
        ),
        sa.UniqueConstraint("tenant_id", "draft_id", "position"),
        *line_checks(),
    )
    wall: ClassVar[Wall] = Wall(
        grants={LoginRole.FINANCE: WRITE_AND_DELETE, LoginRole.FINANCE_READER: READ}
    )

    draft_id: Mapped[uuid.UUID]


class Invoice(TenantRow, Base):
    """An issued invoice. Never changed: what is wrong with it is credited."""

    __tablename__ = "invoice"
    __table_args__ = (
        of_contract(),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.UniqueConstraint("tenant_id", "contract_id", "period_from", "period_to", "sequence"),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"], ["purchase_order.tenant_id", "purchase_order.id"]
        ),
        sa.Index("ix_invoice_tenant_id_issued_on", "tenant_id", "issued_on"),
        # Finance's lists span all authorities.
        sa.Index("ix_invoice_issued_on", "issued_on", "tenant_id"),
        sa.CheckConstraint("gross_pence = net_pence + vat_pence", name="totals_add_up"),
        sa.CheckConstraint("due_on >= issued_on", name="due_after_issue"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str]
    series_year: Mapped[int]
    series_number: Mapped[int]
    period_from: Mapped[dt.date]
    period_to: Mapped[dt.date]
    sequence: Mapped[int]
    issued_on: Mapped[dt.date]
    issued_at: Mapped[dt.datetime]
    issued_by: Mapped[uuid.UUID | None]
    tax_point: Mapped[dt.date]
    due_on: Mapped[dt.date]
    # The first order that it draws on; what it draws on which stands in its order shares.
    purchase_order_id: Mapped[uuid.UUID | None]
    # The numbers of all of them, as they are quoted.
    purchase_order_number: Mapped[str]
    net_pence: Mapped[int] = mapped_column(sa.BigInteger)
    vat_pence: Mapped[int] = mapped_column(sa.BigInteger)
    gross_pence: Mapped[int] = mapped_column(sa.BigInteger)
    # Supplier, customer, terms: word for word as they were on that day.
    words: Mapped[dict[str, Any]]


class OrderShare(TenantRow, Base):
    """What an invoice draws on one purchase order, in pence without VAT."""

    __tablename__ = "order_share"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"], ["purchase_order.tenant_id", "purchase_order.id"]
        ),
        sa.UniqueConstraint("tenant_id", "invoice_id", "position"),
        sa.Index("ix_order_share_tenant_id_purchase_order_id", "tenant_id", "purchase_order_id"),
        sa.CheckConstraint("net_pence > 0", name="a_share_is_money"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    invoice_id: Mapped[uuid.UUID]
    purchase_order_id: Mapped[uuid.UUID]
    # In which turn the orders were emptied.
    position: Mapped[int]
    net_pence: Mapped[int] = mapped_column(sa.BigInteger)


class InvoiceLine(LineColumns, TenantRow, Base):
    __tablename__ = "invoice_line"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "invoice_id"], ["invoice.tenant_id", "invoice.id"]),
        sa.UniqueConstraint("tenant_id", "invoice_id", "position"),
        *line_checks(),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    invoice_id: Mapped[uuid.UUID]


class BilledUsage(TenantRow, Base):
    """That an entry was billed, or credited: turn 1 bills it, 2 takes it back, 3 bills it again.

    The unique key is what makes billing twice impossible, whoever tries at once.
    """

    __tablename__ = "billed_usage"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "usage_entry_id"], ["usage_entry.tenant_id", "usage_entry.id"]
        ),
        sa.UniqueConstraint("tenant_id", "usage_entry_id", "turn"),
        sa.Index("ix_billed_usage_tenant_id_document_id", "tenant_id", "document_id"),
        sa.CheckConstraint("turn > 0", name="turn_counts_from_one"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=("tenant_id", "usage_entry_id", "line_id")),
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    usage_entry_id: Mapped[uuid.UUID]
    turn: Mapped[int]
    # The line of the invoice or credit note that does it, and the price of one in pence.
    document_id: Mapped[uuid.UUID]
    line_id: Mapped[uuid.UUID]
    unit_price_pence: Mapped[int]


class InvoiceDocument(TenantRow, Base):
    """The files of an invoice or credit note as they were sent."""

    __tablename__ = "invoice_document"
    __table_args__ = (
        sa.UniqueConstraint("tenant_id", "document_id", "kind"),
        sa.CheckConstraint("kind IN ('pdf', 'xml')", name="kind_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    document_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    sha256: Mapped[str]
    content: Mapped[bytes]
    # What checked the file and found it valid; empty where nothing checks that kind.
    checked_by: Mapped[str] = mapped_column(default="")
