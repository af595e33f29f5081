"""How the service stands, on its page, for Prometheus and in the logs."""

from __future__ import annotations

import datetime as dt
import json
import logging
import re
import time
from pathlib import Path

import procrastinate
import pytest
import sqlalchemy as sa
from flask import Flask
from pydantic import SecretStr

from saas import jobs
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.database.watching import without_values
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.logs import JsonFormatter, TextFormatter
from saas.operations.state import dead_jobs, service_state
from saas.operations.status_pages import length
from saas.queue import build_queue, run_task
from saas.task_runs.models import TaskRun
from saas.task_runs.recording import record_backup
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.saas.operations.processes import Browser, web

CHILD = "Marigold Unlikely"


def fails(_settings: Settings, _at: dt.datetime) -> None:
    raise ValueError(f"cannot write to {CHILD}")


def test_a_job_that_failed_for_good_is_listed_without_what_it_said_and_run_again(
    fresh_app: Flask, fresh_settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "PERIODIC", (("5 0 * * *", fails), *jobs.PERIODIC))
    monkeypatch.setattr(
        "saas.queue.RETRIES", procrastinate.RetryStrategy(max_attempts=2, exponential_wait=1)
    )
    fresh_app.extensions["wake_worker"]("fails")
    queue = build_queue(fresh_settings, fresh_app)
    with queue.open():
        for _ in range(3):
            queue.run_worker(wait=False, concurrency=1, install_signal_handlers=False)
            time.sleep(1.1)
    with scoped(Scope.jobs()) as session:
        (dead,) = dead_jobs(session, offset=0, limit=10)
        # The first attempt and two more.
        assert (dead.task, dead.attempts) == ("fails", 3)
        task = session.get(TaskRun, "fails")
        assert task is not None and task.failures == 3 and task.finished_at is None
    assert re.fullmatch(
        r"ValueError in tests/saas/operations/test_status.py, line \d+", dead.failure
    )

    admin = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.ADMIN))
    assert "overdue" not in admin.get("/manager/status/failed-jobs").text
    page = admin.get("/manager/status/failed-jobs").text
    assert "ValueError in" in page and CHILD not in page
    assert "Jobs that failed for good" in admin.get("/manager/status").text

    auditor = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.AUDITOR))
    assert "Run again" not in auditor.get("/manager/status/failed-jobs").text

    admin.get("/manager/status/failed-jobs")
    token = admin.page.all("input")[-2].get("value")
    form = {"csrf_token": token, "job": str(dead.id), "act": "again"}
    asked = admin.post("/manager/status/failed-jobs/settle", data=form, follow_redirects=True)
    assert "The worker does it now" in asked.text
    with scoped(Scope.jobs()) as session:
        assert dead_jobs(session, offset=0, limit=10) == []
        assert service_state(session, at=dt.datetime.now(dt.UTC)).jobs["todo"] == 1
    again = admin.post("/manager/status/failed-jobs/settle", data=form, follow_redirects=True)
    assert "not among those that failed" in again.text


def test_what_comes_round_each_minute_is_told_by_its_task_and_not_by_dead_jobs(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    for task in ("post_waiting_notices", "send_payment_reminders"):
        fresh_app.extensions["wake_worker"](task)
    with scoped(Scope.jobs()) as session:
        session.execute(sa.text("UPDATE procrastinate_jobs SET status = 'failed'"))
        assert len(dead_jobs(session, offset=0, limit=10)) == 2
    with pytest.raises(ValueError, match="cannot write"):
        run_task("post_waiting_notices", fails, fresh_settings, None)
    run_task("count_service", jobs.count_service, fresh_settings, None)
    with scoped(Scope.jobs()) as session:
        assert [job.task for job in dead_jobs(session, offset=0, limit=10)] == [
            "send_payment_reminders"
        ]
        task_run = session.get(TaskRun, "post_waiting_notices")
        assert task_run is not None and task_run.failures == 1
    page = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.ADMIN))
    told = page.get("/manager/status").text
    assert "ValueError in" in told and CHILD not in told


