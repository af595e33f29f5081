"""The service behind a real PgBouncer in transaction mode, from Debian's packages."""

from __future__ import annotations

import asyncio
import contextlib
import os
import pwd
import shutil
import subprocess
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask

from saas.app import create_app
from saas.config import Settings
from saas.database.connections import login_name, plain_url, pooled_url, role_url
from saas.database.scope import LoginRole, Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.queue import build_queue
from tenants.casework.models import CaseNote
from tests.conftest import close_connections, run_folder
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.saas.operations.processes import START_SECONDS, Browser, flask, web, worker
from tests.saas.test_production import free_port

PEOPLE, NOTES_EACH = 6, 5
# Fewer connections to the server than there are people, so that they share them.
POOL_SIZE = 2


@pytest.fixture(scope="module")
def pgbouncer() -> str:
    found = shutil.which("pgbouncer") or shutil.which("/usr/sbin/pgbouncer")
    if found is None:
        if os.environ.get("REQUIRE_PGBOUNCER"):
            pytest.fail("REQUIRE_PGBOUNCER is set, but there is none: apt-get install pgbouncer")
        pytest.skip("no PgBouncer here: apt-get install pgbouncer")
    return found


@contextmanager
def running(program: str, settings: Settings) -> Iterator[Settings]:
    """PgBouncer with the files that the service writes; the settings that name it."""
    folder = run_folder() / f"pooler-{uuid.uuid4().hex[:8]}"
    listen = f"127.0.0.1:{free_port()}"
    flask(
        settings,
        *("operations", "pooler", "--into", str(folder)),
        *("--listen", listen, "--pool-size", str(POOL_SIZE)),
    )
    assert (folder / "userlist.txt").stat().st_mode & 0o077 == 0
    user = None
    if os.geteuid() == 0:
        # It refuses to run as root.
        user = pwd.getpwnam("nobody")
        for path in (folder, *folder.iterdir()):
            os.chown(path, user.pw_uid, user.pw_gid)
    process = subprocess.Popen(
        [program, "-q", str(folder / "pgbouncer.ini")],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        cwd="/",
        user=user.pw_uid if user else None,
        group=user.pw_gid if user else None,
        extra_groups=[] if user else None,
    )
    pooled = settings.model_copy(update={"database_pooler": listen})
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                psycopg.connect(plain_url(pooled_url(pooled, LoginRole.PUBLIC))).close()
                break
            except psycopg.OperationalError:
                assert process.poll() is None and time.monotonic() < deadline
                time.sleep(0.1)
        yield pooled
    finally:
        process.terminate()
        process.wait(20)
        shutil.rmtree(folder, ignore_errors=True)


