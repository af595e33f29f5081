"""The tables of contracts, their terms, purchase orders and where invoices go."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from billing.contracts.pricing import LateFee, Service, ServicePrice, Terms
from billing.vat import Treatment
from saas.database.base import ALL, APPEND, READ, WRITE, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

# How an authority takes its invoices.
WAYS = ("email", "portal", "peppol")
TREATMENTS = "('standard', 'exempt', 'outside_scope')"


def of_contract() -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["tenant_id", "contract_id"], ["contract.tenant_id", "contract.id"]
    )


class Contract(TenantRow, Base):
    """What the provider and one authority agreed. What it costs stands in its terms."""

    __tablename__ = "contract"
    __table_args__ = (
        of_tenant(),
        sa.UniqueConstraint("tenant_id", "reference"),
        sa.CheckConstraint("ends_on >= starts_on", name="ends_after_it_starts"),
        sa.CheckConstraint(
            "frequency IN ('annual', 'quarterly', 'monthly')", name="frequency_is_known"
        ),
        sa.CheckConstraint(
            "extension_options >= 0 AND extension_months >= 0", name="extensions_are_counts"
        ),
        sa.CheckConstraint(
            "vat_reason <> '' OR vat_treatment = 'standard'", name="no_vat_has_a_reason"
        ),
        sa.CheckConstraint(f"vat_treatment IN {TREATMENTS}", name="vat_treatment_is_known"),
        sa.CheckConstraint("years_from IN ('april', 'contract')", name="years_from_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: WRITE,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    reference: Mapped[str]
    starts_on: Mapped[dt.date]
    # The last day, extensions taken up included.
    ends_on: Mapped[dt.date]
    extension_options: Mapped[int] = mapped_column(default=0)
    extension_months: Mapped[int] = mapped_column(default=0)
    notice_days: Mapped[int] = mapped_column(default=90)
    # Days before it were billed by another system.
    billed_from: Mapped[dt.date | None]
    frequency: Mapped[str]
    # Whether billing periods are counted from April, or from the contract's own first day.
    years_from: Mapped[str] = mapped_column(default="april", server_default="april")
    # Whether a year that the contract's end cuts short includes a share alone of what a year does.
    prorated: Mapped[bool] = mapped_column(default=False, server_default=sa.false())
    # It was called off before its first day, and charges nothing.
    cancelled_on: Mapped[dt.date | None]
    vat_treatment: Mapped[str] = mapped_column(default="standard")
    vat_reason: Mapped[str] = mapped_column(default="")
    po_required: Mapped[bool] = mapped_column(default=True)
    # The authority's own form of a number: '#' a digit, '@' a letter, the rest as it stands.
    po_format: Mapped[str | None]
    # Prices rise on the anniversary by this index, if by any ('CPI').
    indexation: Mapped[str | None]

    @property
    def share_ends_on(self) -> dt.date | None:
        """The day at which an allowance is cut; None where a short year includes all of it."""
        return self.ends_on if self.prorated else None


class ContractTerms(TenantRow, Base):
    """The terms from a day on: the first ones, a dated amendment, an indexation, or what puts one
    of these right. Of those from one day the latest turn stands."""

    __tablename__ = "contract_terms"
    __table_args__ = (
        of_contract(),
        sa.UniqueConstraint("tenant_id", "contract_id", "effective_from", "turn"),
        sa.CheckConstraint(
            "annual_fee_pence >= 0 AND day_rate_pence >= 0", name="no_price_is_negative"
        ),
        sa.CheckConstraint(
            "cause IN ('agreed', 'amendment', 'indexation', 'correction')", name="cause_is_known"
        ),
        sa.CheckConstraint(
            f"fee_vat IN {TREATMENTS} AND expenses_vat IN {TREATMENTS}", name="vat_is_known"
        ),
        sa.CheckConstraint(f"late_fee_vat IN {TREATMENTS}", name="late_fee_vat_is_known"),
        sa.CheckConstraint(f"day_rate_vat IN {TREATMENTS}", name="day_rate_vat_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: APPEND,
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    contract_id: Mapped[uuid.UUID]
    effective_from: Mapped[dt.date]
    turn: Mapped[int] = mapped_column(default=1, server_default="1")
    cause: Mapped[str] = mapped_column(default="agreed")
    note: Mapped[str] = mapped_column(default="")
    annual_fee_pence: Mapped[int]
    prices: Mapped[dict[str, Any]]
    late_fees: Mapped[list[list[int]]] = mapped_column(JSONB, default=list)
    day_rate_pence: Mapped[int | None]
    fee_vat: Mapped[str]
    # None, where the terms were recorded before each price had its own: as the fee.
    late_fee_vat: Mapped[str | None]
    day_rate_vat: Mapped[str | None]
    expenses_vat: Mapped[str]
    # Why no VAT is charged, by treatment.
    vat_reasons: Mapped[dict[str, Any]] = mapped_column(
        server_default=sa.text("'{}'::jsonb"), default=dict
    )
    recorded_at: Mapped[dt.datetime]
    recorded_by: Mapped[uuid.UUID | None]

    def as_terms(self) -> Terms:
        return Terms(
            effective_from=self.effective_from,
            annual_fee_pence=self.annual_fee_pence,
            prices={
                Service(name): ServicePrice(
                    price["included"], price["price_pence"], Treatment(price["vat"])
                )
                for name, price in self.prices.items()
            },
            late_fees=tuple(LateFee(days, fee) for days, fee in self.late_fees),
            day_rate_pence=self.day_rate_pence,
            fee_vat=Treatment(self.fee_vat),
            late_fee_vat=Treatment(self.late_fee_vat or self.fee_vat),
            day_rate_vat=Treatment(self.day_rate_vat or self.fee_vat),
            vat_reasons={Treatment(name): text for name, text in self.vat_reasons.items()},
            expenses_vat=Treatment(self.expenses_vat),
            name=str(self.id),
        )


class ContractChange(TenantRow, Base):
    """What was changed of a contract besides its terms: from what, to what, and why."""

    __tablename__ = "contract_change"
    __table_args__ = (
        of_contract(),
        sa.Index("ix_contract_change_tenant_id_contract_id", "tenant_id", "contract_id"),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_change_has_a_reason"),
    )
    wall: ClassVar[Wall] = Wall(grants={LoginRole.FINANCE: APPEND, LoginRole.FINANCE_READER: READ})

    contract_id: Mapped[uuid.UUID]
    # The column that changed.
    what: Mapped[str]
    was: Mapped[str]
    is_now: Mapped[str]
    reason: Mapped[str]
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[uuid.UUID | None]


class PurchaseOrder(TenantRow, Base):
    """The authority's promise to pay up to a value, without VAT. What is left is derived."""

    __tablename__ = "purchase_order"
    __table_args__ = (
        of_contract(),
        sa.UniqueConstraint("tenant_id", "number"),
        sa.Index("ix_purchase_order_tenant_id_contract_id", "tenant_id", "contract_id"),
        sa.CheckConstraint("value_pence > 0", name="value_is_money"),
        sa.CheckConstraint("valid_to >= valid_from", name="ends_after_it_starts"),
        sa.CheckConstraint("entered_by_side IN ('authority', 'finance')", name="side_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: Grant(
                select=ALL,
                insert=ALL,
                update=("number", "value_pence", "valid_from", "valid_to", "closed_on"),
            ),
            LoginRole.FINANCE_READER: READ,
            LoginRole.AUTHORITY: APPEND,
        }
    )

    contract_id: Mapped[uuid.UUID]
    number: Mapped[str]
    value_pence: Mapped[int] = mapped_column(sa.BigInteger)
    valid_from: Mapped[dt.date]
    valid_to: Mapped[dt.date]
    # No invoice draws on it from then on.
    closed_on: Mapped[dt.date | None]
    entered_at: Mapped[dt.datetime]
    entered_by: Mapped[uuid.UUID | None]
    entered_by_side: Mapped[str]


