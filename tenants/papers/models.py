"""The table of uploaded papers. What they hold lies in the store (`saas.documents.storage`)."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ALL, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from saas.documents.scanning import ScanResult
from tenants.casework.audiences import FOR_FAMILY
from tenants.casework.kinds import Side
from tenants.casework.kinds import one_of as known
from tenants.casework.models import FOR_AUTHORITY
from tenants.papers.kinds import Audience, DocumentKind

# An authority speaks for itself, in its own name, and shares with both sides or keeps it between
# itself and the provider. A summary it can only give in confidence. What its side uploaded any of
# its officers may withdraw.
BY_AUTHORITY = (
    "side = 'authority' AND exchanged_at IS NULL"
    " AND (kind <> 'summary' OR audience = 'authority')"
    " AND CASE WHEN withdrawn_at IS NULL THEN uploaded_by = scope_person()"
    " ELSE withdrawn_by = scope_person() END"
)
# What was withdrawn is there for its own side alone, which sees that it was, and why.
SEEN_BY_AUTHORITY = f"{FOR_AUTHORITY} AND (withdrawn_at IS NULL OR side = 'authority')"
# What one of a family handed in is theirs alone until both sides may read it.
THEIRS = "party_id IS NULL OR party_id = scope_party()"
SEEN_BY_FAMILY = (
    f"{FOR_FAMILY} AND (withdrawn_at IS NULL OR side = 'family')"
    f" AND (audience = 'parties' OR {THEIRS})"
)
WITHDRAWING = ("withdrawn_at", "withdrawn_by", "withdrawn_by_name", "withdrawal_reason")

# A family hands in its own by its link, as nobody who signed in.
BY_FAMILY = (
    "side = 'family' AND exchanged_at IS NULL AND (kind <> 'summary' OR audience = 'family')"
    " AND CASE WHEN withdrawn_at IS NULL THEN uploaded_by IS NULL"
    " ELSE withdrawn_by IS NULL END"
    f" AND ({THEIRS})"
)
# Without who uploaded it: the sides need not know each other's officers and advisers by name.
FOR_FAMILYS_EYES = (
    "tenant_id",
    "id",
    "case_id",
    "kind",
    "side",
    "audience",
    "party_id",
    "description",
    "media_type",
    "size",
    "sha256",
    "storage_key",
    "uploaded_at",
    "scan_result",
    "exchanged_at",
    "withdrawn_at",
    "withdrawal_reason",
)


class CaseDocument(TenantRow, Base):
    """A paper of a case. The paper itself never changes; only who may read it does, by exchange
    or when it is withdrawn."""

    __tablename__ = "case_document"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        sa.CheckConstraint("party_id IS NULL OR side = 'family'", name="one_of_the_family"),
        sa.Index("ix_case_document_tenant_id_case_id", "tenant_id", "case_id"),
        # What waits for the scanner is looked for every few minutes.
        sa.Index(
            "ix_case_document_unscanned",
            "tenant_id",
            postgresql_where=sa.text("scan_result = 'unscanned'"),
        ),
        sa.UniqueConstraint("tenant_id", "storage_key"),
        sa.CheckConstraint(known("kind", DocumentKind), name="kind_is_known"),
        sa.CheckConstraint(known("audience", Audience), name="audience_is_known"),
        sa.CheckConstraint(known("side", Side), name="side_is_known"),
        sa.CheckConstraint(known("scan_result", ScanResult), name="scan_result_is_known"),
        sa.CheckConstraint("size > 0", name="size_is_positive"),
        sa.CheckConstraint("length(description) <= 200", name="description_is_short"),
        # Wall 2 of the exchange, also for whoever writes past the act.
        sa.CheckConstraint(
            "kind <> 'summary' OR audience = side OR"
            " (audience = 'parties' AND exchanged_at IS NOT NULL)",
            name="a_summary_is_its_sides_until_exchanged",
        ),
        sa.CheckConstraint(
            "withdrawn_at IS NULL OR exchanged_at IS NULL", name="what_was_exchanged_stays"
        ),
        sa.CheckConstraint(
            "(withdrawn_at IS NULL AND withdrawn_by IS NULL AND withdrawn_by_name IS NULL"
            " AND withdrawal_reason IS NULL)"
            " OR (withdrawn_at IS NOT NULL AND withdrawn_by_name IS NOT NULL"
            " AND length(trim(withdrawal_reason)) > 0)",
            name="a_withdrawal_says_who_and_why",
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(
                select=("tenant_id", "id", "case_id", "storage_key"),
                delete=True,
                rows="case_id = scope_person()",
            ),
            LoginRole.PROVIDER: Grant(
                select=ALL, insert=ALL, update=("audience", "exchanged_at", *WITHDRAWING)
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(
                select=ALL,
                insert=ALL,
                update=WITHDRAWING,
                rows=SEEN_BY_AUTHORITY,
                writes=BY_AUTHORITY,
            ),
            LoginRole.FAMILY: Grant(
                select=FOR_FAMILYS_EYES,
                insert=ALL,
                update=WITHDRAWING,
                rows=SEEN_BY_FAMILY,
                writes=BY_FAMILY,
            ),
            # It asks the scanner again, looks for files that no row knows, and reminds nobody of a
            # summary that is there.
            LoginRole.WORKER: Grant(
                select=(
                    *("tenant_id", "id", "storage_key", "scan_result"),
                    *("case_id", "kind", "side", "withdrawn_at"),
                ),
                update=("scan_result", "scanned_at"),
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    side: Mapped[str]
    audience: Mapped[str]
    # Whose of the family it is; None is all of theirs.
    party_id: Mapped[uuid.UUID | None]
    description: Mapped[str] = mapped_column(default="")
    media_type: Mapped[str]
    size: Mapped[int]
    sha256: Mapped[str]
    storage_key: Mapped[str]
    uploaded_at: Mapped[dt.datetime]
    uploaded_by: Mapped[uuid.UUID | None]
    uploaded_by_name: Mapped[str]
    scan_result: Mapped[str]
    scanned_at: Mapped[dt.datetime | None]
    exchanged_at: Mapped[dt.datetime | None]
    withdrawn_at: Mapped[dt.datetime | None]
    # Nobody who signed in, where the family did it by its link.
    withdrawn_by: Mapped[uuid.UUID | None]
    withdrawn_by_name: Mapped[str | None]
    withdrawal_reason: Mapped[str | None]
