"""The table of what an authority must do. Derived like `case_position`, and as often."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped

from saas.database.base import READ, WRITE_AND_DELETE, Base, TenantRow, Wall
from saas.database.scope import LoginRole
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kinds import one_of


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
            LoginRole.PROVIDER: WRITE_AND_DELETE,
            LoginRole.PROVIDER_READER: READ,
            LoginRole.AUTHORITY: READ,
        }
    )

    case_id: Mapped[uuid.UUID]
    kind: Mapped[str]
    due_on: Mapped[dt.date | None]
    # The days on which it can be done; none for always. What is overdue depends on the day too.
    from_on: Mapped[dt.date | None]
    until_on: Mapped[dt.date | None]
    step_id: Mapped[uuid.UUID | None]
