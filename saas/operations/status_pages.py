"""How the service stands, for whoever looks after it, and what failed behind the scenes."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_across
from saas.database.replica import known_lag, the_replica
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.jobs import PERIODIC
from saas.operations.state import ServiceState, dead_jobs, service_state, take_dead_job
from saas.operations.task_words import words_of
from saas.task_runs.models import TaskRun
from saas.web.access import DoorPages, the_person
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now

pages = DoorPages("manager_status", __name__, door=Door.MANAGER, url_prefix="/manager/status")


@dataclass(frozen=True)
class Part:
    """One part of the service: how it stands, in a word of which the tone is the colour."""

    name: str
    state: str
    tone: str
    note: str = ""


@pages.page("", permission=Permission.SEE_SERVICE)
def status(session: ScopedSession) -> ResponseReturnValue:
    """Database, worker, queue, mail, backups, and every task's last run."""
    with scoped(Scope.jobs()) as jobs:
        state = service_state(jobs, at=now())
        known = {task.name: task for task in state.tasks}
        database, *others = parts_of(state)
        parts = [database, *replica_parts(), *others]
        tasks = [(work.__name__, known.get(work.__name__)) for _, work in PERIODIC]
        return render_template(
            "saas/operations/status.html",
            parts=parts,
            tasks=[(words_of(name), task, state_of(task)) for name, task in tasks],
            dead=state.dead_jobs,
        )


def replica_parts() -> list[Part]:
    """How the replica stands, where there is one."""
    replica = the_replica()
    if replica is None:
        return []
    lag = known_lag()
    if lag is None:
        return [Part("Replica", "Does not answer", "soon", "The primary is read in its place")]
    note = f"{lag.bytes:,} bytes behind, {length(lag.seconds)}" if lag.bytes else "Nothing behind"
    if lag.seconds > replica.most_seconds:
        return [Part("Replica", "Late", "soon", f"{note}. The primary is read in its place")]
    return [Part("Replica", "Follows", "ok", note)]


def parts_of(state: ServiceState) -> list[Part]:
    """Each part in the order in which one looks for a fault."""
    heard = state.heartbeat_seconds
    mail, oldest = state.gauge("mail_waiting"), state.gauge("mail_oldest_seconds") or 0
    return [
        Part("Database", "Answers", "ok"),
        Part(
            "Worker",
            "Silent" if state.worker_is_silent else "Works",
            "overdue" if state.worker_is_silent else "ok",
            "Never heard" if heard is None else f"Heard {ago(heard)}",
        ),
        Part(
            "Queue",
            "Late" if state.queue_is_late else "On time",
            "overdue" if state.queue_is_late else "ok",
            f"{state.jobs['todo']} waiting"
            + (f", the oldest since {length(state.queue_seconds)}" if state.queue_seconds else ""),
        ),
        Part(
            "Jobs that failed for good",
            str(state.dead_jobs or "None"),
            "soon" if state.dead_jobs else "ok",
        ),
        Part(
            "Mail",
            "Not counted yet" if mail is None else f"{mail} waiting",
            "soon" if oldest > 3_600 else "ok",
            f"The oldest since {length(oldest)}" if mail else "",
        ),
        *backup_parts(state),
    ]


def backup_parts(state: ServiceState) -> list[Part]:
    good, last, tried = state.last_good_backup, state.last_backup, state.last_verified
    note = ""
    if last is not None and not last.ok:
        note = "The last one failed"
    elif good is not None:
        note = f"{good.size / 1e6:,.1f} MB in {length(good.seconds)}"
    return [
        Part(
            "Last good backup",
            "Never" if state.backup_seconds is None else ago(state.backup_seconds).capitalize(),
            "overdue" if state.backup_is_late else "ok",
            note,
        ),
        Part(
            "Last backup that was tried out",
            f"{tried.at:%-d %B %Y}" if tried else "Never",
            "ok" if tried else "soon",
        ),
    ]


def length(seconds: float) -> str:
    """A span of time in the largest unit that says enough."""
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= 2 * size or (seconds >= size and size == 86_400):
            number = int(seconds // size)
            return f"{number} {unit}{'' if number == 1 else 's'}"
    return f"{int(seconds)} second{'' if int(seconds) == 1 else 's'}"


def ago(seconds: float) -> str:
    return f"{length(seconds)} ago"


def state_of(task: TaskRun | None) -> tuple[str, str]:
    """How a task stands: words and tone."""
    if task is None:
        return "Has not run yet", "done"
    if task.failures:
        return (
            f"Failed {task.failures} times in a row" if task.failures > 1 else "Failed",
            "overdue",
        )
    if task.finished_at is None or task.finished_at < task.started_at:
        return "Runs", "ok"
    return "Went well", "ok"


@pages.page("/failed-jobs", permission=Permission.SEE_SERVICE)
def failed_jobs(session: ScopedSession) -> ResponseReturnValue:
    """The jobs that failed for good, with the kind of the fault and where it happened."""
    number = requested_page()
    with scoped(Scope.jobs()) as jobs:
        found = dead_jobs(jobs, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "saas/operations/failed_jobs.html",
        page=paginate(found, number=number),
        words_of=words_of,
        may_run=the_person().may(Permission.RUN_SERVICE),
    )


@pages.page("/failed-jobs/settle", permission=Permission.RUN_SERVICE, methods=("POST",))
def settle_failed_job(session: ScopedSession) -> ResponseReturnValue:
    """Run a job again, or take it off the list."""
    job, act = request.form.get("job", type=int), request.form.get("act")
    task = None
    if job is not None and act in ("again", "remove"):
        with scoped(Scope.jobs()) as jobs:
            task = take_dead_job(jobs, job)
    if task is None:
        flash("That job is not among those that failed any more.", "problem")
        return redirect(url_for("manager_status.failed_jobs"))
    at: dt.datetime = now()
    if act == "again":
        current_app.extensions["wake_worker"](task)
        record_across("job run again", person_id=the_person().id, at=at, task=task)
        flash("The worker does it now.")
    else:
        record_across("failed job removed", person_id=the_person().id, at=at, task=task)
        flash("It is taken off the list.")
    return redirect(url_for("manager_status.failed_jobs"))