def test_the_page_says_what_is_amiss_and_what_is_well(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    manager = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    page = manager.get("/manager/status").text
    assert "Silent" in page and "Never heard" in page and "Not counted yet" in page
    tenant = make_tenant(fresh_app)
    make_case(fresh_app, tenant)
    run_task("count_service", jobs.count_service, fresh_settings, None)
    with scoped(Scope.jobs()) as session:
        session.execute(sa.text("INSERT INTO procrastinate_workers DEFAULT VALUES"))
        record_backup(
            session, "backup", at=dt.datetime.now(dt.UTC), seconds=90, ok=True, size=3_000_000
        )
    page = manager.get("/manager/status").text
    assert "Works" in page and "3.0 MB in 90 seconds" in page and "0 waiting" in page
    assert "Went well" in page
    told = fresh_app.test_client().get("/metrics").text
    went_well = 'send_task_last_success_timestamp_seconds{task="count_service"} '
    assert float(told.split(went_well)[1].split()[0]) == pytest.approx(time.time(), abs=60)
    assert 0 <= float(told.split("\nsend_backup_age_seconds ")[1].split()[0]) < 60
    officer = make_person(fresh_app, tenant=tenant, role=AuthorityRole.MANAGER)
    assert client_of(fresh_app, officer).get("/manager/status").status_code == 403


def test_a_span_of_time_is_told_in_the_unit_that_says_enough() -> None:
    spans = {0: "0 seconds", 1: "1 second", 119: "119 seconds", 120: "2 minutes"}
    spans |= {7_199: "119 minutes", 7_200: "2 hours", 86_399: "23 hours", 86_400: "1 day"}
    assert {seconds: length(seconds) for seconds in spans} == spans


def test_a_statement_is_told_without_what_is_quoted_in_it() -> None:
    said = without_values("SELECT 1\n  FROM child WHERE name = 'O''Brien' AND x = 'b'")
    assert said == "SELECT 1 FROM child WHERE name = '?' AND x = '?'"


def test_a_slow_statement_is_logged_by_the_page_it_was_for_without_values(
    fresh_app: Flask, fresh_settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level("INFO"), scoped(Scope.public()) as session:
        session.execute(sa.text("SELECT pg_sleep(0.6), :name"), {"name": CHILD})
    (line,) = [one.getMessage() for one in caplog.records if "slow statement" in one.getMessage()]
    assert "for no page" in line and "pg_sleep" in line and CHILD not in line
    assert caplog.records[-1].__dict__["told"]["milliseconds"] >= 600


def test_a_fault_in_the_log_says_where_and_not_whom_it_was_about(fresh_app: Flask) -> None:
    with pytest.raises(sa.exc.DBAPIError) as raised, scoped(Scope.public()) as session:
        session.execute(sa.text("SELECT CAST(:name AS integer)"), {"name": CHILD})
    assert "parameters: {" not in str(raised.value)
    told = (raised.type, raised.value, raised.tb)
    record = logging.LogRecord("x", logging.ERROR, __file__, 1, "Fault", (), told)
    for formatter in (TextFormatter(), JsonFormatter()):
        said = formatter.format(record)
        assert "DataError" in said and "which led to" in said and CHILD not in said
    assert json.loads(JsonFormatter().format(record))["fault"] == "DataError"


def test_metrics_are_for_this_machine_or_for_who_has_the_token(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    client = fresh_app.test_client()
    told = client.get("/metrics")
    assert told.status_code == 200 and "send_database_up 1.0" in told.text
    assert client.get("/metrics", headers={"X-Forwarded-For": "192.0.2.1"}).status_code == 404
    elsewhere = {"REMOTE_ADDR": "192.0.2.7"}
    assert client.get("/metrics", environ_overrides=elsewhere).status_code == 404
    fresh_app.extensions["settings"] = fresh_settings.model_copy(
        update={"metrics_token": SecretStr("a-token-of-metrics")}
    )
    assert client.get("/metrics").status_code == 401
    bearer = {"Authorization": "Bearer a-token-of-metrics"}
    told = client.get("/metrics", headers=bearer, environ_overrides=elsewhere)
    assert told.status_code == 200


def test_the_processes_of_gunicorn_count_together_and_log_json(
    fresh_app: Flask, fresh_settings: Settings, tmp_path: Path
) -> None:
    tenant = make_tenant(fresh_app)
    log = tmp_path / "log"
    with web(fresh_settings, log, {"LOG_FORMAT": "json"}) as port:
        browser = Browser(port)
        for _ in range(30):
            assert browser.get("/help").status == 200
        told = browser.get("/metrics").text
    counted = re.search(r'send_requests_total\{door="public",status="200"\} (\d+)', told)
    assert counted and int(counted[1]) == 30, told
    assert 'send_queued_jobs{state="todo"}' in told
    assert tenant.slug not in told and tenant.name not in told
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert {"method": "GET", "path": "/help", "status": "200"}.items() <= next(
        line for line in lines if line.get("path") == "/help"
    ).items()
