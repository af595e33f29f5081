"""What was there before a correction, and why it was put right."""

from __future__ import annotations

import datetime as dt
import uuid
from enum import StrEnum
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import APPEND, READ, Base, TenantRow, Wall
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
        grants={LoginRole.PROVIDER: APPEND, LoginRole.PROVIDER_READER: READ}
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