class PurchaseOrderChange(TenantRow, Base):
    """What was changed of a purchase order: from what, to what, and why."""

    __tablename__ = "purchase_order_change"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "purchase_order_id"], ["purchase_order.tenant_id", "purchase_order.id"]
        ),
        sa.Index(
            "ix_purchase_order_change_tenant_id_purchase_order_id",
            "tenant_id",
            "purchase_order_id",
        ),
        sa.CheckConstraint("length(trim(reason)) > 0", name="a_change_has_a_reason"),
    )
    wall: ClassVar[Wall] = Wall(grants={LoginRole.FINANCE: APPEND, LoginRole.FINANCE_READER: READ})

    purchase_order_id: Mapped[uuid.UUID]
    what: Mapped[str]
    was: Mapped[str]
    is_now: Mapped[str]
    reason: Mapped[str]
    changed_at: Mapped[dt.datetime]
    changed_by: Mapped[uuid.UUID | None]


CONTACT_COLUMNS = (
    *("customer_name", "customer_address", "customer_email", "buyer_reference"),
    *("peppol_scheme", "peppol_id", "delivery", "portal"),
)


class BillingContact(Base):
    """Where an authority's invoices go. The authority keeps it right itself."""

    __tablename__ = "billing_contact"
    __table_args__ = (
        of_tenant(),
        sa.CheckConstraint("(peppol_scheme = '') = (peppol_id = '')", name="an_address_is_whole"),
        sa.CheckConstraint(f"delivery IN {WAYS}", name="delivery_is_known"),
        sa.CheckConstraint("delivery <> 'portal' OR portal <> ''", name="a_portal_has_an_address"),
        sa.CheckConstraint(
            "delivery <> 'peppol' OR peppol_id <> ''", name="peppol_needs_an_address"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.FINANCE: WRITE,
            LoginRole.FINANCE_READER: READ,
            # All but where it pays: that is ours to say.
            LoginRole.AUTHORITY: Grant(
                select=ALL,
                insert=("tenant_id", *CONTACT_COLUMNS),
                update=CONTACT_COLUMNS,
            ),
            LoginRole.ERASER: Grant(select=("tenant_id",), delete=True, rows="rest_is_deleted()"),
        }
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    customer_name: Mapped[str]
    # One line of the address per line of text.
    customer_address: Mapped[str]
    customer_email: Mapped[str]
    # What the authority wants quoted besides the order (EN 16931 BT-10).
    buyer_reference: Mapped[str] = mapped_column(default="")
    # Where it receives e-invoices on Peppol: a scheme of the published list, and the number.
    peppol_scheme: Mapped[str] = mapped_column(default="", server_default="")
    peppol_id: Mapped[str] = mapped_column(default="", server_default="")
    delivery: Mapped[str] = mapped_column(default="email", server_default="email")
    # Where invoices are uploaded, as a web address or in words.
    portal: Mapped[str] = mapped_column(default="", server_default="")
    # The account at Stripe that is the authority's own to pay into, line by line; '' is ours.
    pay_into: Mapped[str] = mapped_column(server_default="")

    @property
    def place(self) -> str:
        """Where papers go, by the way that they go."""
        if self.delivery == "portal":
            return self.portal
        if self.delivery == "peppol":
            return f"{self.peppol_scheme}:{self.peppol_id}"
        return self.customer_email
