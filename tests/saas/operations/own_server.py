"""A PostgreSQL of a test's own, which it may stop: a copy of the run's template database."""

from __future__ import annotations

import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

from saas.config import Settings
from saas.database import migrate
from saas.database.connections import owner_connection
from saas.database.embedded import EmbeddedPostgres, ServerAddress
from saas.operations.programs import connection_arguments
from tests.conftest import run_folder, settings_for

NAME = "of_its_own"


@contextmanager
def own_server(
    server: ServerAddress, template: str
) -> Iterator[tuple[EmbeddedPostgres, ServerAddress, Settings]]:
    """Writes are as safe as in production: this one keeps what it acknowledged."""
    folder = run_folder() / f"own-{uuid.uuid4().hex[:8]}"
    embedded = EmbeddedPostgres(folder)
    try:
        with embedded.lease() as address:
            settings = settings_for(address, NAME)
            with psycopg.connect(address.url("postgres"), autocommit=True) as admin:
                migrate.ensure_owner(admin, settings)
                migrate.ensure_empty_database(admin, settings, NAME)
            with owner_connection(settings) as owner:
                migrate.ensure_roles(owner, settings)
            _copy(embedded, server.url(template), address.url(NAME))
            yield embedded, address, settings
    finally:
        if not embedded.in_use():
            embedded.destroy()
        shutil.rmtree(folder, ignore_errors=True)


def _copy(embedded: EmbeddedPostgres, source: str, target: str) -> None:
    reading, environment = connection_arguments(source)
    writing, others = connection_arguments(target)
    with subprocess.Popen(
        [str(embedded.binary("pg_dump")), *reading, "--format=custom", "--compress=0"],
        stdout=subprocess.PIPE,
        env=environment,
    ) as dump:
        subprocess.run(
            [str(embedded.binary("pg_restore")), *writing, "--exit-on-error"],
            stdin=dump.stdout,
            env=others,
            check=True,
        )
    assert dump.returncode == 0


def stop_at_once(embedded: EmbeddedPostgres) -> None:
    """As if the machine had lost its power."""
    done = embedded.home.run("pg_ctl", "stop", "-D", str(embedded.home.data), "-m", "immediate")
    assert done.returncode == 0, done.stdout
