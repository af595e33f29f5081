"""The trail: one line for each thing done, seen or exported, never changed."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, APPEND, READ, Base, Grant, TenantRow, Wall, new_id
from saas.database.scope import LoginRole

# What the provider does that an authority, a party to the dispute, may know of: that a case of its
# own was looked at and taken away, and what is its business anyhow. Never what a family said.
TOLD_TO_AUTHORITY = (
    *("case seen", "case opened", "case moved", "cases exported", "cases recorded in bulk"),
    *("SEN2 list exported", "certificate issued", "certificate downloaded"),
    *("agreement downloaded", "report pack released", "invoice issued", "billing contact changed"),
    # Who could change by whom its people are known, could come as one of them.
    *("sign-in connection changed", "sign-in connection switched on"),
    *("sign-in connection switched off", "sign-in connection removed", "e-mail domains bound"),
    *("authority suspended", "suspension lifted", "leaving recorded", "leaving taken back"),
    *("export asked for", "export made", "export taken away"),
    "old entries removed",
)


def _from(role: LoginRole) -> str:
    """Who writes says truly through which door: no role writes for another."""
    return f"door = '{role}'"


# Who links a trail and removes what is old; what is younger a trigger keeps from everybody.
KEEPING = Grant(select=ALL, insert=ALL, delete=True)
_TOLD = ", ".join(f"'{action}'" for action in TOLD_TO_AUTHORITY)


class AuditEntry(TenantRow, Base):
    """What one person did to one thing. The doing and its entry share a transaction."""

    __tablename__ = "audit_entry"
    __table_args__ = (
        sa.Index("ix_audit_entry_tenant_id_subject_id", "tenant_id", "subject_id"),
        sa.Index("ix_audit_entry_tenant_id_at", "tenant_id", "at"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(insert=ALL, writes=_from(LoginRole.ERASER)),
            # Its own people's acts, and those of ours that concern it; never the details.
            LoginRole.AUTHORITY: Grant(
                select=(
                    *("tenant_id", "id", "at", "person_id", "action"),
                    *("subject_kind", "subject_id", "door"),
                ),
                insert=ALL,
                rows=f"({_from(LoginRole.AUTHORITY)} OR action IN ({_TOLD}))",
                writes=_from(LoginRole.AUTHORITY),
            ),
            LoginRole.PROVIDER: Grant(select=ALL, insert=ALL, writes=_from(LoginRole.PROVIDER)),
            LoginRole.FINANCE: Grant(insert=ALL, writes=_from(LoginRole.FINANCE)),
            LoginRole.FAMILY: Grant(insert=ALL, writes=_from(LoginRole.FAMILY)),
            LoginRole.SIGNER: Grant(insert=ALL, writes=_from(LoginRole.SIGNER)),
            LoginRole.PROVIDER_READER: READ,
            # Links the entries to a chain, and removes what is old; a trigger keeps the rest.
            LoginRole.WORKER: Grant(
                select=ALL, insert=ALL, delete=True, writes=_from(LoginRole.WORKER)
            ),
        }
    )

    # Most roles may add to the trail but not read it, so nothing is fetched back.
    __mapper_args__ = {"eager_defaults": False}  # noqa: RUF012

    at: Mapped[dt.datetime]
    person_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    subject_kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    # The login role that wrote it.
    door: Mapped[str] = mapped_column(default="", server_default="")


class AuditLink(Base):
    """One link of an authority's chain: its hash is made of the link before and of one entry, so
    that no entry can be changed or taken out without a trace."""

    __tablename__ = "audit_link"
    __table_args__ = (sa.UniqueConstraint("tenant_id", "entry_id"),)
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.WORKER: KEEPING,
            LoginRole.AUTHORITY: READ,
            LoginRole.PROVIDER_READER: READ,
        }
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[uuid.UUID]
    sha256: Mapped[str]


class RowChange(TenantRow, Base):
    """What was changed of one row, written by the trigger of a watched table and by nobody else.

    `was` and `is_now` hold what differs: of a row that was deleted all it said, and of one that was
    added nothing, because it says so itself, or the next change of it does. A column that is
    hidden stands there without its values.
    """

    __tablename__ = "row_change"
    __table_args__ = (
        sa.Index("ix_row_change_tenant_id_about_id", "tenant_id", "about", "id"),
        sa.CheckConstraint("act IN ('insert', 'update', 'delete')", name="act_is_known"),
        sa.CheckConstraint(
            "(emptied_as IS NULL) = (emptied_by IS NULL)"
            " AND (emptied_as IS NULL OR (was IS NULL AND is_now IS NULL))",
            name="emptied_by_an_erasure",
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.PROVIDER: Grant(select=ALL, rows="for_provider"),
            LoginRole.PROVIDER_READER: Grant(select=ALL, rows="for_manager"),
            LoginRole.FINANCE: Grant(select=ALL, rows="for_finance"),
            LoginRole.FINANCE_READER: Grant(select=ALL, rows="for_finance"),
            # Links the changes and removes what is old, and never sees what they say.
            LoginRole.WORKER: Grant(select=("tenant_id", "id", "at", "about"), delete=True),
        },
        owner="true",
        owner_adds=True,
        owner_leaves="was IS NULL AND is_now IS NULL AND emptied_as IS NOT NULL",
    )

    at: Mapped[dt.datetime]
    table_name: Mapped[str]
    row_id: Mapped[uuid.UUID]
    # The case, or what else the row is a part of.
    about: Mapped[uuid.UUID]
    act: Mapped[str]
    person_id: Mapped[uuid.UUID | None]
    # Who of a family held the link.
    party_id: Mapped[uuid.UUID | None]
    # The login role, or the owner of the tables.
    door: Mapped[str]
    was: Mapped[dict[str, Any] | None]
    is_now: Mapped[dict[str, Any] | None]
    for_provider: Mapped[bool]
    for_manager: Mapped[bool]
    for_finance: Mapped[bool]
    # The SHA-256 of what it said before an erasure emptied it, and that erasure.
    emptied_as: Mapped[bytes | None]
    emptied_by: Mapped[uuid.UUID | None]


class RowChangeLink(Base):
    """One link of the chain over an authority's changes: of some hundred of them together."""

    __tablename__ = "row_change_link"
    wall: ClassVar[Wall] = Wall(
        grants={LoginRole.WORKER: APPEND, LoginRole.PROVIDER_READER: READ},
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    # The changes, and the SHA-256 of each, 32 bytes one after the other.
    changes: Mapped[list[uuid.UUID]] = mapped_column(ARRAY(sa.Uuid))
    hashes: Mapped[bytes]
    # The last of them; ids are made by the time of the change.
    newest: Mapped[uuid.UUID]
    sha256: Mapped[str]


class PlatformAuditEntry(Base):
    """What one person did outside any one authority, such as an export across authorities."""

    __tablename__ = "platform_audit_entry"
    __table_args__ = (
        sa.Index("ix_platform_audit_entry_at", "at"),
        sa.Index("ix_platform_audit_entry_person_id_at", "person_id", "at"),
    )
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.IDENTITY: KEEPING, LoginRole.PROVIDER_READER: READ},
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    at: Mapped[dt.datetime]
    person_id: Mapped[uuid.UUID | None]
    action: Mapped[str]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)


class PlatformAuditLink(Base):
    """One link of the chain over what is done outside any authority."""

    __tablename__ = "platform_audit_link"
    wall: ClassVar[Wall] = Wall(
        tenant_column=None,
        grants={LoginRole.IDENTITY: KEEPING, LoginRole.PROVIDER_READER: READ},
    )

    number: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    entry_id: Mapped[uuid.UUID] = mapped_column(unique=True)
    sha256: Mapped[str]
