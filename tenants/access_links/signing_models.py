"""The links by which health, a school or somebody else signs. The keys themselves are nowhere."""

from __future__ import annotations

import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import ALL, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.access_links.key_columns import (
    LOOKED_UP,
    MAKING,
    READABLE,
    KeyColumns,
    key_constraints,
)

OWN = ("agreement_id", "signer", "side")


class SigningLink(KeyColumns, TenantRow, Base):
    """A link that opens one agreement for one of those who have to sign it.

    The family signs by the link of its case and the authority by its sign-in, so neither has one
    of these. A signature made by it leads here with its agreement, its signer and its side: the
    database itself refuses one for anybody else, or on any other text.

    A key is looked up before its tenant is known, by the identity role, as a family's is.
    """

    __tablename__ = "signing_link"
    __table_args__ = (
        sa.ForeignKeyConstraint(
            ["tenant_id", "agreement_id"], ["agreement.tenant_id", "agreement.id"]
        ),
        *key_constraints(),
        # What a signature made by it leads to.
        sa.UniqueConstraint(
            "tenant_id", "id", "agreement_id", "signer", "side", name="uq_signing_link_signature"
        ),
        sa.Index("ix_signing_link_token_hash", "token_hash"),
        sa.Index("ix_signing_link_tenant_id_agreement_id", "tenant_id", "agreement_id"),
        sa.Index("ix_signing_link_tenant_id_message_id", "tenant_id", "message_id"),
        sa.CheckConstraint(
            "side IN ('health', 'school', 'other')", name="side_has_no_other_way_to_sign"
        ),
        # So that none can ever be made for the authority, or for one of the family.
        sa.CheckConstraint("signer = side", name="it_is_for_the_one_of_its_side"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(
                select=("tenant_id", "id", "agreement_id", "message_id"), delete=True
            ),
            LoginRole.PROVIDER: Grant(
                select=(*READABLE, *OWN), insert=ALL, update=("revoked_at", "revoked_by_name")
            ),
            LoginRole.IDENTITY: Grant(
                select=(*LOOKED_UP, "agreement_id", "signer"),
                update=("last_used_at",),
                rows="true",
            ),
            # The worker makes the links of e-mails and ends them; no key is its to read back.
            LoginRole.WORKER: Grant(
                select=("tenant_id", "id", "message_id", "revoked_at"),
                insert=(*MAKING, *OWN),
                update=("revoked_at", "revoked_by_name"),
            ),
        }
    )

    agreement_id: Mapped[uuid.UUID]
    signer: Mapped[str]
    side: Mapped[str]
