"""What happens when a part is away: real servers stopped under real requests."""

from __future__ import annotations

import datetime as dt
import subprocess
import sys
import threading
import time
import uuid
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import sqlalchemy as sa
from flask import Flask

from billing.tasks import BillingTask
from saas.app import create_app
from saas.config import ROOT, Settings
from saas.database.embedded import ServerAddress
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.casework.models import CaseNote
from tenants.papers.models import CaseDocument
from tests.billing.making import account_of, issue_period
from tests.conftest import close_connections
from tests.factories import NOW, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.saas.documents.files import PDF
from tests.saas.messages.mail_server import mail_server
from tests.saas.operations.own_server import own_server, stop_at_once
from tests.saas.operations.processes import Browser, flask, web, worker

AT_ONCE = 6
PATIENCE_SECONDS = 180


def signed_in(app: Flask) -> tuple[Tenancy, str, PageClient]:
    """An authority, the address of one of its cases, and a coordinator."""
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    return tenant, f"/provider/{tenant.slug}/cases/{case_id}", client


@dataclass
class Writers:
    """People who write notes and read the case, one after the other, until they are told to end."""

    port: int
    case: str
    client: PageClient
    acknowledged: list[str] = field(default_factory=list)
    answers: Counter[int] = field(default_factory=Counter)
    unlike: list[str] = field(default_factory=list)
    ending: threading.Event = field(default_factory=threading.Event)

    def write(self) -> None:
        browser = Browser.of(self.client, self.port)
        while not self.ending.is_set():
            text = f"note {uuid.uuid4()}"
            answer = browser.post(f"{self.case}/notes", {"text": text, "audience": "provider"})
            self.answers[answer.status] += 1
            if answer.status == 302 and answer.headers["Location"].startswith(self.case):
                self.acknowledged.append(text)
            elif answer.status == 503:
                if "The service is not available" not in answer.text:
                    self.unlike.append(answer.text)
                if "Retry-After" not in answer.headers:
                    self.unlike.append("no Retry-After")
                time.sleep(0.1)
            else:
                self.unlike.append(f"{answer.status} {answer.headers} {answer.text[:500]}")
            read = browser.get(self.case)
            self.answers[read.status] += 1
            if read.status not in (200, 503):
                self.unlike.append(f"{read.status} {read.headers} {read.text[:500]}")

    def wait_for(self, status: int, more: int) -> None:
        wanted = self.answers[status] + more
        deadline = time.monotonic() + PATIENCE_SECONDS
        while self.answers[status] < wanted:
            assert time.monotonic() < deadline, (status, self.answers, self.unlike[:1])
            time.sleep(0.05)


def test_a_database_that_dies_under_load_costs_503s_and_no_write(
    server: ServerAddress, template: str, tmp_path: Path
) -> None:
    with own_server(server, template) as (embedded, _, settings):
        app = create_app(settings, TESTING=True)
        app.test_client_class = PageClient
        with app.app_context():
            tenant, case, client = signed_in(app)
        close_connections(app)
        with web(settings, tmp_path / "web.log") as port:
            writers = Writers(port, case, client)
            threads = [threading.Thread(target=writers.write) for _ in range(AT_ONCE)]
            for thread in threads:
                thread.start()
            try:
                writers.wait_for(302, 20)
                stop_at_once(embedded)
                writers.wait_for(503, AT_ONCE)
                assert Browser(port).get("/health/live").status == 200
                assert Browser(port).get("/health/ready").status == 503
                embedded.start()
                # The same processes go on.
                writers.wait_for(302, 20)
            finally:
                writers.ending.set()
                for thread in threads:
                    thread.join(PATIENCE_SECONDS)
        assert writers.unlike == []
        with app.app_context(), scoped(Scope.provider(tenant.id, None)) as session:
            kept = Counter(session.scalars(sa.select(CaseNote.text)))
        close_connections(app)
        assert [text for text in writers.acknowledged if kept[text] != 1] == []
        # One line each in the log, of the kind of fault: no request fills it with the way there.
        assert "Traceback" not in (tmp_path / "web.log").read_text()


