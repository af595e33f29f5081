"""The trail: one line for each thing done, seen or exported, never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, APPEND, READ, Base, Grant, TenantRow, Wall, new_id
from saas.database.scope import LoginRole


class AuditEntry(TenantRow, Base):
    """What one person did to one thing. The doing and its entry share a transaction."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_tenant_id_subject_id", "tenant_id", "subject_id"),
        sa.Index("ix_audit_entry_tenant_id_at", "tenant_id", "at"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.AUTHORITY: Grant(insert=ALL),
            LoginRole.PROVIDER: APPEND,
            LoginRole.FINANCE: Grant(insert=ALL),
            LoginRole.FAMILY: Grant(insert=ALL),
            LoginRole.SIGNER: Grant(insert=ALL),
            LoginRole.PROVIDER_READER: READ,
        }
    )

    # An authority may add to the trail but not read it, so nothing is fetched back.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012

    at: Mapped[dt.datetime]
    person_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PlatformAuditEntry(Base):
    """What one person did outside any one authority, such as an export across authorities."""

    __tablename__ = "platform_audit_entry"
    __table_args__ = (sa.Index("ix_platform_audit_entry_at", "at"),)
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.IDENTITY: APPEND, LoginRole.PROVIDER_READER: READ},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[dt.datetime]
    person_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
