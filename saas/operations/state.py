"""How the service stands: queue, worker, tasks, mail, backups, as the database knows it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.task_runs.models import BackupRun, JobFailure, ServiceGauge, TaskRun

# A worker is heard every 10 seconds; who is silent for so long is gone.
SILENT_AFTER = dt.timedelta(minutes=2)
# A backup is made every night.
BACKUP_LATE_AFTER = dt.timedelta(hours=26)
QUEUE_LATE_AFTER = dt.timedelta(minutes=10)

_JOBS = sa.table(
    "procrastinate_jobs",
    sa.column("id", sa.BigInteger),
    sa.column("task_name", sa.Text),
    sa.column("status", sa.Text),
    sa.column("scheduled_at", sa.DateTime(timezone=True)),
    sa.column("attempts", sa.Integer),
)
_EVENTS = sa.table(
    "procrastinate_events",
    sa.column("job_id", sa.BigInteger),
    sa.column("at", sa.DateTime(timezone=True)),
)
_WORKERS = sa.table(
    "procrastinate_workers", sa.column("last_heartbeat", sa.DateTime(timezone=True))
)
_STATUS = sa.cast(_JOBS.c.status, sa.Text)
STATES = ("todo", "doing", "failed", "succeeded")


@dataclass(frozen=True)
class ServiceState:
    """Times are in seconds before the moment that was asked about; None where there is nothing."""

    jobs: dict[str, int]
    queue_seconds: float | None
    heartbeat_seconds: float | None
    dead_jobs: int
    tasks: Sequence[TaskRun]
    gauges: Sequence[ServiceGauge]
    last_backup: BackupRun | None
    last_good_backup: BackupRun | None
    last_verified: BackupRun | None
    backup_seconds: float | None

    @property
    def worker_is_silent(self) -> bool:
        return (
            self.heartbeat_seconds is None or self.heartbeat_seconds > SILENT_AFTER.total_seconds()
        )

    @property
    def queue_is_late(self) -> bool:
        return (self.queue_seconds or 0) > QUEUE_LATE_AFTER.total_seconds()

    @property
    def backup_is_late(self) -> bool:
        return self.backup_seconds is None or (
            self.backup_seconds > BACKUP_LATE_AFTER.total_seconds()
        )

    def gauge(self, name: str) -> int | None:
        return next((one.value for one in self.gauges if one.name == name), None)


def service_state(session: ScopedSession, *, at: dt.datetime) -> ServiceState:
    """How the service stands at a moment, asked in the scope of the jobs."""
    states = {str(state): number for state, number in session.execute(
        sa.select(_STATUS, sa.func.count()).group_by(_STATUS)
    )}  # fmt: skip
    # The newest job's event would do for the time it was put; a job that waits for a set time is
    # late only from then on.
    put = sa.select(sa.func.min(_EVENTS.c.at)).where(_EVENTS.c.job_id == _JOBS.c.id)
    oldest = session.scalar(
        sa.select(sa.func.min(sa.func.coalesce(_JOBS.c.scheduled_at, put.scalar_subquery()))).where(
            _STATUS == "todo", sa.or_(_JOBS.c.scheduled_at.is_(None), _JOBS.c.scheduled_at <= at)
        )
    )
    heard = session.scalar(sa.select(sa.func.max(_WORKERS.c.last_heartbeat)))
    last, good, verified = _last_backups(session)
    return ServiceState(
        jobs={state: states.get(state, 0) for state in STATES},
        queue_seconds=_since(oldest, at),
        heartbeat_seconds=_since(heard, at),
        dead_jobs=session.scalar(sa.select(sa.func.count()).select_from(_dead().subquery())) or 0,
        tasks=session.scalars(sa.select(TaskRun).order_by(TaskRun.name)).all(),
        gauges=session.scalars(sa.select(ServiceGauge).order_by(ServiceGauge.name)).all(),
        last_backup=last,
        last_good_backup=good,
        last_verified=verified,
        backup_seconds=_since(good.at if good else None, at),
    )


def _since(moment: dt.datetime | None, at: dt.datetime) -> float | None:
    return None if moment is None else max(0.0, (at - moment).total_seconds())


def _last_backups(session: ScopedSession) -> tuple[BackupRun | None, ...]:
    """The last backup, the last that succeeded, and the last that was verified."""
    good = BackupRun.ok.is_(True)
    asked = (
        (BackupRun.kind == "backup",),
        (BackupRun.kind == "backup", good),
        (BackupRun.kind == "verify", good),
    )
    newest = [
        sa.select(BackupRun.id).where(*which).order_by(BackupRun.at.desc()).limit(1)
        for which in asked
    ]
    rows = session.scalars(
        sa.select(BackupRun)
        .where(BackupRun.id.in_([one.scalar_subquery() for one in newest]))
        .order_by(BackupRun.at.desc())
    ).all()
    return (
        next((row for row in rows if row.kind == "backup"), None),
        next((row for row in rows if row.kind == "backup" and row.ok), None),
        next((row for row in rows if row.kind == "verify" and row.ok), None),
    )


@dataclass(frozen=True)
class DeadJob:
    """A job that failed for good."""

    id: int
    task: str
    attempts: int
    failed_at: dt.datetime | None
    failure: str


def _dead() -> sa.Select[*tuple[Any, ...]]:
    return (
        sa.select(
            _JOBS.c.id,
            _JOBS.c.task_name,
            _JOBS.c.attempts,
            JobFailure.failed_at,
            JobFailure.failure,
        )
        .outerjoin_from(_JOBS, JobFailure, JobFailure.job_id == _JOBS.c.id)
        .where(_STATUS == "failed")
    )


def dead_jobs(session: ScopedSession, *, offset: int, limit: int) -> list[DeadJob]:
    """The jobs that failed for good, the newest first."""
    rows = session.execute(_dead().order_by(_JOBS.c.id.desc()).offset(offset).limit(limit))
    return [
        DeadJob(id, task, attempts, failed_at, failure or "It was cut short")
        for id, task, attempts, failed_at, failure in rows
    ]


def take_dead_job(session: ScopedSession, job_id: int) -> str | None:
    """Take a job that failed for good off the list; its task, None if the job is not there."""
    task: str | None = session.scalar(
        sa.delete(_JOBS)
        .where(_JOBS.c.id == job_id, _STATUS == "failed")
        .returning(_JOBS.c.task_name)
    )
    session.execute(sa.delete(JobFailure).where(JobFailure.job_id == job_id))
    return task
