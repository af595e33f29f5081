"""The personal links of families. The keys themselves are nowhere."""

from __future__ import annotations

import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import ALL, ERASE, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.access_links.key_columns import (
    LOOKED_UP,
    MAKING,
    READABLE,
    KeyColumns,
    key_constraints,
)

OWN = ("case_id", "party_id")
# The worker makes the links of e-mails and ends them; no key is its to read back.
OF_WORKER = ("tenant_id", "id", "case_id", "party_id", "message_id", "revoked_at")


class FamilyLink(KeyColumns, TenantRow, Base):
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
        *key_constraints(),
        sa.Index("ix_family_link_token_hash", "token_hash"),
        sa.Index("ix_family_link_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_family_link_tenant_id_message_id", "tenant_id", "message_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(
                select=(*READABLE, *OWN), insert=ALL, update=("revoked_at", "revoked_by_name")
            ),
            LoginRole.IDENTITY: Grant(
                select=(*LOOKED_UP, *OWN),
                update=("last_used_at",),
                rows="true",
            ),
            LoginRole.WORKER: Grant(
                select=OF_WORKER, insert=(*MAKING, *OWN), update=("revoked_at", "revoked_by_name")
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    party_id: Mapped[uuid.UUID]
