"""How many requests a second the real web server answers, and what each page costs it.

gunicorn as the Procfile starts it, asked over HTTP through kept connections. Whoever asks runs on
the same machine, so the processor time of a request says more than the rate: it is that of the
server's processes alone, without PostgreSQL. Each page is asked in turns with the first one: what
else the machine does meets both.
"""

from __future__ import annotations

import http.client
import os
import signal
import socket
import statistics
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import psutil
import sqlalchemy as sa
from flask import Flask

from bench.asking import cookie_of, largest_authority, provider_person
from saas.config import ROOT, Settings
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from tenants.casework.models import SenCase

PROCESSES, CONNECTIONS = 2, 8
WARMING, SECONDS, ROUNDS = 1.0, 2.0, 5
STARTING_SECONDS = 60
# The first page is the frame of every page, with nothing in it that is asked of the database.
FIRST = "the first page"
MOST_TIMES_THE_FIRST = 3.0
MOST_STATEMENTS = 10
HELD_TO_IT = ("authority's tray", "authority's statistics")


@dataclass(frozen=True)
class Page:
    name: str
    path: str
    person: uuid.UUID | None = None


@dataclass(frozen=True)
class Rate:
    """What was measured of one page."""

    name: str
    statements: int
    kilobytes: float
    processor_ms: float
    per_second: float
    # Against the first page, asked in turns with it: the medians of processor time and of the rate,
    # and the least and the most of the rate; nothing of what is not compared.
    times_by_processor: float = 0.0
    times_by_rate: Sequence[float] = (0.0,)

    def __str__(self) -> str:
        over = [
            word
            for word, wrong in (
                (
                    "SLOW",
                    self.name in HELD_TO_IT and self.times_by_processor > MOST_TIMES_THE_FIRST,
                ),
                ("STATEMENTS", self.statements >= MOST_STATEMENTS),
            )
            if wrong
        ]
        return (
            f"{self.name:<26} {self.statements:3} statements {self.kilobytes:6.1f} KB"
            f" {self.processor_ms:7.2f} ms {self.per_second:8,.0f} a second"
            f" {self.times_by_processor:5.1f} times by processor"
            f" {statistics.median(self.times_by_rate):5.1f} by rate"
            f" ({min(self.times_by_rate):.1f} to {max(self.times_by_rate):.1f})"
            f"   {' '.join(over)}".rstrip()
        )


def measured(app: Flask, settings: Settings) -> Iterator[str]:
    """A line for each page: statements, size, processor time, rate, and the ratio to the first."""
    with served("bench.one_line:app", {}) as server:
        _asked(server, "/", {}, WARMING)
        ms, rate, size = _asked(server, "/", {}, SECONDS)
        yield str(Rate("a view of one line", 0, size / 1024, ms, rate))
    with app.app_context():
        pages = _pages()
        headers = {
            page.name: {"Cookie": cookie_of(app, page.person)} if page.person else {}
            for page in pages
        }
    # Outside: each request has a context of its own, and knows nobody of the one before.
    statements = {page.name: _statements(app, page, headers[page.name]) for page in pages}
    of_service = {
        "ENVIRONMENT": settings.environment,
        "VAR_DIR": str(settings.var_dir),
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "FLASK_SKIP_DOTENV": "1",
    }
    with served("saas.wsgi:app", of_service) as server:
        for page in pages:
            _asked(server, page.path, headers[page.name], WARMING)
        for page in pages:
            firsts, those = [], []
            for _ in range(ROUNDS):
                firsts.append(_asked(server, pages[0].path, {}, SECONDS))
                those.append(_asked(server, page.path, headers[page.name], SECONDS))
            turns = list(zip(firsts, those, strict=True))
            yield str(
                Rate(
                    page.name,
                    statements[page.name],
                    those[0][2] / 1024,
                    statistics.median(ms for ms, _, _ in those),
                    statistics.median(rate for _, rate, _ in those),
                    statistics.median(that[0] / first[0] for first, that in turns),
                    [first[1] / that[1] for first, that in turns],
                )
            )


def _pages() -> list[Page]:
    tenant, _cases, officer = largest_authority()
    coordinator = provider_person(ProviderRole.COORDINATOR)
    manager = provider_person(ProviderRole.MANAGER)
    with scoped(Scope.all_cases(None)) as session:
        case = session.scalar(
            sa.select(SenCase.id)
            .where(SenCase.tenant_id == tenant)
            .order_by(SenCase.opened_on.desc(), SenCase.id)
            .limit(1)
        )
    return [
        Page(FIRST, "/"),
        Page("authority's tray", "/authority/", officer),
        Page("authority's to do", "/authority/to-do", officer),
        Page("authority's case", f"/authority/cases/{case}", officer),
        Page("authority's statistics", "/authority/statistics", officer),
        Page("provider's tray", "/provider/", coordinator),
        Page("managers' boroughs", "/manager/", manager),
    ]


def _statements(app: Flask, page: Page, headers: Mapping[str, str]) -> int:
    """How many statements the page sends, once what it keeps for a minute is kept."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    client = app.test_client(use_cookies=False)
    for _ in range(2):
        client.get(page.path, headers=headers)
    sa.event.listen(sa.Engine, "before_cursor_execute", note)
    try:
        status = client.get(page.path, headers=headers).status_code
    finally:
        sa.event.remove(sa.Engine, "before_cursor_execute", note)
    if status != 200:
        raise RuntimeError(f"{page.path} answered {status}")
    return len(seen)


@dataclass(frozen=True)
class Served:
    port: int
    process: psutil.Process

    def processor_seconds(self) -> float:
        """What the server's processes have used so far."""
        times = [child.cpu_times() for child in self.process.children(recursive=True)]
        return sum(each.user + each.system for each in times)


@contextmanager
def served(application: str, environment: Mapping[str, str]) -> Iterator[Served]:
    """gunicorn with this application on a port of its own, ended at the end.

    Raises:
        RuntimeError: it does not answer within STARTING_SECONDS.
    """
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    process = subprocess.Popen(
        [
            sys.executable, "-m", "gunicorn", "--config", str(ROOT / "gunicorn.conf.py"),
            "--workers", str(PROCESSES), "--bind", f"127.0.0.1:{port}", "--max-requests", "0",
            application,
        ],
        cwd=ROOT,
        env={**os.environ, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )  # fmt: skip
    try:
        _wait_for(port)
        yield Served(port, psutil.Process(process.pid))
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(30)


def _wait_for(port: int) -> None:
    until = time.monotonic() + STARTING_SECONDS
    while time.monotonic() < until:
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the web server did not answer")


def _asked(
    server: Served, path: str, headers: Mapping[str, str], seconds: float
) -> tuple[float, float, int]:
    """Ask a page through CONNECTIONS at once, for so long: processor milliseconds of a request,
    requests a second, and bytes of the answer."""

    def ask_until(until: float) -> tuple[int, int]:
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        count = size = 0
        while time.monotonic() < until:
            connection.request("GET", path, headers=dict(headers))
            answer = connection.getresponse()
            size = len(answer.read())
            if answer.status != 200:
                raise RuntimeError(f"{path} answered {answer.status}")
            count += 1
        connection.close()
        return count, size

    with ThreadPoolExecutor(CONNECTIONS) as connections:
        used, begun = server.processor_seconds(), time.monotonic()
        answered = list(connections.map(ask_until, [begun + seconds] * CONNECTIONS))
        took, used = time.monotonic() - begun, server.processor_seconds() - used
    count = sum(each[0] for each in answered)
    return used / count * 1000, count / took, answered[0][1]
