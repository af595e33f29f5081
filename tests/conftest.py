"""A real PostgreSQL for every test: one server a run, one template, one database a test or worker.

`app` and `client` work on a database that the worker's tests share and that is emptied of tenants'
rows by using new tenants; tests of isolation commit for real.
"""

from __future__ import annotations

import datetime as dt
import functools
import os
import shutil
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, suppress
from pathlib import Path
from typing import Any

import psycopg
import pytest
import sqlalchemy as sa
from argon2 import PasswordHasher
from flask import Flask
from jinja2 import FileSystemBytecodeCache
from psycopg import sql
from pydantic import SecretStr
from werkzeug.routing import Rule

from saas.app import create_app
from saas.config import Settings
from saas.database import connections, migrate
from saas.database.base import db
from saas.database.connections import login_name, role_password
from saas.database.embedded import EmbeddedPostgres, ServerAddress
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity import passwords
from saas.reference.load import load_reference
from saas.reference.progress import silent
from tenants.subscribers.models import Subscriber
from tests.factories import NOW
from tests.page_client import PageClient

# ext4 does not give an inode out again for some seconds, and looks for others meanwhile: a database
# made after one was dropped takes ten times as long as in memory.
MEMORY, ROOM = Path("/dev/shm"), 8 * 1024**3
LEFT_SECONDS = 3600
MANY_AUTHORITIES = 100


def _work_in_memory() -> None:
    """Let this run and all that it starts keep what is temporary in memory, if there is room."""
    if "TMPDIR" not in os.environ and os.access(MEMORY, os.W_OK):
        all_memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        if min(shutil.disk_usage(MEMORY).free, all_memory / 2) > ROOM:
            os.environ["TMPDIR"] = tempfile.tempdir = str(MEMORY)


def _build_addresses_late() -> None:
    """Let an application write the builder of an address when it is first asked for one: hundreds
    of tests make an application of their own, and ask it for a few of its 480 addresses."""
    write = Rule._compile_builder

    def written_late(rule: Rule, append_unknown: bool = True) -> Callable[..., Any]:
        @functools.cache
        def written() -> Callable[..., Any]:
            return write(rule, append_unknown)

        return lambda of, **values: written()(of, **values)

    Rule._compile_builder = written_late  # type: ignore[method-assign,assignment]


_work_in_memory()
_build_addresses_late()
# A password is made to cost a tenth of a second: here it is not guessed.
PRODUCTIONS_HASHER = passwords._hasher
passwords._hasher = PasswordHasher(time_cost=1, memory_cost=64, parallelism=1)
SERVER_SETTINGS = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
TEMPLATE = "template_of_tests"
NewDatabase = Callable[[], AbstractContextManager[Settings]]


def run_folder() -> Path:
    """Where this run keeps its server and its documents: never in the checkout's own var/."""
    run = os.environ.get("PYTEST_XDIST_TESTRUNUID") or str(os.getpid())
    return Path(tempfile.gettempdir()) / f"send-mediation-tests-{run}"


def settings_for(address: ServerAddress, database: str) -> Settings:
    return Settings(
        environment="test",
        database_role_prefix="t",
        database_url=SecretStr(
            address.url(database, "t_owner", role_password(Settings(environment="test"), "owner"))
        ),
        database_pool_size=2,
        # Asked where it is tested: tests/tenants/access_links/test_second_check.py.
        family_date_of_birth=False,
        # Removed with the run, and never the checkout's own var/.
        var_dir=run_folder() / f"var-{database}",
        provider_address="1 Example Yard, London N1 1AA",
        provider_telephone="020 7946 0000",
        provider_email="mediation@provider.example",
        provider_vat_number="GB 000 0000 00",
        provider_bank_details="Example Bank, sort code 00-00-00, account 00000000",
    )


