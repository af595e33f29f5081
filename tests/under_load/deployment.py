"""A PostgreSQL of its own, and the commands and servers of either release on it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
from pydantic import SecretStr

from saas.config import ROOT, Settings
from saas.database import migrate
from saas.database.connections import role_password
from saas.database.embedded import EmbeddedPostgres
from tests.saas.operations.processes import START_SECONDS, environment_of, flask

NAME = "under_load"
# The demonstration's family has a date of birth only since 0071.
MORE = {"FAMILY_DATE_OF_BIRTH": "false"}


@dataclass(frozen=True)
class Seeded:
    """Who signs in with what, and the address of a family's page."""

    password: str
    family: str


@contextmanager
def deployment(folder: Path) -> Iterator[Settings]:
    """A server that writes as safely as in production, with an empty database."""
    server = EmbeddedPostgres(folder / "postgres")
    try:
        with server.lease() as address:
            there = Settings(environment="development", var_dir=folder / "var")
            owner = f"{there.database_role_prefix}_owner"
            url = address.url(NAME, owner, role_password(there, "owner"))
            settings = there.model_copy(update={"database_url": SecretStr(url)})
            with psycopg.connect(address.url("postgres"), autocommit=True) as admin:
                migrate.ensure_owner(admin, settings)
                migrate.ensure_empty_database(admin, settings, NAME)
            yield settings
    finally:
        if not server.in_use():
            server.destroy()


def seed(settings: Settings, release: Path) -> Seeded:
    """Migrate and fill the database by the release's own code."""
    flask(settings, "database", "upgrade", code=release)
    done = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "under_load" / "seed.py")],
        cwd=release,
        env=environment_of(settings, {**MORE, "PYTHONPATH": str(release)}),
        capture_output=True,
        text=True,
        timeout=2 * START_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return Seeded(**json.loads(done.stdout))
