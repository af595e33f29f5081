"""What the README says of production, word for word: its SQL, its commands and the Procfile.

The server is the run's own PostgreSQL, used as any other: its administrator makes an owner of
another name than ours, and the processes are started as the Procfile says.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import shlex
import signal
import socket
import subprocess
import sys
import time
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import alembic.command
import psycopg
import pyotp
import pytest

from saas.app import create_app
from saas.config import ROOT, Settings
from saas.database import migrate
from saas.database.embedded import ServerAddress
from saas.database.scope import LoginRole
from saas.web.probes import PROBED
from tenants.subscribers.queries import find_tenancy
from tests.billing.making import account_of, issue_period
from tests.conftest import close_connections
from tests.saas.database.test_upgrade import RELEASES, rows_of, write_row

README = (ROOT / "README.md").read_text(encoding="utf-8")
OWNER, DATABASE, PREFIX = "mediation_owner", "mediation", "council"
PASSWORD = "a-password-of-your-own"
BIN = Path(sys.executable).parent


def procfile() -> dict[str, str]:
    lines = (ROOT / "Procfile").read_text(encoding="utf-8").splitlines()
    return {name: command.strip() for name, _, command in (line.partition(":") for line in lines)}


def blocks_of_readme(language: str = "") -> list[str]:
    section = README.split("## Running it for real")[1].split("\n## ")[0]
    fenced = re.findall(r"^```(\w*)\n(.*?)^```", section, re.S | re.M)
    return [text for of, text in fenced if of == language]


@pytest.fixture(scope="module")
def production(
    server: ServerAddress, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, str]]:
    """The environment of a deployment, whose database still holds the last release's rows."""
    (statements,) = blocks_of_readme("sql")
    var = tmp_path_factory.mktemp("production")
    url = urllib.parse.urlsplit(server.url("postgres"))
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        for statement in statements.strip().split("\n"):
            admin.execute(statement.encode())
    environment = {
        "PATH": f"{BIN}:{os.environ['PATH']}",
        "DATABASE_URL": f"postgresql://{OWNER}:{PASSWORD}@{url.hostname}:{url.port}/{DATABASE}",
        "DATABASE_ROLE_PREFIX": PREFIX,
        "SECRET_KEY": "s" * 40,
        "SCOPE_KEY": "c" * 40,
        "DATABASE_ROLE_KEY": "r" * 40,
        "PUBLIC_URL": "https://service.example",
        "TRUSTED_HOSTS": "service.example",
        "TRUSTED_PROXIES": "1",
        "PROVIDER_NAME": "A Provider",
        "PROVIDER_ADDRESS": "1 Example Yard, London N1 1AA",
        "PROVIDER_EMAIL": "mediation@provider.example",
        "PROVIDER_TELEPHONE": "020 7946 0000",
        "PROVIDER_VAT_NUMBER": "GB 000 0000 00",
        "PROVIDER_BANK_DETAILS": "Example Bank, 00-00-00, 00000000",
        "MAIL_URL": "smtp://127.0.0.1:9",
        "VAR_DIR": str(var),
    }
    try:
        yield environment
    finally:
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)".encode())
            for role in LoginRole:
                admin.execute(f"DROP ROLE IF EXISTS {PREFIX}_{role}".encode())
            admin.execute(f"DROP ROLE {OWNER}".encode())


