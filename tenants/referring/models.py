"""Drafts of referrals, how many come from where, and what was handed in for the intake."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import (
    ALL,
    ERASE,
    READ,
    WRITE_AND_DELETE,
    Base,
    Grant,
    TenantRow,
    Wall,
    new_id,
)
from saas.database.scope import LoginRole
from tenants.casework.kinds import Route, one_of
from tenants.referring.kinds import CameBy, State
from tenants.subscribers.models import of_tenant

# Bytes of a draft when it is sealed, and of what was told: more than anybody types.
MOST_SEALED = 65_536
MOST_TOLD = 40_000
HANDED_IN = (
    "tenant_id",
    "id",
    "receipt",
    "came_by",
    "route",
    "told",
    "received_at",
    "source_key",
    "sent_by",
    "state",
    "held_because",
)


class ReferralDraft(Base):
    """What somebody has typed of a referral. Sealed: no role of the database reads a name in it.

    It is found by the hash of a key that is in one browser alone, or by that of an e-mailed link.
    """

    __tablename__ = "referral_draft"
    __table_args__ = (
        sa.CheckConstraint(f"length(sealed) <= {MOST_SEALED}", name="sealed_is_not_huge"),
        sa.Index("ix_referral_draft_kept_until", "kept_until"),
        sa.Index("ix_referral_draft_source_key_started_at", "source_key", "started_at"),
        sa.Index("ix_referral_draft_return_email_key", "return_email_key"),
        sa.Index(
            "ix_referral_draft_unsent",
            "return_asked_at",
            postgresql_where=sa.text("return_email IS NOT NULL"),
        ),
    )
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    key_sha256: Mapped[str] = mapped_column(unique=True)
    sealed: Mapped[bytes]
    started_at: Mapped[dt.datetime]
    kept_until: Mapped[dt.datetime]
    # Where it was begun, as a keyed hash; empty for an officer's, who is signed in.
    source_key: Mapped[str]
    # Where the link to go on goes: until it is sent, then no more.
    return_email: Mapped[str | None]
    # A keyed hash of it, by which many questions for one address are one.
    return_email_key: Mapped[str | None]
    return_asked_at: Mapped[dt.datetime | None]
    return_times: Mapped[int] = mapped_column(default=0)
    return_key_sha256: Mapped[str | None] = mapped_column(unique=True)


class ReferralAttempt(Base):
    """A referral that was handed in: counted, to know when one place sends very many."""

    __tablename__ = "referral_attempt"
    __table_args__ = (sa.Index("ix_referral_attempt_source_key_at", "source_key", "at"),)
    wall: ClassVar[Wall] = Wall(tenant_column=None, grants={LoginRole.IDENTITY: WRITE_AND_DELETE})

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    source_key: Mapped[str]
    at: Mapped[dt.datetime] = mapped_column(index=True)
    # Whether it went on to the intake, or into the queue of what somebody looks at first.
    straight: Mapped[bool]


class FrontReferral(TenantRow, Base):
    """A referral that came by the front door or from an officer, until it is a case.

    Whoever is not signed in may add one and read none. What was told goes with the row into the
    case, and is no longer here then.
    """

    __tablename__ = "front_referral"
    __table_args__ = (
        of_tenant(),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.UniqueConstraint("tenant_id", "receipt"),
        sa.CheckConstraint(one_of("state", State), name="state_is_known"),
        sa.CheckConstraint(one_of("came_by", CameBy), name="came_by_is_known"),
        sa.CheckConstraint(one_of("route", Route), name="route_is_known"),
        sa.CheckConstraint(f"length(told::text) <= {MOST_TOLD}", name="told_is_not_huge"),
        sa.CheckConstraint(
            "told IS NOT NULL OR state IN ('taken', 'discarded')", name="told_until_decided"
        ),
        sa.CheckConstraint("(case_id IS NOT NULL) = (state = 'taken')", name="taken_into_a_case"),
        sa.Index("ix_front_referral_tenant_id_case_id", "tenant_id", "case_id"),
        # Those of all tenants that wait or are held, and those that are to be forgotten.
        sa.Index("ix_front_referral_state", "state", "received_at", "tenant_id"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(
                select=ALL,
                update=(
                    "told",
                    "state",
                    "held_because",
                    "case_id",
                    "decided_at",
                    "decided_by_name",
                ),
            ),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(
                select=("tenant_id", "id", "receipt", "received_at", "sent_by", "case_id"),
                insert=HANDED_IN,
                rows="came_by = 'authority'",
                writes="sent_by = scope_person() AND state = 'waiting'",
            ),
            LoginRole.PUBLIC: Grant(
                insert=HANDED_IN,
                rows="came_by = 'front_door'",
                writes="sent_by IS NULL AND state IN ('waiting', 'held')",
            ),
        }
    )

    # What whoever sent it was given, to ask about it: the same whatever became of it.
    receipt: Mapped[str]
    came_by: Mapped[str]
    route: Mapped[str]
    # Each step's fields as they were sent.
    told: Mapped[dict[str, Any] | None] = mapped_column(JSONB(none_as_null=True))
    received_at: Mapped[dt.datetime]
    source_key: Mapped[str] = mapped_column(default="")
    sent_by: Mapped[uuid.UUID | None]
    state: Mapped[str]
    held_because: Mapped[str] = mapped_column(default="", server_default="")
    case_id: Mapped[uuid.UUID | None]
    decided_at: Mapped[dt.datetime | None]
    decided_by_name: Mapped[str | None]
