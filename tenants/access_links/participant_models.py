"""The links of those who come to a meeting and are of neither side: a school, health, others."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import ERASE, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.access_links.key_columns import (
    LOOKED_UP,
    MAKING,
    READABLE,
    KeyColumns,
    key_constraints,
)

OWN = ("case_id", "party_id", "reference", "meeting", "held_on")


class ParticipantLink(KeyColumns, TenantRow, Base):
    """A link that opens when and where one meeting is, and nothing else of the case.

    What it shows is kept beside it: the reference, the meeting as the notice told it, and whether
    it was held. So whoever opens it reads this one row, and no role needs to look into the case.
    """

    __tablename__ = "participant_link"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "party_id"], ["case_party.tenant_id", "case_party.id"]
        ),
        *key_constraints(),
        sa.Index("ix_participant_link_token_hash", "token_hash"),
        sa.Index("ix_participant_link_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_participant_link_tenant_id_party_id", "tenant_id", "party_id"),
        sa.Index("ix_participant_link_tenant_id_message_id", "tenant_id", "message_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(
                select=(*READABLE, *OWN), update=("revoked_at", "revoked_by_name")
            ),
            LoginRole.IDENTITY: Grant(
                select=(*LOOKED_UP, *OWN), update=("last_used_at",), rows="true"
            ),
            # The worker makes the links of e-mails, ends them, and keeps what they show true.
            LoginRole.WORKER: Grant(
                select=("tenant_id", "id", "case_id", "party_id", "message_id", "revoked_at"),
                insert=(*MAKING, *OWN),
                update=("revoked_at", "revoked_by_name", "meeting", "held_on"),
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    party_id: Mapped[uuid.UUID]
    reference: Mapped[str]
    meeting: Mapped[dict[str, Any]]
    held_on: Mapped[dt.date | None]
