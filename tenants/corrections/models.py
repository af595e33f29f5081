"""What was there before a correction, and why it was put right."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import ALL, APPEND, ERASE, READ, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.kinds import one_of as known
from tenants.subscribers.models import of_tenant


class Subject(StrEnum):
    """What was put right."""

    CHILD = "child"
    REFERRAL = "referral"
    PERSON = "person"


class RecordCorrection(TenantRow, Base):
    """One value that was put right. The provider's to read alone: it holds how to reach people."""

    __tablename__ = "record_correction"
    __table_args__ = (
        of_tenant(),
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_record_correction_tenant_id_subject_id", "tenant_id", "subject_id"),
        sa.Index("ix_record_correction_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint(known("subject", Subject), name="subject_is_known"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: APPEND,
            LoginRole.PROVIDER_READER: READ,
        }
    )

    # The case on whose page it was done; a child may have several.
    case_id: Mapped[uuid.UUID]
    subject: Mapped[str]
    # The id of the child, the case or the person.
    subject_id: Mapped[uuid.UUID]
    field: Mapped[str]
    before: Mapped[str | None]
    after: Mapped[str | None]
    reason: Mapped[str]
    at: Mapped[dt.datetime]
    by: Mapped[uuid.UUID | None]
    by_name: Mapped[str]


class ProposalState(StrEnum):
    OPEN = "open"
    TAKEN = "taken"
    DECLINED = "declined"


PROPOSED = (
    *("tenant_id", "id", "case_id", "child_id", "proposed", "reason", "state"),
    *("at", "by", "by_name"),
)
ANSWERED = ("state", "answer", "answered_at", "answered_by_name")


class CorrectionProposal(TenantRow, Base):
    """What an authority says is wrong of a child, and what would be right: the provider takes it in
    or says why not."""

    __tablename__ = "correction_proposal"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.Index("ix_correction_proposal_tenant_id_child_id", "tenant_id", "child_id"),
        sa.Index("ix_correction_proposal_tenant_id_case_id", "tenant_id", "case_id"),
        sa.CheckConstraint(known("state", ProposalState), name="state_is_known"),
        sa.CheckConstraint("(state = 'open') = (answered_at IS NULL)", name="an_answer_has_a_time"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: Grant(select=ALL, update=ANSWERED),
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: Grant(
                select=ALL,
                insert=PROPOSED,
                writes="state = 'open' AND by = scope_person()",
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    child_id: Mapped[uuid.UUID]
    # The fields that are wrong, each with what would be right, as text.
    proposed: Mapped[dict[str, Any]]
    reason: Mapped[str]
    state: Mapped[str]
    at: Mapped[dt.datetime]
    by: Mapped[uuid.UUID]
    by_name: Mapped[str]
    answer: Mapped[str | None]
    answered_at: Mapped[dt.datetime | None]
    answered_by_name: Mapped[str | None]
