"""The personal links of families. The keys themselves are nowhere."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import ALL, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole

WITHOUT_THE_KEY = (
    "tenant_id",
    "id",
    "case_id",
    "party_id",
    "created_at",
    "created_by_name",
    "expires_at",
    "revoked_at",
    "revoked_by_name",
    "last_used_at",
    "message_id",
)
# The worker makes the links of e-mails and ends them; no key is its to read back.
OF_WORKER = ("tenant_id", "id", "case_id", "party_id", "message_id", "revoked_at")
MAKING = (
    "tenant_id",
    "id",
    "case_id",
    "party_id",
    "token_hash",
    "created_at",
    "created_by_name",
    "expires_at",
    "message_id",
)


class FamilyLink(TenantRow, Base):
    """A link that opens one case for one person of the family, until it runs out or is revoked.

    A key is looked up before its tenant is known. That is the identity role's to do, as signing
    in is: it reads whose a key is and nothing about the case.
    """

    __tablename__ = "family_link"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        sa.ForeignKeyConstraint(["tenant_id", "message_id"], ["message.tenant_id", "message.id"]),
        sa.UniqueConstraint("tenant_id", "token_hash"),
        sa.Index("ix_family_link_token_hash", "token_hash"),
        sa.Index("ix_family_link_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_family_link_tenant_id_message_id", "tenant_id", "message_id"),
        sa.CheckConstraint("token_hash ~ '^[0-9a-f]{64}$'", name="token_is_kept_as_its_hash"),
        sa.CheckConstraint(
            "(revoked_at IS NULL) = (revoked_by_name IS NULL)", name="a_revocation_names_someone"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.PROVIDER: Grant(
                select=WITHOUT_THE_KEY, insert=ALL, update=("revoked_at", "revoked_by_name")
            ),
            LoginRole.IDENTITY: Grant(
                select=(
                    "tenant_id",
                    "id",
                    "case_id",
                    "party_id",
                    "token_hash",
                    "expires_at",
                    "revoked_at",
                    "last_used_at",
                ),
                update=("last_used_at",),
                rows="true",
            ),
            LoginRole.WORKER: Grant(
                select=OF_WORKER, insert=MAKING, update=("revoked_at", "revoked_by_name")
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    party_id: Mapped[uuid.UUID]
    token_hash: Mapped[str]
    created_at: Mapped[dt.datetime]
    created_by_name: Mapped[str]
    expires_at: Mapped[dt.datetime]
    revoked_at: Mapped[dt.datetime | None]
    revoked_by_name: Mapped[str | None]
    last_used_at: Mapped[dt.datetime | None]
    # The e-mail that carries it; None for one that the provider handed over itself.
    message_id: Mapped[uuid.UUID | None]