def _clear_away(around: Path) -> None:
    """What runs left that were killed: it is in memory, perhaps."""
    for left in around.glob("send-mediation-tests-*"):
        with suppress(FileNotFoundError):
            is_old = time.time() - left.stat().st_mtime > LEFT_SECONDS
            if is_old and not EmbeddedPostgres(left / "postgres").in_use():
                shutil.rmtree(left, ignore_errors=True)


# Files whose tests take seconds each. Begun last, they would keep one worker busy at the end.
LONG = (
    "browser/",
    "walls/",
    "saas/operations/",
    "saas/demo/",
    "saas/test_",
    "billing/",
    "tenants/statistics/",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the long files (`--no-loadscope-reorder` keeps the order)."""
    here = Path(__file__).parent
    items.sort(key=lambda item: not str(item.path.relative_to(here)).startswith(LONG))


@pytest.fixture(scope="session")
def server() -> Iterator[ServerAddress]:
    """The run's PostgreSQL, shared by its workers.

    Not in pytest's own folder, which nobody but root may enter when root runs the tests.
    """
    folder = run_folder()
    folder.mkdir(mode=0o711, exist_ok=True)
    _clear_away(folder.parent)
    embedded = EmbeddedPostgres(folder / "postgres", settings=SERVER_SETTINGS)
    with embedded.lease() as address:
        yield address
    if not embedded.in_use():
        embedded.destroy()
        shutil.rmtree(folder, ignore_errors=True)


def _admin(address: ServerAddress) -> psycopg.Connection:
    return psycopg.connect(address.url("postgres"), autocommit=True)


@pytest.fixture(scope="session")
def template(server: ServerAddress) -> str:
    """A migrated database with the reference data but the postcodes, made once a run."""
    with _admin(server) as admin:
        admin.execute("SELECT pg_advisory_lock(20260101)")
        ready = admin.execute("SELECT 1 FROM pg_database WHERE datname = %s", [TEMPLATE]).fetchone()
        if not ready:
            settings = settings_for(server, f"{TEMPLATE}_making")
            migrate.ensure_owner(admin, settings)
            admin.execute(f"DROP DATABASE IF EXISTS {TEMPLATE}_making")
            migrate.ensure_empty_database(admin, settings, f"{TEMPLATE}_making")
            migrate.ensure_database(settings)
            with connections.owner_connection(settings) as connection:
                load_reference(connection, silent, postcodes=False)
            admin.execute(f"ALTER DATABASE {TEMPLATE}_making RENAME TO {TEMPLATE}")
        admin.execute("SELECT pg_advisory_unlock(20260101)")
    return TEMPLATE


def _copy_rights(admin: psycopg.Connection, template: str, name: str) -> None:
    """Rights on a database are not copied with it: give the copy those of the template."""
    database = sql.Identifier(name)
    admin.execute(sql.SQL("REVOKE ALL ON DATABASE {} FROM PUBLIC").format(database))
    rights = admin.execute(
        """SELECT a.grantee::regrole::text, a.privilege_type
           FROM pg_database d, aclexplode(d.datacl) a
           WHERE d.datname = %s AND a.grantee <> d.datdba""",
        [template],
    ).fetchall()
    for grantee, right in rights:
        admin.execute(
            sql.SQL("GRANT {} ON DATABASE {} TO {}").format(
                sql.SQL(right), database, sql.Identifier(grantee)
            )
        )


@pytest.fixture(scope="session")
def new_database(server: ServerAddress, template: str) -> NewDatabase:
    """Makes a fresh copy of the template and gives its settings."""

    @contextmanager
    def make() -> Iterator[Settings]:
        name = f"t_{uuid.uuid4().hex}"
        with _admin(server) as admin:
            admin.execute(
                sql.SQL("CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy").format(
                    sql.Identifier(name),
                    sql.Identifier(login_name(settings_for(server, name), "owner")),
                    sql.Identifier(template),
                )
            )
            settings = settings_for(server, name)
            _copy_rights(admin, template, name)
        try:
            yield settings
        finally:
            with _admin(server) as admin:
                admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))
            shutil.rmtree(settings.var_dir, ignore_errors=True)

    return make


class WorkersDatabase:
    """The database that a worker's tests share, and the service on it.

    Another is made when many authorities are used up: England has 153, and what goes over every
    authority takes longer with each.
    """

    def __init__(self, new_database: NewDatabase) -> None:
        self._new_database = new_database
        self._opened = ExitStack()
        self._app: Flask | None = None

    def app(self) -> Flask:
        """The service, for the tests of one file."""
        if self._app is None or self._used_up(self._app):
            self.close()
            settings = self._opened.enter_context(self._new_database())
            self._app = service_on(settings)
            self._opened.callback(close_connections, self._app)
        return self._app

    def close(self) -> None:
        self._app = None
        self._opened.close()

    def _used_up(self, app: Flask) -> bool:
        with app.app_context(), scoped(Scope.public()) as session:
            taken = session.scalar(sa.select(sa.func.count()).select_from(Subscriber)) or 0
        return taken > MANY_AUTHORITIES


@pytest.fixture(scope="session")
def workers_database(new_database: NewDatabase) -> Iterator[WorkersDatabase]:
    shared = WorkersDatabase(new_database)
    yield shared
    shared.close()


@pytest.fixture
def fresh_settings(new_database: NewDatabase) -> Iterator[Settings]:
    """A database of the test's own."""
    with new_database() as made:
        yield made


def close_connections(app: Flask) -> None:
    with app.app_context():
        for engine in db.engines.values():
            engine.dispose()


def service_on(settings: Settings) -> Flask:
    """The service on a database. What its templates are compiled to is shared by the run."""
    app = create_app(settings, TESTING=True)
    app.test_client_class = PageClient
    compiled = run_folder() / "templates"
    compiled.mkdir(mode=0o700, parents=True, exist_ok=True)
    app.jinja_env.bytecode_cache = FileSystemBytecodeCache(str(compiled))
    return app


@pytest.fixture(scope="module")
def shared_app(workers_database: WorkersDatabase) -> Flask:
    return workers_database.app()


@pytest.fixture(scope="module")
def settings(shared_app: Flask) -> Settings:
    made: Settings = shared_app.extensions["settings"]
    return made


@pytest.fixture
def app(shared_app: Flask) -> Iterator[Flask]:
    """The service on the worker's database, inside an application context."""
    with shared_app.app_context():
        yield shared_app


@pytest.fixture
def fresh_app(fresh_settings: Settings) -> Iterator[Flask]:
    """The service on a database of the test's own."""
    app = service_on(fresh_settings)
    with app.app_context():
        yield app
    close_connections(app)


@pytest.fixture
def owner_connection(settings: Settings) -> Iterator[psycopg.Connection]:
    with connections.owner_connection(settings) as connection:
        yield connection


@pytest.fixture
def session_of(app: Flask) -> Callable[[Scope], AbstractContextManager[ScopedSession]]:
    """`with session_of(Scope...) as session:` commits at the end, for real."""

    @contextmanager
    def open_scope(scope: Scope) -> Iterator[ScopedSession]:
        with scoped(scope) as session:
            yield session

    return open_scope


@pytest.fixture
def standing_clock(monkeypatch: pytest.MonkeyPatch) -> dt.datetime:
    """The doors' clock stands at the factories' NOW; the seal of a scope keeps the real one."""
    monkeypatch.setattr("saas.web.today.clock", lambda: NOW)
    return NOW


# The shell is the same without a browser's own windows, and opens a page in half the time.
CHROMIUMS = ("chromium-headless-shell", "chromium", "google-chrome")


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Debian's Chromium. Where REQUIRE_BROWSER is set its absence is a failure, not a skip."""
    found = next(filter(None, map(shutil.which, CHROMIUMS)), None)
    if found is None:
        if os.environ.get("REQUIRE_BROWSER"):
            pytest.fail(
                "REQUIRE_BROWSER is set, but there is no Chromium: "
                "apt-get install chromium-headless-shell"
            )
        pytest.skip("no Chromium here")
    return Path(found)
