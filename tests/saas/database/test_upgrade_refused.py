"""What an upgrade says when it cannot go on: the cause in one line, and what to do."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from flask import Flask
from pydantic import SecretStr

from saas.app import create_app
from saas.config import ROOT, Settings
from saas.database import migrate
from saas.database.connections import login_name, owner_connection, role_url
from saas.database.embedded import ServerAddress
from saas.database.scope import TENANT_ROLES, LoginRole, Scope, scoped
from tests.conftest import close_connections, settings_for
from tests.factories import make_case, make_tenant

OTHER_OWNER = "somebody_else"


@pytest.fixture
def other_owner(server: ServerAddress) -> Iterator[Settings]:
    """A database of an owner to whom this run's login roles do not belong."""
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"CREATE ROLE {OTHER_OWNER} LOGIN CREATEROLE PASSWORD 'its-own'".encode())
        admin.execute(f"CREATE DATABASE {OTHER_OWNER} OWNER {OTHER_OWNER}".encode())

    with psycopg.connect(server.url(OTHER_OWNER)) as connection:
        info = connection.info
        url = f"postgresql://{OTHER_OWNER}:its-own@{info.host}:{info.port}/{OTHER_OWNER}"
    settings = settings_for(server, OTHER_OWNER).model_copy(update={"database_url": SecretStr(url)})
    try:
        yield settings
    finally:
        with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
            admin.execute(f"DROP DATABASE {OTHER_OWNER} WITH (FORCE)".encode())
            for role in LoginRole:
                admin.execute(f"DROP ROLE IF EXISTS another_{role}".encode())
            admin.execute(f"DROP OWNED BY {OTHER_OWNER}".encode())
            admin.execute(f"DROP ROLE {OTHER_OWNER}".encode())


def upgrade(settings: Settings) -> tuple[int, str]:
    app = create_app(settings, TESTING=True)
    try:
        done = app.test_cli_runner().invoke(args=["database", "upgrade"])
    finally:
        close_connections(app)
    return done.exit_code, done.output


@pytest.mark.usefixtures("template")
def test_roles_that_are_another_deployments_are_named_with_what_to_do(
    other_owner: Settings,
) -> None:
    status, said = upgrade(other_owner)
    assert status == 1
    assert "t_public" in said and "DATABASE_ROLE_PREFIX=" in said
    assert f'TO "{OTHER_OWNER}" WITH ADMIN OPTION;' in said
    assert "permission denied" not in said


@pytest.mark.usefixtures("template")
def test_what_the_message_offers_does_help(other_owner: Settings, server: ServerAddress) -> None:
    _, said = upgrade(other_owner)
    (statement,) = [line.strip() for line in said.splitlines() if "ADMIN OPTION" in line]
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(statement.encode())
    assert upgrade(other_owner)[0] == 0


def test_two_deployments_share_a_server_by_their_prefixes(
    app: Flask, other_owner: Settings, settings: Settings
) -> None:
    other = other_owner.model_copy(update={"database_role_prefix": "another"})
    migrate.ensure_database(other)
    first = make_tenant(app)
    make_case(app, first)
    second_app = create_app(other, TESTING=True)
    try:
        with second_app.app_context(), scoped(Scope.public()) as session:
            assert session.connection().exec_driver_sql("SELECT current_user").scalar() == (
                "another_public"
            )
    finally:
        close_connections(second_app)
    # Neither's login roles may enter the other's database.
    theirs = role_url(other, LoginRole.PROVIDER).set(
        database=role_url(settings, LoginRole.PROVIDER).database
    )
    with pytest.raises(psycopg.OperationalError, match="permission denied for database"):
        psycopg.connect(theirs.set(drivername="postgresql").render_as_string(False))


