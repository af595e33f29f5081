"""What the commands say when the service is not set up: what is amiss and what to run."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from pydantic import SecretStr

from saas.app import create_app
from saas.config import ROOT, Settings
from saas.database.connections import owner_connection
from saas.database.embedded import ServerAddress
from saas.database.migrate import head_revision
from tests.conftest import close_connections, settings_for

COMMANDS = [
    ["jobs", "post"],
    ["reference", "postcode", "M33 2AA"],
    ["cases", "import", __file__, "--authority", "trafford"],
    ["statistics", "verify"],
]


@pytest.fixture
def empty(server: ServerAddress, template: str) -> Iterator[Settings]:
    """A database in which nothing was ever set up. The roles are the server's, so they exist."""
    name = "t_never_set_up"
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(sql.SQL("CREATE DATABASE {} OWNER t_owner").format(sql.Identifier(name)))
        try:
            yield settings_for(server, name)
        finally:
            admin.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name)))


def said(settings: Settings, command: list[str]) -> str:
    app = create_app(settings, TESTING=True)
    try:
        done = app.test_cli_runner().invoke(args=command)
    finally:
        close_connections(app)
    assert done.exit_code == 1, done.output
    assert "Traceback" not in done.output
    return done.output


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_a_database_that_was_never_set_up_is_named_with_the_command_that_does_it(
    empty: Settings, command: list[str]
) -> None:
    assert said(empty, command) == (
        "Error: The database was never set up."
        " Set it up with: flask --app saas.app database upgrade\n"
    )


def test_an_older_database_is_named_with_both_versions(fresh_settings: Settings) -> None:
    with owner_connection(fresh_settings) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
        connection.execute("ALTER TABLE subscriber RENAME TO subscriber_of_old")
    text = said(fresh_settings, ["jobs", "post"])
    assert f"The database is at 0001, and this release needs {head_revision()}." in text


def test_a_server_that_does_not_answer_is_said_without_its_password(settings: Settings) -> None:
    nowhere = settings.model_copy(
        update={"database_url": SecretStr("postgresql://owner:s3cret@127.0.0.1:9/nothing")}
    )
    text = said(nowhere, ["jobs", "post"])
    assert "The database cannot be used" in text and "database upgrade" in text
    assert "s3cret" not in text


def test_a_fault_that_is_no_setting_up_is_still_a_fault(fresh_app: Flask) -> None:
    with owner_connection(fresh_app.extensions["settings"]) as connection:
        connection.execute("ALTER TABLE subscriber RENAME TO subscriber_of_old")
    done = fresh_app.test_cli_runner().invoke(args=["jobs", "post"])
    assert done.exit_code == 1 and done.exception is not None
    assert "subscriber" in str(done.exception)


def test_settings_that_cannot_run_are_told_by_a_command_without_a_traceback() -> None:
    flask = Path(sys.executable).parent / "flask"
    tried = subprocess.run(
        [flask, "--app", "saas.app", "jobs", "post"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "FLASK_SKIP_DOTENV": "1"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert tried.returncode == 1
    assert tried.stderr.startswith("Error: The service cannot start with these settings:")
    assert "SECRET_KEY is missing" in tried.stderr and "Traceback" not in tried.stderr
