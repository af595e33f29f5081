"""The exports of whole authorities, and the deletion of what is left of one."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, ERASE_WITH_THE_REST, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.subscribers.models import of_tenant

STATES = {
    "waiting": "Waits for the worker",
    "making": "Is being made",
    "ready": "Ready",
    "failed": "Could not be made",
    "removed": "Removed after its days",
}
SIDES = ("authority", "provider")
ASKED = ("tenant_id", "id", "asked_at", "asked_by", "asked_by_name", "asked_side", "state")


class AuthorityExport(TenantRow, Base):
    """One export of all of an authority's rows and files that the authority may read."""

    __tablename__ = "authority_export"
    __table_args__ = (
        of_tenant(),
        sa.Index("ix_authority_export_tenant_id_asked_at", "tenant_id", "asked_at"),
        sa.Index(
            "ix_authority_export_under_way",
            "tenant_id",
            postgresql_where=sa.text("state IN ('waiting', 'making', 'ready')"),
        ),
        sa.CheckConstraint(f"state IN {tuple(STATES)}", name="state_is_known"),
        sa.CheckConstraint(f"asked_side IN {SIDES}", name="asked_side_is_known"),
        sa.CheckConstraint(
            "state <> 'ready' OR sha256 IS NOT NULL AND size IS NOT NULL AND ready_at IS NOT NULL",
            name="what_is_ready_is_whole",
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.AUTHORITY: Grant(select=ALL, insert=ASKED),
            LoginRole.PROVIDER: Grant(select=ALL, insert=ASKED),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.WORKER: Grant(
                select=ALL,
                update=(
                    *("state", "tables_done", "tables_of", "rows_written", "files_written"),
                    *("begun_at", "size", "sha256", "ready_at", "kept_until"),
                ),
            ),
            LoginRole.ERASER: ERASE_WITH_THE_REST,
        }
    )

    asked_at: Mapped[dt.datetime]
    asked_by: Mapped[uuid.UUID | None]
    asked_by_name: Mapped[str]
    asked_side: Mapped[str]
    state: Mapped[str]
    tables_done: Mapped[int] = mapped_column(server_default="0")
    tables_of: Mapped[int] = mapped_column(server_default="0")
    rows_written: Mapped[int] = mapped_column(sa.BigInteger, server_default="0")
    files_written: Mapped[int] = mapped_column(server_default="0")
    begun_at: Mapped[dt.datetime | None]
    # Of the ZIP: bytes, and its SHA-256.
    size: Mapped[int | None] = mapped_column(sa.BigInteger)
    sha256: Mapped[str | None]
    ready_at: Mapped[dt.datetime | None]
    kept_until: Mapped[dt.date | None]


class AuthorityDeletion(TenantRow, Base):
    """That what is left of an authority is deleted: its certificate is made first.

    `counts` is how many rows of each table go, `stays` how many stay, each by its table.
    """

    __tablename__ = "authority_deletion"
    __table_args__ = (
        of_tenant(),
        sa.Index("ix_authority_deletion_tenant_id_asked_at", "tenant_id", "asked_at"),
    )
    wall: ClassVar[Wall] = Wall(
        # What lets the role `eraser` delete asks whether it was asked for.
        owner="tenant_id = scope_tenant()",
        grants={
            LoginRole.PROVIDER: Grant(
                select=ALL,
                insert=(
                    *("tenant_id", "id", "asked_at", "asked_by", "asked_by_name", "last_day"),
                    *("counts", "stays", "certificate", "files_left"),
                ),
            ),
            LoginRole.PROVIDER_READER: Grant(
                select=("tenant_id", "id", "asked_at", "asked_by_name", "done_at")
            ),
            LoginRole.WORKER: Grant(
                select=("tenant_id", "id", "asked_at", "done_at", "files_left"),
                update=("done_at", "files_left"),
            ),
        },
    )

    asked_at: Mapped[dt.datetime]
    asked_by: Mapped[uuid.UUID | None]
    asked_by_name: Mapped[str]
    last_day: Mapped[dt.date]
    counts: Mapped[dict[str, Any]]
    stays: Mapped[dict[str, Any]]
    certificate: Mapped[bytes]
    # Keys of stored files that are still to be removed.
    files_left: Mapped[list[str]] = mapped_column(ARRAY(sa.Text))
    done_at: Mapped[dt.datetime | None]
