"""What Stripe calls our things, and which of its events were taken in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import APPEND, READ, WRITE, Base, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant


class StripeObject(TenantRow, Base):
    """Our thing and Stripe's name for it, with what was last heard of it."""

    __tablename__ = "stripe_object"
    __table_args__ = (
        of_tenant(),
        sa.UniqueConstraint("tenant_id", "kind", "subject_id"),
        sa.UniqueConstraint("tenant_id", "stripe_id"),
        sa.CheckConstraint("kind IN ('customer', 'invoice', 'credit_note')", name="kind_is_known"),
    )
    wall: ClassVar[Wall] = Wall(grants={LoginRole.FINANCE: WRITE, LoginRole.FINANCE_READER: READ})

    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    stripe_id: Mapped[str]
    status: Mapped[str] = mapped_column(default="")
    made_at: Mapped[dt.datetime]
    heard_at: Mapped[dt.datetime | None]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class StripeEvent(TenantRow, Base):
    """An event that was taken in, with its effects, in one transaction: once."""

    __tablename__ = "stripe_event"
    __table_args__ = (of_tenant(), sa.UniqueConstraint("tenant_id", "event_id"))
    wall: ClassVar[Wall] = Wall(grants={LoginRole.FINANCE: APPEND, LoginRole.FINANCE_READER: READ})

    event_id: Mapped[str]
    kind: Mapped[str]
    happened_at: Mapped[dt.datetime]
    taken_at: Mapped[dt.datetime]
    effect: Mapped[str]