def test_an_owner_that_may_make_no_roles_is_told_by_whom_it_may(
    other_owner: Settings, server: ServerAddress
) -> None:
    with psycopg.connect(server.url("postgres"), autocommit=True) as admin:
        admin.execute(f"ALTER ROLE {OTHER_OWNER} NOCREATEROLE".encode())
    status, said = upgrade(other_owner.model_copy(update={"database_role_prefix": "another"}))
    assert status == 1 and f'ALTER ROLE "{OTHER_OWNER}" CREATEROLE;' in said


def test_a_migration_that_fails_says_its_own_cause_and_leaves_a_whole_revision(
    fresh_settings: Settings,
) -> None:
    with owner_connection(fresh_settings) as connection:
        # What the last migration makes is there already, by another hand.
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    status, said = upgrade(fresh_settings)
    assert status == 1
    assert said.count("\n") <= 4 and "Traceback" not in said
    assert "Migration 0002_" in said and "already exists" in said
    assert "The database is whole, at 0001" in said
    assert "this release needs" not in said
    assert migrate.current_revision(fresh_settings) == "0001"


@pytest.mark.parametrize("role", [role.value for role in LoginRole])
def test_every_role_has_its_connection_printed(app: Flask, role: str) -> None:
    done = app.test_cli_runner().invoke(args=["database", "url", "--role", role])
    assert done.exit_code == 0 and login_name(app.extensions["settings"], role) in done.output


@pytest.mark.parametrize("role", [role.value for role in LoginRole])
def test_every_role_has_its_scope_printed(app: Flask, role: str) -> None:
    tenant = make_tenant(app)
    some_id = "0197b0f0-0000-7000-8000-000000000000"
    of_tenant = LoginRole(role) in TENANT_ROLES
    arguments = ["--authority", tenant.slug] if of_tenant else []
    if role in ("family", "eraser"):
        arguments += ["--case", some_id]
    if role == "signer":
        arguments += ["--agreement", some_id, "--link", some_id]
    done = app.test_cli_runner().invoke(args=["database", "scope", "--role", role, *arguments])
    assert done.exit_code == 0, done.output
    assert done.output.startswith("SET LOCAL app.scope = '")


def test_no_deployments_name_of_a_role_stands_in_the_code() -> None:
    """Role names are made from the prefix, and the owner may have any name."""
    names = [f"send_{role}" for role in (*LoginRole, "owner")]
    wrong = [
        f"{path.relative_to(ROOT)}: {name}"
        for folder in ("migrations", "saas", "tenants", "billing")
        for path in (ROOT / folder).rglob("*.py")
        for name in names
        if name in path.read_text(encoding="utf-8")
    ]
    assert wrong == []


def test_the_flask_command_ends_without_a_traceback(fresh_settings: Settings) -> None:
    with owner_connection(fresh_settings) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0001'")
    done = subprocess.run(
        [Path(sys.executable).parent / "flask", "--app", "saas.app", "database", "upgrade"],
        cwd=ROOT,
        env={
            "PATH": os.environ["PATH"],
            "FLASK_SKIP_DOTENV": "1",
            "ENVIRONMENT": "test",
            "DATABASE_ROLE_PREFIX": fresh_settings.database_role_prefix,
            "DATABASE_URL": fresh_settings.database_url.get_secret_value(),
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 1 and "Traceback" not in done.stderr, done.stderr
    assert "Migration 0002_" in done.stderr


def test_roles_made_by_several_at_once_are_made(fresh_settings: Settings) -> None:
    """Two releases brought up at once: the server lets only one at a time change a role."""

    def make(_: int) -> None:
        for _again in range(5):
            with owner_connection(fresh_settings) as connection:
                migrate.ensure_roles(connection, fresh_settings)

    with ThreadPoolExecutor(4) as crowd:
        list(crowd.map(make, range(4)))
    with owner_connection(fresh_settings) as connection:
        name = login_name(fresh_settings, LoginRole.IDENTITY)
        found = connection.execute(
            "SELECT rolconfig FROM pg_roles WHERE rolname = %s", [name]
        ).fetchone()
    assert found is not None
    assert {"join_collapse_limit=1", "statement_timeout=30s"} <= set(found[0])
