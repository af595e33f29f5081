"""What is derived from a case's facts and kept: where it stands, what its authority must do."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import ERASE, READ, WRITE, WRITE_AND_DELETE, Base, Grant, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.audiences import (
    OF_FAMILYS_CASE,
    POSITION_FOR_AUTHORITY,
    POSITION_FOR_FAMILY,
    WORKER_SEES_POSITION,
)
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kinds import Outcome, Stage, one_of
from tenants.casework.kinds import one_of as known
from tenants.casework.models import of_case


class AuthorityTask(TenantRow, Base):
    """Something that the authority must do in an open case.

    Its id follows from the case, the kind and the step, so that a task is kept once.
    """

    __tablename__ = "authority_task"
    __table_args__ = (
        sa.ForeignKeyConstraint(["tenant_id", "case_id"], ["sen_case.tenant_id", "sen_case.id"]),
        sa.ForeignKeyConstraint(
            ["tenant_id", "step_id"], ["agreed_step.tenant_id", "agreed_step.id"]
        ),
        sa.Index("ix_authority_task_tenant_id_case_id", "tenant_id", "case_id"),
        sa.Index("ix_authority_task_tenant_id_step_id", "tenant_id", "step_id"),
        sa.Index("ix_authority_task_tenant_id_due_on", "tenant_id", "due_on"),
        sa.CheckConstraint(one_of("kind", TaskKind), name="kind_is_known"),
        sa.CheckConstraint("(kind = 'do_step') = (step_id IS NOT NULL)", name="a_step_is_named"),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: ERASE,
            LoginRole.PROVIDER: WRITE_AND_DELETE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
            # For the reminders.
            LoginRole.WORKER: Grant(
                select=("tenant_id", "id", "case_id", "kind", "due_on", "from_on", "until_on")
            ),
        }
    )

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    due_on: Mapped[dt.date | None]
    # The days on which it can be done; none for always. What is overdue depends on the day too.
    from_on: Mapped[dt.date | None]
    until_on: Mapped[dt.date | None]
    step_id: Mapped[uuid.UUID | None]


_BY_DUE = ("next_due", "case_id", "tenant_id")
FOR_US = "is_open IS TRUE AND waiting_for = 'provider'"


class CasePosition(Base):
    """Where a case stands, derived from its facts in the transaction that adds one."""

    __tablename__ = "case_position"
    __table_args__ = (
        of_case(),
        sa.Index("ix_case_position_tenant_id_is_open_next_due", "tenant_id", "is_open", "next_due"),
        sa.Index("ix_case_position_tenant_id_held_on", "tenant_id", "held_on"),
        # The provider's own tray spans all tenants.
        sa.Index("ix_case_position_is_open_next_due", "is_open", "next_due", "tenant_id"),
        sa.Index("ix_case_position_next_due", *_BY_DUE),
        sa.Index("ix_case_position_for_us", *_BY_DUE, postgresql_where=sa.text(FOR_US)),
        # The meetings of this week, of all tenants.
        sa.Index(
            "ix_case_position_meeting_ahead",
            "meeting_on",
            "tenant_id",
            "case_id",
            postgresql_where=sa.text("stage = 'fixed'"),
        ),
        sa.CheckConstraint(known("stage", Stage), name="stage_is_known"),
        sa.CheckConstraint(
            f"outcome IS NULL OR {known('outcome', Outcome)}", name="outcome_is_known"
        ),
    )
    wall: ClassVar[Wall] = Wall(
        grants={
            LoginRole.ERASER: Grant(select=READ.select, rows=OF_FAMILYS_CASE),
            LoginRole.PROVIDER: WRITE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.WORKER: Grant(select=WORKER_SEES_POSITION),
            LoginRole.AUTHORITY: Grant(select=POSITION_FOR_AUTHORITY),
            LoginRole.FAMILY: Grant(select=POSITION_FOR_FAMILY, rows=OF_FAMILYS_CASE),
        }
    )

    tenant_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    case_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    stage: Mapped[str]
    is_open: Mapped[bool]
    waiting_for: Mapped[str | None]
    next_step: Mapped[str | None]
    next_clock: Mapped[str | None]
    next_part: Mapped[str | None]
    next_due: Mapped[dt.date | None]
    notice_sent: Mapped[dt.date | None]
    mias_on: Mapped[dt.date | None]
    choice: Mapped[str | None]
    choice_on: Mapped[dt.date | None]
    certificate_kind: Mapped[str | None]
    certificate_on: Mapped[dt.date | None]
    certificate_due: Mapped[dt.date | None]
    mediation_started_on: Mapped[dt.date | None]
    mediation_due: Mapped[dt.date | None]
    date_fixed_on: Mapped[dt.date | None]
    meeting_on: Mapped[dt.date | None]
    held_on: Mapped[dt.date | None]
    concluded_on: Mapped[dt.date | None]
    outcome: Mapped[str | None]
    delay_cause: Mapped[str | None]
    appeal_on: Mapped[dt.date | None]
    closed_on: Mapped[dt.date | None]
