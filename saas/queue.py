"""The queue on the same PostgreSQL, and its worker: `flask --app saas.app jobs work`."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Callable
from contextlib import suppress

import click
import procrastinate
from flask import Flask, current_app
from flask.cli import with_appcontext

from saas import jobs
from saas.config import Settings
from saas.database.connections import plain_url, role_url
from saas.database.scope import LoginRole, Scope, scoped
from saas.logs import init_logs
from saas.task_runs.recording import record_failure, record_start, record_success
from tenants.notices.post import post_notices

FINISHED_JOBS_KEPT_HOURS = 24 * 7
STALLED_AFTER_SECONDS = 10 * 60
# What does not come round again within the hour is tried again after 4, 16, 64, 256 and 1,024
# seconds; after that it is dead, until somebody runs it again.
RETRIES = procrastinate.RetryStrategy(max_attempts=5, exponential_wait=4)


def run_task(name: str, work: jobs.Work, settings: Settings, job_id: int | None) -> None:
    """Do a task now, and write down how it went."""
    at = dt.datetime.now(dt.UTC)
    with scoped(Scope.jobs()) as session:
        record_start(session, name, at=at)
    try:
        work(settings, at)
    except Exception as fault:
        # If this cannot be written either, the fault itself is what matters.
        with suppress(Exception), scoped(Scope.jobs()) as session:
            record_failure(session, name, job_id=job_id, fault=fault, at=at)
        raise
    with scoped(Scope.jobs()) as session:
        record_success(session, name, at=dt.datetime.now(dt.UTC))


def build_queue(settings: Settings, app: Flask) -> procrastinate.App:
    """The queue of this deployment. Each task opens the scope it needs itself."""
    queue = procrastinate.App(
        connector=procrastinate.PsycopgConnector(
            conninfo=plain_url(role_url(settings, LoginRole.JOBS)), min_size=1, max_size=4
        )
    )

    def declare(cron: str, work: jobs.Work) -> None:
        def run(context: procrastinate.JobContext, timestamp: int) -> None:
            with app.app_context():
                run_task(work.__name__, work, app.extensions["settings"], context.job.id)

        retry = False if jobs.comes_round_soon(cron) else RETRIES
        queue.periodic(cron=cron)(
            queue.task(name=work.__name__, pass_context=True, retry=retry)(run)
        )

    for cron, work in jobs.PERIODIC:
        declare(cron, work)

    @queue.periodic(cron="*/5 * * * *")
    @queue.task(name="retry_stalled_jobs", queueing_lock="retry_stalled_jobs", pass_context=True)
    async def retry_stalled_jobs(context: procrastinate.JobContext, timestamp: int) -> None:
        # A worker that was killed leaves its job marked as running.
        manager = context.app.job_manager
        for job in await manager.get_stalled_jobs(seconds_since_heartbeat=STALLED_AFTER_SECONDS):
            try:
                await manager.retry_job(job)
            except procrastinate.exceptions.UniqueViolation:
                # Another of its kind waits, and does all that this one would have.
                await manager.finish_job(job, procrastinate.jobs.Status.ABORTED, delete_job=False)

    @queue.periodic(cron="41 3 * * *")
    @queue.task(
        name="remove_finished_jobs", queueing_lock="remove_finished_jobs", pass_context=True
    )
    async def remove_finished_jobs(context: procrastinate.JobContext, timestamp: int) -> None:
        await context.app.job_manager.delete_old_jobs(nb_hours=FINISHED_JOBS_KEPT_HOURS)

    return queue


def waker(settings: Settings) -> Callable[[str], None]:
    """What a page calls so that a task is done now and not at its next time."""

    def wake(task: str) -> None:
        connector = procrastinate.SyncPsycopgConnector(
            conninfo=plain_url(role_url(settings, LoginRole.JOBS)), min_size=1, max_size=1
        )
        with (
            procrastinate.App(connector=connector).open() as queue,
            suppress(procrastinate.exceptions.AlreadyEnqueued),
        ):
            queue.configure_task(task, queueing_lock=task).defer(timestamp=int(time.time()))

    return wake


@click.group("jobs")
def jobs_group() -> None:
    """The work behind the scenes."""


@jobs_group.command("work")
@with_appcontext
def work() -> None:
    """Work until told to stop (Ctrl-C or SIGTERM): the job in hand is finished first."""
    app: Flask = current_app._get_current_object()  # type: ignore[attr-defined]
    init_logs(app.extensions["settings"].log_format)
    queue = build_queue(app.extensions["settings"], app)
    with queue.open():
        queue.run_worker(concurrency=2, install_signal_handlers=True)


@jobs_group.command("post")
@with_appcontext
def post() -> None:
    """Send the notices that wait now, as the worker does every minute."""
    became = post_notices(at=dt.datetime.now(dt.UTC))
    for state, number in sorted(became.items()):
        click.echo(f"{state}: {number}")