def run(command: str, environment: dict[str, str], said: str = "") -> str:
    done = subprocess.run(
        ["/bin/sh", "-c", command],
        cwd=ROOT,
        env=environment,
        input=said,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@contextmanager
def process(command: str, environment: dict[str, str]) -> Iterator[subprocess.Popen[str]]:
    started = subprocess.Popen(
        ["/bin/sh", "-c", f"exec env {command}"],
        cwd=ROOT,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        yield started
    finally:
        started.send_signal(signal.SIGTERM)
        said, _ = started.communicate(timeout=40)
        assert "Traceback" not in said, said


class Browser:
    """A browser before a proxy that ends TLS, as TRUSTED_PROXIES says."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.cookies: dict[str, str] = {}

    def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        headers = {
            "Host": "service.example",
            "X-Forwarded-Proto": "https",
            "X-Forwarded-For": "192.0.2.1",
            "X-Forwarded-Host": "service.example",
            "Referer": "https://service.example/",
            "Cookie": "; ".join(f"{name}={value}" for name, value in self.cookies.items()),
        }
        if form is None:
            connection.request("GET", path, headers=headers)
        else:
            headers["Content-Type"] = "application/x-www-form-urlencoded"
            connection.request("POST", path, urllib.parse.urlencode(form), headers)
        answer = connection.getresponse()
        for cookie in answer.headers.get_all("Set-Cookie") or []:
            assert "Secure" in cookie and "HttpOnly" in cookie, cookie
            name, _, value = cookie.partition(";")[0].partition("=")
            self.cookies[name] = value
        body = answer.read().decode("utf-8", "replace")
        connection.close()
        return answer.status, answer.headers.get("Location", ""), body

    def sign_in(self, email: str) -> str:
        _, _, page = self.ask("/sign-in")
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert token, page
        status, where, page = self.ask(
            "/sign-in", {"csrf_token": token[1], "email": email, "password": PASSWORD}
        )
        assert status == 302, page
        return where

    def set_up_telephone(self) -> None:
        """In production nobody works by a password alone: an authenticator app is set up."""
        status, where, _ = self.ask("/manager/people")
        assert status == 302 and where.startswith("/account/security"), where
        _, _, page = self.ask("/account/security/telephone")
        secret = re.search(r"<strong>([A-Z2-7 ]+)</strong>", page)
        token = re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)
        assert secret and token, page
        code = pyotp.TOTP(secret[1].replace(" ", "")).now()
        form = {"csrf_token": token[1], "code": code}
        status, _, page = self.ask("/account/security/telephone", form)
        assert status == 302, page


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_until_ready(browser: Browser, web: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 40
    while time.monotonic() < deadline:
        assert web.poll() is None, web.communicate()[0]
        try:
            if browser.ask("/health/ready")[0] == 200:
                return
        except OSError:
            pass
        time.sleep(0.2)
    pytest.fail("the web did not become ready")


def health_check(port: int) -> list[str]:
    """What the container asks itself, of the web that listens there."""
    recipe = (ROOT / "Containerfile").read_text(encoding="utf-8")
    (words,) = re.findall(r"^HEALTHCHECK .*\\\n +CMD (\[.+\])$", recipe, re.MULTILINE)
    program, *arguments = json.loads(words.replace(":8000/", f":{port}/"))
    assert program == "python"
    return [sys.executable, *arguments]


def asked_by_address(port: int, path: str) -> int:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("GET", path)
    status = connection.getresponse().status
    connection.close()
    return status


def settings_of(environment: dict[str, str]) -> Settings:
    values = {name.lower(): value for name, value in environment.items() if name != "PATH"}
    return Settings(**values)  # type: ignore[arg-type]


def test_a_deployment_is_upgraded_started_and_used_as_the_readme_says(
    production: dict[str, str], server: ServerAddress, tmp_path: Path
) -> None:
    settings = settings_of(production)
    last = RELEASES[-1]
    with psycopg.connect(settings.database_url.get_secret_value()) as owner:
        migrate.ensure_roles(owner, settings)
    alembic.command.upgrade(migrate.alembic_config(settings), last.stem)
    with psycopg.connect(server.url(DATABASE), autocommit=True) as superuser:
        for kept in rows_of(last):
            write_row(superuser, kept["table"], kept["row"])

    commands = procfile()
    run(commands["release"], production)
    first_steps = blocks_of_readme()[0]
    for command in first_steps.strip().splitlines():
        if "subscribers add trafford" in command:
            # The last release's rows have it already: another one subscribes.
            command = command.replace("trafford --prefix TRA", "luton --prefix LTN")
        if "olu@trafford" in command:
            command = command.replace("trafford", "luton")
        extra = " --password-stdin" if " people add " in command else ""
        skip = "FLASK_SKIP_DOTENV=1 "
        run(skip + command + extra, production, said=f"{PASSWORD}\n")

    run(
        'FLASK_SKIP_DOTENV=1 flask --app saas.app people add fay@provider.example --name "Fay"'
        " --role finance --password-stdin",
        production,
        said=f"{PASSWORD}\n",
    )
    # One case, by the command for many.
    table = shlex.quote(str(tmp_path / "cases.csv"))
    cases = "FLASK_SKIP_DOTENV=1 flask --app saas.app cases import"
    run(f"{cases} --template > {table} && {cases} {table} --authority luton", production)
    # One invoice, by finance's own acts.
    app = create_app(settings, TESTING=True)
    with app.app_context():
        tenancy = find_tenancy("luton")
        assert tenancy is not None
        account_of(app, tenancy)
        number = issue_period(app, tenancy).number
    close_connections(app)

    port = free_port()
    environment = production | {"PORT": str(port), "WEB_CONCURRENCY": "1"}
    web_command = commands["web"].replace("0.0.0.0", "127.0.0.1")
    with (
        process(web_command.replace("$PORT", str(port)), environment) as web,
        process(commands["worker"], environment) as worker,
    ):
        browser = Browser(port)
        wait_until_ready(browser, web)
        # Who looks after it knows its address alone; who reads it names it.
        subprocess.run(health_check(port), check=True, timeout=20)
        asked = {path: asked_by_address(port, path) for path in (*PROBED, "/", "/health/other")}
        assert asked == dict.fromkeys(PROBED, 200) | {"/": 400, "/health/other": 400}
        assert browser.sign_in("ada@provider.example").startswith("/manager/")
        browser.set_up_telephone()
        status, _, page = browser.ask("/manager/people")
        assert status == 200 and "Olu Officer" in page
        officer = Browser(port)
        officer.sign_in("olu@luton.example")
        officer.set_up_telephone()
        status, _, tray = officer.ask("/authority/?open=closed")
        assert status == 200 and "Luton" in tray
        finance = Browser(port)
        finance.sign_in("fay@provider.example")
        finance.set_up_telephone()
        status, _, invoices = finance.ask("/finance/invoices")
        assert status == 200 and number in invoices
        assert worker.poll() is None
