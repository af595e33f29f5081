"""The real worker, killed with -9 in the middle of its work: nothing is lost, nothing done twice,
and what it held is taken up."""

from __future__ import annotations

import datetime as dt
import random
import signal
import time
from collections import Counter
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from saas import jobs
from saas.audit import chain
from saas.audit.models import AuditEntry
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from saas.queue import build_queue, run_task
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tests.factories import NOW, make_case, make_tenant
from tests.saas.messages.mail_server import MailServerDouble, mail_server
from tests.saas.operations.processes import START_SECONDS, command, worker

AUTHORITIES, CASES_EACH, KILLS = 2, 8, 3
TASKS = ("post_waiting_notices", "link_trails")


def close_cases(app: Flask) -> list[Tenancy]:
    """Each closed case has a message that waits."""
    today = dt.datetime.now(dt.UTC)
    tenants = [make_tenant(app) for _ in range(AUTHORITIES)]
    for tenant in tenants:
        for _ in range(CASES_EACH):
            case_id, _ = make_case(app, tenant)
            with scoped(Scope.provider(tenant.id, None)) as session:
                who = actions.Actor(None, "Example", today)
                actions.add_fact(
                    session, case_id, FactKind.CLOSED, today.date(), by=who, today=today.date()
                )
    return tenants


def kill_at_a_message(
    app: Flask, settings: Settings, smtp: MailServerDouble, number: int, log: Path
) -> None:
    """Start the worker and kill it as it hands over the message of this number."""
    for task in TASKS:
        app.extensions["wake_worker"](task)
    wanted = len(smtp.arrived) + number
    with worker(settings, log, {"MAIL_URL": smtp.url}) as process:

        def kill() -> None:
            if len(smtp.arrived) == wanted:
                process.send_signal(signal.SIGKILL)

        smtp.on_arrival = kill
        deadline = time.monotonic() + START_SECONDS
        while process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        assert process.poll() == -signal.SIGKILL, log.read_text()
        smtp.on_arrival = lambda: None


def jobs_by_state() -> dict[str, int]:
    with scoped(Scope.jobs()) as session:
        query = "SELECT status::text, count(*) FROM procrastinate_jobs GROUP BY 1"
        return {row[0]: row[1] for row in session.execute(sa.text(query))}


def test_a_worker_killed_again_and_again_has_done_everything_once(
    fresh_app: Flask, fresh_settings: Settings, tmp_path: Path
) -> None:
    tenants = close_cases(fresh_app)
    chance = random.Random(20261130)
    with mail_server() as smtp:
        for _ in range(KILLS):
            number = chance.randint(1, 4)
            kill_at_a_message(fresh_app, fresh_settings, smtp, number, tmp_path / "log")
        # What was claimed by a worker that died waits for its next attempt: its time has come.
        for tenant in tenants:
            with scoped(Scope.worker(tenant.id)) as session:
                session.execute(sa.update(Message).values(next_attempt_at=NOW))
        settings = fresh_settings.model_copy(
            update={"mail_url": type(fresh_settings.mail_url)(smtp.url)}
        )
        command(settings, "jobs", "post")
        arrived = Counter(mail["Message-ID"] for mail in smtp.arrived)
    assert len(arrived) == AUTHORITIES * CASES_EACH
    # A worker does two jobs at once: each had one message in hand, which went out once more with
    # the Message-ID that it has.
    assert arrived.total() - len(arrived) <= 2 * KILLS
    for tenant in tenants:
        with scoped(Scope.worker(tenant.id)) as session:
            states = Counter(session.scalars(sa.select(Message.state)))
        assert states == {"sent": CASES_EACH}

    run_task("link_trails", jobs.link_trails_whole, fresh_settings, None)
    for tenant in tenants:
        with scoped(Scope.worker(tenant.id)) as session:
            checked = chain.check(session)
            entries = session.scalar(sa.select(sa.func.count()).select_from(AuditEntry))
        assert checked.faults == [] and checked.links == entries

    # Their jobs are marked as running, until nothing was heard of the worker for a while.
    assert jobs_by_state()["doing"] >= 1
    with scoped(Scope.jobs()) as session:
        session.execute(
            sa.text("UPDATE procrastinate_workers SET last_heartbeat = :long_ago"),
            {"long_ago": dt.datetime.now(dt.UTC) - dt.timedelta(minutes=20)},
        )
    fresh_app.extensions["wake_worker"]("retry_stalled_jobs")
    queue = build_queue(fresh_settings, fresh_app)
    with queue.open():
        for _ in range(2):
            queue.run_worker(wait=False, concurrency=1, install_signal_handlers=False)
    left = jobs_by_state()
    assert left.get("doing", 0) == 0 and left.get("failed", 0) == 0
