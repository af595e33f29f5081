"""How each task of the worker went last, which jobs failed for good, and the backups made."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import ClassVar

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from saas.database.base import WRITE_AND_DELETE, Base, Wall, new_id
from saas.database.scope import LoginRole

_JOBS_ALONE = Wall(tenant_column=None, grants={LoginRole.JOBS: WRITE_AND_DELETE})


class TaskRun(Base):
    """One row for each task of the worker."""

    __tablename__ = "task_run"
    wall: ClassVar[Wall] = _JOBS_ALONE

    name: Mapped[str] = mapped_column(primary_key=True)
    started_at: Mapped[dt.datetime]
    # When it went well last; None if it never did.
    finished_at: Mapped[dt.datetime | None]
    # How often it has failed since it went well last.
    failures: Mapped[int] = mapped_column(default=0)
    # The kind of the last fault and the line it came from; never its text, which may name somebody.
    failure: Mapped[str | None]


class JobFailure(Base):
    """Why a job failed: the queue itself keeps only that it did."""

    __tablename__ = "job_failure"
    __table_args__ = (sa.Index("ix_job_failure_failed_at", "failed_at"),)
    wall: ClassVar[Wall] = _JOBS_ALONE

    # The queue's number of the job.
    job_id: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    task: Mapped[str]
    failed_at: Mapped[dt.datetime]
    failure: Mapped[str]


class BackupRun(Base):
    """A backup that was made, or tried."""

    __tablename__ = "backup_run"
    __table_args__ = (
        sa.CheckConstraint("kind IN ('backup', 'verify')", name="kind_is_known"),
        sa.CheckConstraint("seconds >= 0 AND size >= 0", name="measured"),
        sa.Index("ix_backup_run_kind_at", "kind", "at"),
    )
    wall: ClassVar[Wall] = _JOBS_ALONE

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=new_id)
    kind: Mapped[str]
    at: Mapped[dt.datetime]
    seconds: Mapped[int]
    ok: Mapped[bool]
    # Bytes of all its parts.
    size: Mapped[int] = mapped_column(sa.BigInteger)


class ServiceGauge(Base):
    """A number about the whole service, counted by the worker each minute: how many messages wait,
    how many clocks are at risk. Never of one authority."""

    __tablename__ = "service_gauge"
    wall: ClassVar[Wall] = _JOBS_ALONE

    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[int] = mapped_column(sa.BigInteger)
    counted_at: Mapped[dt.datetime]