def test_people_of_many_authorities_share_a_few_connections_and_see_their_own_rows(
    fresh_app: Flask, fresh_settings: Settings, pgbouncer: str, tmp_path: Path
) -> None:
    people = []
    for _ in range(PEOPLE):
        tenant = make_tenant(fresh_app)
        case_id, _ = make_case(fresh_app, tenant)
        client = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.COORDINATOR))
        people.append((tenant, f"/provider/{tenant.slug}/cases/{case_id}", client))
    faults: list[str] = []
    with (
        running(pgbouncer, fresh_settings) as pooled,
        web(pooled, tmp_path / "web.log", {"DATABASE_POOLER": pooled.database_pooler}) as port,
    ):

        def work(number: int) -> None:
            _, case, client = people[number]
            browser = Browser.of(client, port)
            for n in range(NOTES_EACH):
                note = {"text": f"note {number} {n}", "audience": "provider"}
                written = browser.post(f"{case}/notes", note)
                read = browser.get(case)
                if (written.status, read.status) != (302, 200):
                    faults.append(f"{written.status} {read.status}")
                if any(f"note {other} " in read.text for other in range(PEOPLE) if other != number):
                    faults.append("a foreign note")
                another = people[(number + 1) % PEOPLE][0].slug
                if browser.get(f"/provider/{another}/cases/{case[-36:]}").status != 404:
                    faults.append("a case under another authority")

        threads = [threading.Thread(target=work, args=(number,)) for number in range(PEOPLE)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(START_SECONDS)
        assert Browser(port).get("/health/ready").status == 200
    assert faults == []
    for number, (tenant, _, _) in enumerate(people):
        with scoped(Scope.provider(tenant.id, None)) as session:
            texts = sorted(session.scalars(sa.select(CaseNote.text)))
        assert texts == [f"note {number} {n}" for n in range(NOTES_EACH)]


def test_nothing_that_one_leaves_on_a_connection_is_there_for_the_next(
    fresh_app: Flask, fresh_settings: Settings, pgbouncer: str
) -> None:
    with running(pgbouncer, fresh_settings) as pooled:
        address = plain_url(pooled_url(pooled, LoginRole.PROVIDER))
        for _ in range(2 * POOL_SIZE):
            with psycopg.connect(address, prepare_threshold=None, autocommit=True) as one:
                one.execute("SET search_path = pg_temp")
                one.execute("SET app.scope = 'left behind'")
        with psycopg.connect(address, prepare_threshold=None, autocommit=True) as other:
            for _ in range(4):
                (path, scope, who) = other.execute(
                    "SELECT current_setting('search_path'), current_setting('app.scope', true),"
                    " session_user"
                ).fetchone() or ("", "", "")
                assert "pg_temp" not in path and not scope
                assert who == login_name(pooled, LoginRole.PROVIDER)
            # The limits of the role stay.
            (limit,) = other.execute("SHOW statement_timeout").fetchone() or ("",)
            assert limit == "30s"


def test_the_worker_and_the_commands_work_behind_it(
    fresh_app: Flask, fresh_settings: Settings, pgbouncer: str, tmp_path: Path
) -> None:
    tenant = make_tenant(fresh_app)
    make_case(fresh_app, tenant)
    with running(pgbouncer, fresh_settings) as pooled:
        behind = {"DATABASE_POOLER": pooled.database_pooler}
        flask(pooled, "statistics", "verify", more=behind)
        flask(pooled, "cases", "derive", more=behind)
        flask(pooled, "audit", "verify", more=behind)
        fresh_app.extensions["wake_worker"]("count_service")
        with worker(pooled, tmp_path / "worker.log", behind):
            deadline = time.monotonic() + START_SECONDS
            counted = None
            while counted is None and time.monotonic() < deadline:
                time.sleep(0.5)
                with scoped(Scope.jobs()) as session:
                    counted = session.scalar(
                        sa.text("SELECT value FROM service_gauge WHERE name = 'cases_open'")
                    )
        assert counted == 1, (tmp_path / "worker.log").read_text()


def test_a_job_wakes_the_worker_behind_it_at_once(
    fresh_app: Flask, fresh_settings: Settings, pgbouncer: str
) -> None:
    """LISTEN, which PgBouncer does not carry in transaction mode: the queue has a connection of its
    own to the server. This worker looks for jobs once an hour, so nothing else wakes it."""
    with running(pgbouncer, fresh_settings) as pooled:
        app = create_app(pooled, TESTING=True)
        with app.app_context():
            counted = asyncio.run(_counted_when_woken(app, pooled))
        close_connections(app)
    assert counted


async def _counted_when_woken(app: Flask, pooled: Settings) -> bool:
    """Whether the worker does a job that is put while it sleeps."""
    queue = build_queue(pooled, app)
    async with queue.open_async():
        worker = asyncio.create_task(
            queue.run_worker_async(
                fetch_job_polling_interval=3_600, install_signal_handlers=False, concurrency=1
            )
        )
        try:
            await _until(lambda: _asked(pooled, "SELECT 1 FROM pg_stat_activity WHERE" + LISTENS))
            await asyncio.to_thread(app.extensions["wake_worker"], "look_after_accounts")
            await _until(
                lambda: _asked(
                    pooled,
                    "SELECT 1 FROM task_run WHERE name = 'look_after_accounts'"
                    " AND finished_at IS NOT NULL",
                )
            )
            return True
        finally:
            worker.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await worker


LISTENS = " starts_with(query, 'LISTEN') AND datname = current_database()"


async def _until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not await asyncio.to_thread(holds):
        assert time.monotonic() < deadline
        await asyncio.sleep(0.2)


def _asked(pooled: Settings, query: str) -> bool:
    """Asked of the server itself, as the role of the queue, which sees its own connections."""
    with psycopg.connect(plain_url(role_url(pooled, LoginRole.JOBS))) as connection:
        return connection.execute(query.encode()).fetchone() is not None


def test_transaction_mode_itself_carries_no_listening(
    fresh_app: Flask, fresh_settings: Settings, pgbouncer: str
) -> None:
    """Why the queue goes past it: what docs/RUNNING.md says of it is so."""
    with running(pgbouncer, fresh_settings) as pooled:
        address = plain_url(pooled_url(pooled, LoginRole.JOBS))
        with psycopg.connect(address, prepare_threshold=None, autocommit=True) as listens:
            listens.execute("LISTEN of_the_queue")
            with psycopg.connect(plain_url(role_url(pooled, LoginRole.JOBS)), autocommit=True) as t:
                t.execute("NOTIFY of_the_queue")
            assert list(listens.notifies(timeout=1)) == []
