"""What is to be done outside the database, written down in the transaction that causes it.

A worker does it afterwards: nothing is done for what was rolled back, nothing forgotten that was
committed. Each task is safe to do twice, because its worker may be killed after doing it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import READ, WRITE, Base, TenantRow, Wall, new_id
from saas.database.scope import LoginRole, ScopedSession
from tenants.subscribers.models import of_tenant

# Minutes until a task is tried again, by how often it failed.
PATIENCE = (0, 1, 5, 15, 60, 240)
GIVE_UP_AFTER = 30


class BillingTask(TenantRow, Base):
    """One thing to do. Its id is the key that makes doing it twice the same as once."""

    __tablename__ = "billing_task"
    __table_args__ = (
        of_tenant(),
        sa.UniqueConstraint("tenant_id", "kind", "subject_id"),
        # The worker asks for what is due, in every tenant.
        sa.Index("ix_billing_task_due", "next_at", postgresql_where=sa.text("done_at IS NULL")),
    )
    wall: ClassVar[Wall] = Wall(grants={LoginRole.FINANCE: WRITE, LoginRole.FINANCE_READER: READ})

    kind: Mapped[str]
    subject_id: Mapped[uuid.UUID]
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
    created_at: Mapped[dt.datetime]
    next_at: Mapped[dt.datetime]
    attempts: Mapped[int] = mapped_column(default=0)
    done_at: Mapped[dt.datetime | None]
    # Why it failed last; never a secret, never a name.
    failure: Mapped[str] = mapped_column(default="")


def add_task(
    session: ScopedSession,
    kind: str,
    subject_id: uuid.UUID,
    *,
    at: dt.datetime,
    detail: dict[str, Any] | None = None,
) -> None:
    """Write down a task, unless it is written down already."""
    known = session.scalar(
        sa.select(BillingTask.id).where(
            BillingTask.tenant_id == session.tenant,
            BillingTask.kind == kind,
            BillingTask.subject_id == subject_id,
        )
    )
    if known is not None:
        return
    session.add(
        BillingTask(
            tenant_id=session.tenant,
            id=new_id(),
            kind=kind,
            subject_id=subject_id,
            detail=detail or {},
            created_at=at,
            next_at=at,
            done_at=None,
        )
    )
    session.flush()


def failed(task: BillingTask, why: str, *, at: dt.datetime) -> None:
    """Note a failure and when to try again."""
    task.attempts += 1
    minutes = PATIENCE[min(task.attempts, len(PATIENCE) - 1)]
    task.next_at = at + dt.timedelta(minutes=minutes)
    task.failure = why[:300]


def tasks_in_trouble(session: ScopedSession) -> list[BillingTask]:
    """What failed and waits, or was refused, in every tenant that the session sees."""
    return list(
        session.scalars(
            sa.select(BillingTask)
            .where(BillingTask.failure != "")
            .order_by(BillingTask.created_at.desc())
            .limit(100)
        )
    )
