"""The worker's tasks: what runs when, and that the real worker sends what waits."""

from __future__ import annotations

import datetime as dt
import os
import signal
import subprocess
import sys
import time
import uuid

from flask import Flask
from pydantic import SecretStr

from saas.config import ROOT, Settings
from saas.database.scope import Scope, scoped
from saas.documents.storage import LocalFolder, new_key
from saas.queue import build_queue
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.papers.rounds import remove_undone_uploads, scan_waiting_documents
from tests.factories import make_case, make_tenant
from tests.saas.messages.mail_server import mail_server


def test_notices_are_posted_every_minute_and_reminders_written_every_morning(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    queue = build_queue(fresh_settings, fresh_app)
    crons = {task.task.name: task.cron for task in queue.periodic_registry.periodic_tasks.values()}
    assert crons["post_waiting_notices"] == "* * * * *"
    assert crons["write_daily_reminders"] == "30 6 * * *"
    assert crons["scan_documents_again"] == "*/10 * * * *"
    assert crons["tidy_documents"] == "20 2 * * *"
    assert crons["compare_accounts_with_stripe"] == "50 3 * * *"


def test_a_file_whose_upload_was_undone_is_tidied_away(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    tenant = make_tenant(fresh_app)
    storage = LocalFolder(fresh_settings.documents_folder)
    key = new_key(tenant.id, uuid.uuid4())
    storage.put(key, b"nobody's")
    assert remove_undone_uploads(at=dt.datetime.now(dt.UTC)) == 0
    assert remove_undone_uploads(at=dt.datetime.now(dt.UTC) + dt.timedelta(days=2)) == 1
    assert scan_waiting_documents(at=dt.datetime.now(dt.UTC)) == 0


def test_the_worker_of_the_procfile_sends_what_waits(
    fresh_app: Flask, fresh_settings: Settings
) -> None:
    today = dt.datetime.now(dt.UTC)
    tenant = make_tenant(fresh_app)
    case_id, reference = make_case(fresh_app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        who = actions.Actor(None, "Example", today)
        actions.add_fact(
            session, case_id, FactKind.CLOSED, today.date(), by=who, today=today.date()
        )
    with mail_server() as smtp:
        environment = {
            **os.environ,
            "FLASK_SKIP_DOTENV": "1",
            "ENVIRONMENT": "test",
            "DATABASE_URL": fresh_settings.database_url.get_secret_value(),
            "DATABASE_ROLE_PREFIX": fresh_settings.database_role_prefix,
            "MAIL_URL": SecretStr(smtp.url).get_secret_value(),
            "VAR_DIR": str(fresh_settings.var_dir),
            "PROVIDER_EMAIL": "mediation@provider.example",
        }
        command = [sys.executable, "-m", "flask", "--app", "saas.app", "jobs"]
        worker = subprocess.Popen(
            [*command, "work"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        try:
            # The task is due each minute: at most so long, and a little for a busy machine.
            deadline = time.monotonic() + 120
            while not smtp.arrived and time.monotonic() < deadline and worker.poll() is None:
                time.sleep(0.2)
        finally:
            worker.send_signal(signal.SIGTERM)
            worker.wait(30)
        assert [mail["Subject"] for mail in smtp.arrived] == [f"Case {reference}: case closed"]
        said = subprocess.run(
            [*command, "post"],
            cwd=ROOT,
            env=environment,
            check=True,
            capture_output=True,
            text=True,
        )
        assert said.stdout == ""
        assert len(smtp.arrived) == 1
