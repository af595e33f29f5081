"""The service's commands and servers as processes of their own, on a test's database."""

from __future__ import annotations

import contextvars
import http.client
import os
import re
import resource
import signal
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

import urllib3

from saas.app import create_app
from saas.config import ROOT, Settings
from saas.database.base import db
from tests.page_client import PageClient
from tests.saas.test_production import free_port

FLASK = (sys.executable, "-m", "flask", "--app", "saas.app")
GUNICORN = (str(Path(sys.executable).parent / "gunicorn"), "--config", "gunicorn.conf.py")
# A machine that is busy with other tests takes long to load the service.
START_SECONDS = 300


NOTHING_MORE: Mapping[str, str] = MappingProxyType({})


def environment_of(settings: Settings, more: Mapping[str, str] = NOTHING_MORE) -> dict[str, str]:
    """What a process needs to be of the same deployment as the settings."""
    given = {
        "FLASK_SKIP_DOTENV": "1",
        "ENVIRONMENT": settings.environment,
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "DATABASE_ROLE_PREFIX": settings.database_role_prefix,
        "BACKUP_DATABASE_URL": settings.backup_database_url.get_secret_value(),
        "BACKUP_AGE_RECIPIENT": settings.backup_age_recipient,
        "VAR_DIR": str(settings.var_dir),
        "PROVIDER_EMAIL": "mediation@provider.example",
        **more,
    }
    return {**os.environ, **{name: value for name, value in given.items() if value}}


def flask(
    settings: Settings,
    *arguments: str,
    expect: int = 0,
    said: str = "",
    more: Mapping[str, str] = NOTHING_MORE,
    code: Path = ROOT,
) -> tuple[str, str]:
    """Run a command, of another release's code if it is given; what it printed and what it
    complained of."""
    done = subprocess.run(
        [*FLASK, *arguments],
        cwd=code,
        env=environment_of(settings, more),
        input=said,
        capture_output=True,
        text=True,
        timeout=2 * START_SECONDS,
        check=False,
    )
    assert done.returncode == expect, done.stdout + done.stderr
    assert "Traceback" not in done.stderr, done.stderr
    return done.stdout, done.stderr


def command(settings: Settings, *arguments: str, expect: int = 0) -> tuple[str, str]:
    """The same without a process of its own, as quick as the command itself."""
    app = create_app(settings, TESTING=True)

    def invoke() -> tuple[int, str, str]:
        done = app.test_cli_runner().invoke(args=arguments)
        return done.exit_code, done.stdout, done.stderr

    # In a context of its own, in which no other application is the current one.
    code, said, complained = contextvars.Context().run(invoke)
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()
    assert code == expect, said + complained
    return said, complained


@contextmanager
def web(
    settings: Settings,
    log: Path,
    more: Mapping[str, str] = NOTHING_MORE,
    *,
    largest_file: int = resource.RLIM_INFINITY,
    code: Path = ROOT,
) -> Iterator[int]:
    """gunicorn as in production, with two processes; its port.

    Args:
        largest_file: how many bytes of a file its processes may write.
        code: the folder of another release.
    """
    port = free_port()
    with log.open("wb") as into:
        process = subprocess.Popen(
            [*GUNICORN, "--bind", f"127.0.0.1:{port}", "saas.wsgi:app"],
            cwd=code,
            env=environment_of(settings, {"WEB_CONCURRENCY": "2", **more}),
            stdout=into,
            stderr=subprocess.STDOUT,
            preexec_fn=lambda: resource.setrlimit(
                resource.RLIMIT_FSIZE, (largest_file, largest_file)
            ),
        )
    try:
        deadline = time.monotonic() + START_SECONDS
        while True:
            try:
                if Browser(port).get("/health/live").status == 200:
                    break
            except OSError:
                pass
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()
            time.sleep(0.2)
        yield port
        assert process.poll() is None, "the web must not end by itself"
    finally:
        process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


@contextmanager
def worker(
    settings: Settings, log: Path, more: Mapping[str, str] = NOTHING_MORE, *, code: Path = ROOT
) -> Iterator[subprocess.Popen[bytes]]:
    """The worker of the Procfile, until the end or until it is killed.

    Args:
        code: the folder of another release.
    """
    with log.open("ab") as into:
        process = subprocess.Popen(
            [*FLASK, "jobs", "work"],
            cwd=code,
            env=environment_of(settings, more),
            stdout=into,
            stderr=subprocess.STDOUT,
        )
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(START_SECONDS)


@dataclass(frozen=True)
class Answer:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str


@dataclass
class Browser:
    """Asks over real HTTP, with the cookie of somebody who is signed in."""

    port: int
    cookie: str = ""
    _tokens: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, client: PageClient, port: int) -> Browser:
        kept = client.get_cookie("session")
        assert kept is not None
        return cls(port, f"session={kept.value}")

    def get(self, path: str) -> Answer:
        return self._ask("GET", path, None)

    def post(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send the form of this page, with the token that it has."""
        unanswered = self._find_token(path)
        if unanswered is not None:
            return unanswered
        return self.send(path, {"csrf_token": self._tokens[path], **form})

    def send(self, path: str, form: Mapping[str, str]) -> Answer:
        """Send a form that has its token already."""
        sent = urllib.parse.urlencode(form).encode()
        return self._ask("POST", path, sent, "application/x-www-form-urlencoded")

    def upload(self, path: str, form: Mapping[str, str], name: str, content: bytes) -> Answer:
        """Send the form of this page with a file, as its field `file`."""
        unanswered = self._find_token(path)
        if unanswered is not None:
            return unanswered
        fields: dict[str, str | tuple[str, bytes]] = {"csrf_token": self._tokens[path], **form}
        fields["file"] = (name, content)
        body, kind = urllib3.encode_multipart_formdata(fields)
        return self._ask("POST", path, body, kind)

    def _find_token(self, path: str) -> Answer | None:
        """None when the page has a token; else what it answered."""
        if path not in self._tokens:
            page = self.get(path)
            token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page.text)
            if not token:
                return page
            self._tokens[path] = token[1]
        return None

    def _ask(self, method: str, path: str, body: bytes | None, kind: str = "") -> Answer:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=START_SECONDS)
        headers = {"Cookie": self.cookie} if self.cookie else {}
        if kind:
            headers["Content-Type"] = kind
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            text = answer.read().decode("utf-8", "replace")
            for kept in answer.headers.get_all("Set-Cookie") or ():
                if kept.startswith("session="):
                    self.cookie = kept.partition(";")[0]
            return Answer(answer.status, dict(answer.getheaders()), text)
        finally:
            connection.close()
