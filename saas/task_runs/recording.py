"""Writing down how tasks and backups went."""

from __future__ import annotations

import datetime as dt
import traceback
from collections.abc import Mapping, Sequence
from pathlib import PurePath

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.config import ROOT
from saas.database.scope import ScopedSession
from saas.task_runs.models import BackupRun, JobFailure, ServiceGauge, TaskRun

MOST_CHARACTERS = 200


def describe(fault: BaseException) -> str:
    """The kind of a fault and our own last line that it passed, such as
    'OperationalError in saas/jobs.py, line 120'. Its text is left out: it may name a person."""
    ours = [
        frame
        for frame in traceback.extract_tb(fault.__traceback__)
        if frame.filename.startswith(str(ROOT)) and "site-packages" not in frame.filename
    ]
    kind = type(fault).__name__
    if not ours:
        return kind
    place = PurePath(ours[-1].filename).relative_to(ROOT)
    return f"{kind} in {place}, line {ours[-1].lineno}"[:MOST_CHARACTERS]


def record_start(session: ScopedSession, name: str, *, at: dt.datetime) -> None:
    statement = insert(TaskRun).values(name=name, started_at=at, failures=0)
    session.execute(
        statement.on_conflict_do_update(index_elements=["name"], set_={"started_at": at})
    )


def record_success(session: ScopedSession, name: str, *, at: dt.datetime) -> None:
    session.execute(
        sa.update(TaskRun)
        .where(TaskRun.name == name)
        .values(finished_at=at, failures=0, failure=None)
    )


def record_failure(
    session: ScopedSession, name: str, *, job_id: int | None, fault: BaseException, at: dt.datetime
) -> None:
    said = describe(fault)
    session.execute(
        sa.update(TaskRun)
        .where(TaskRun.name == name)
        .values(failures=TaskRun.failures + 1, failure=said)
    )
    if job_id is not None:
        statement = insert(JobFailure).values(job_id=job_id, task=name, failed_at=at, failure=said)
        session.execute(
            statement.on_conflict_do_update(
                index_elements=["job_id"], set_={"failed_at": at, "failure": said}
            )
        )


def forget_failures(session: ScopedSession, *, before: dt.datetime) -> None:
    session.execute(sa.delete(JobFailure).where(JobFailure.failed_at < before))


def forget_failed_jobs(session: ScopedSession, tasks: Sequence[str]) -> None:
    """Take the failed jobs of these tasks out of the queue."""
    session.execute(
        sa.text(
            "DELETE FROM procrastinate_jobs WHERE status = 'failed' AND task_name = ANY(:tasks)"
        ),
        {"tasks": list(tasks)},
    )


def record_backup(
    session: ScopedSession, kind: str, *, at: dt.datetime, seconds: int, ok: bool, size: int
) -> None:
    session.add(BackupRun(kind=kind, at=at, seconds=seconds, ok=ok, size=size))


def record_gauges(session: ScopedSession, counted: Mapping[str, int], *, at: dt.datetime) -> None:
    statement = insert(ServiceGauge).values(
        [{"name": name, "value": value, "counted_at": at} for name, value in counted.items()]
    )
    session.execute(
        statement.on_conflict_do_update(
            index_elements=["name"],
            set_={"value": statement.excluded.value, "counted_at": statement.excluded.counted_at},
        )
    )