def test_pages_work_and_jobs_wait_while_every_part_outside_is_away(
    fresh_app: Flask, fresh_settings: Settings, tmp_path: Path
) -> None:
    """Mail, the virus scanner, Stripe and Sentry at a port where nobody listens."""
    away = {
        "MAIL_URL": "smtp+plain://127.0.0.1:9",
        "CLAMD_URL": "127.0.0.1:9",
        "STRIPE_SECRET_KEY": "sk_test_nobody",
        "STRIPE_API_URL": "http://127.0.0.1:9",
        "SENTRY_DSN": "http://key@127.0.0.1:9/1",
    }
    tenant, case, client = signed_in(fresh_app)
    case_id = uuid.UUID(case.rpartition("/")[2])
    account_of(fresh_app, tenant)
    issue_period(fresh_app, tenant)
    today = dt.datetime.now(dt.UTC)
    with scoped(Scope.provider(tenant.id, None)) as session:
        by = actions.Actor(None, "Example", today)
        actions.add_fact(session, case_id, FactKind.CLOSED, today.date(), by=by, today=today.date())
    with web(fresh_settings, tmp_path / "web.log", away) as port:
        browser = Browser.of(client, port)
        note = {"text": "All goes on", "audience": "provider"}
        assert browser.post(f"{case}/notes", note).status == 302
        assert browser.get(case).status == 200
        # Taken in, and asked about later.
        report = {"kind": "report", "side": "other", "audience": "provider"}
        assert browser.upload(f"{case}/documents/new", report, "report.pdf", PDF).status == 302
        assert browser.get("/health/ready").status == 200
    said, _ = flask(fresh_settings, "jobs", "post", more=away)
    assert said == "waiting: 1\n"
    with scoped(Scope.worker(tenant.id)) as session:
        scans = session.execute(sa.select(CaseDocument.scan_result)).scalars().all()
        assert scans == ["unscanned"]
        # Its time has come again.
        session.execute(sa.update(Message).values(next_attempt_at=NOW))
    with mail_server() as smtp:
        said, _ = flask(fresh_settings, "jobs", "post", more={**away, "MAIL_URL": smtp.url})
        assert said == "sent: 1\n" and len(smtp.arrived) == 1
    with worker(fresh_settings, tmp_path / "worker.log", away):
        deadline = time.monotonic() + PATIENCE_SECONDS
        waiting = -1
        while waiting and time.monotonic() < deadline:
            time.sleep(0.5)
            with scoped(Scope.finance(tenant.id, None)) as session:
                waiting = (
                    session.scalar(sa.select(sa.func.count()).where(BillingTask.attempts == 0)) or 0
                )
    with scoped(Scope.finance(tenant.id, None)) as session:
        tasks = session.scalars(sa.select(BillingTask).order_by(BillingTask.kind)).all()
        # Neither is lost nor given up: both are tried again later.
        assert [task.kind for task in tasks] == ["send invoice", "stripe invoice"]
        for task in tasks:
            assert task.attempts == 1 and task.done_at is None, task.failure
            assert task.failure and task.next_at > today


def test_a_full_disk_is_told_and_half_a_file_is_not_kept(
    fresh_app: Flask, fresh_settings: Settings, tmp_path: Path
) -> None:
    """The web's processes may write no file larger than 2 MB, as on a disk with so much left."""
    tenant, case, client = signed_in(fresh_app)
    report = {"kind": "report", "side": "other", "audience": "provider"}
    with web(fresh_settings, tmp_path / "web.log", largest_file=2_000_000) as port:
        browser = Browser.of(client, port)
        page = f"{case}/documents/new"
        large = PDF + b"%" + b"x" * 3_000_000
        refused = browser.upload(page, report, "report.pdf", large)
        assert refused.status == 503
        assert "its disk is full. Nothing of it was saved" in refused.text
        assert browser.upload(page, report, "report.pdf", PDF).status == 302
    kept = [path for path in fresh_settings.documents_folder.rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in kept] == [len(PDF)]
    with scoped(Scope.worker(tenant.id)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(CaseDocument)) == 1


def test_half_a_document_is_not_kept_when_the_disk_gets_full(tmp_path: Path) -> None:
    program = (
        "import sys, uuid\n"
        "from pathlib import Path\n"
        "from saas.documents.storage import LocalFolder, StorageError, new_key\n"
        "folder, tenant = LocalFolder(Path(sys.argv[1])), uuid.uuid4()\n"
        "folder.put(new_key(tenant, uuid.uuid4()), b'x' * 1_000)\n"
        "try:\n"
        "    folder.put(new_key(tenant, uuid.uuid4()), b'x' * 1_000_000)\n"
        "except StorageError as said:\n"
        "    print(said)\n"
    )
    folder = tmp_path / "documents"
    command = ["sh", sys.executable, "-c", program, str(folder)]
    # In blocks of 512 bytes.
    done = subprocess.run(
        ["/bin/sh", "-c", 'ulimit -f 128; exec "$@"', *command],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.startswith("the documents' folder refuses")
    kept = [path for path in folder.rglob("*") if path.is_file()]
    assert [path.stat().st_size for path in kept] == [1_000]
