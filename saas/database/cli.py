"""`flask --app saas.app database ...`."""

from __future__ import annotations

import re
import time
import uuid
from pathlib import Path

import click
from flask import current_app
from flask.cli import with_appcontext

from saas.config import ROOT, Settings
from saas.database import migrate
from saas.database.cluster import plan
from saas.database.connections import (
    login_name,
    owner_connection,
    owner_url,
    plain_url,
    role_url,
)
from saas.database.scope import TENANT_ROLES, LoginRole, Scope, seal
from saas.database.walls import wall_statements

ROLES = [role.value for role in LoginRole]


def _settings() -> Settings:
    settings: Settings = current_app.extensions["settings"]
    return settings


def _refuse_in_production() -> None:
    if _settings().is_production:
        raise click.ClickException(
            "This prints a secret, so it does not run in production. "
            "Take the connection from the deployment's own settings."
        )


@click.group("database")
def database_group() -> None:
    """The database: its schema, its roles, its walls."""


@database_group.command("upgrade")
@click.option("--to", help="Stop after this migration, such as 0061, to look how the pages do.")
@with_appcontext
def upgrade(to: str | None) -> None:
    """Make roles, schema and the seal's key as this release needs them.

    A migration that meets a lock gives way and is tried again, for five minutes.
    """
    if to is not None and to not in migrate.revisions():
        raise click.UsageError(f"This release has no migration {to!r}.")
    try:
        migrate.ensure_database(_settings(), click.echo, to=to)
    except migrate.UpgradeRefusedError as refused:
        raise click.ClickException(str(refused)) from refused
    click.echo(f"The database is at {migrate.current_revision(_settings())}.")


@database_group.command("check")
@with_appcontext
def check() -> None:
    """Fail if the models and the migrated database differ."""
    found = migrate.differences(_settings())
    for line in found:
        click.echo(line)
    if found:
        raise click.ClickException("The models and the migrations differ: write a migration.")
    click.echo("The models and the migrations agree.")


@database_group.command("sql")
@click.option("--into", type=click.Path(path_type=Path), help="A folder: one file a migration.")
@with_appcontext
def print_sql(into: Path | None) -> None:
    """Print the SQL of every migration, to read or to check it: nothing is run."""
    for name, text in migrate.migrations_sql(_settings()).items():
        if into is None:
            click.echo(text, nl=False)
        else:
            into.mkdir(parents=True, exist_ok=True)
            (into / f"{name}.sql").write_text(text, encoding="utf-8")


@database_group.command("new-migration")
@click.argument("name")
@with_appcontext
def new_migration(name: str) -> None:
    """Begin a migration after the newest. NAME says in a few words what it does: add_a_table."""
    if not re.fullmatch(r"[a-z][a-z0-9_]{2,40}", name):
        raise click.UsageError("Name it in small letters with underscores: NAME=add_a_table")
    path = migrate.new_migration(_settings(), name)
    click.echo(f"{path.relative_to(ROOT)} is begun. The walls of a new table: database walls TABLE")


@database_group.command("url")
@click.option("--role", type=click.Choice([*ROLES, "owner"]), required=True)
@with_appcontext
def url(role: str) -> None:
    """Print the connection of a login role, to try the walls with psql."""
    _refuse_in_production()
    settings = _settings()
    found = owner_url(settings) if role == "owner" else role_url(settings, LoginRole(role))
    click.echo(plain_url(found))


@database_group.command("scope")
@click.option("--role", type=click.Choice(ROLES), required=True)
@click.option("--authority", "slug", help="The authority's name in addresses, such as trafford.")
@click.option(
    "--case", type=click.UUID, help="The case of a family's or an eraser's scope, by its id."
)
@click.option("--agreement", type=click.UUID, help="The agreement of a signer's scope, by its id.")
@click.option("--link", type=click.UUID, help="The signing link of a signer's scope, by its id.")
@with_appcontext
def scope(
    role: str,
    slug: str | None,
    case: uuid.UUID | None,
    agreement: uuid.UUID | None,
    link: uuid.UUID | None,
) -> None:
    """Print the sealed SET LOCAL that opens a role's scope for a minute. Use it after BEGIN."""
    _refuse_in_production()
    settings = _settings()
    login = LoginRole(role)
    tenant = None
    if login in TENANT_ROLES:
        if not slug:
            raise click.UsageError(f"The role {role} works inside one tenant: add --authority.")
        found = current_app.extensions["find_tenancy"](slug)
        if found is None:
            raise click.UsageError(f"No authority called {slug!r} subscribes.")
        tenant = found.id
    elif slug:
        raise click.UsageError(f"The role {role} is bound to no tenant: leave out --authority.")
    in_a_case = login in (LoginRole.FAMILY, LoginRole.ERASER)
    if in_a_case != (case is not None):
        raise click.UsageError(
            "The roles family and eraser work inside one case, no others do: name it by --case."
        )
    signs = login is LoginRole.SIGNER
    if signs != (agreement is not None) or signs != (link is not None):
        raise click.UsageError(
            "The role signer works on one agreement by one link: name them by --agreement and"
            " --link; no other role has them."
        )
    token = seal(
        Scope(login, tenant, agreement if signs else case, link),
        key=settings.scope_secret,
        login=login_name(settings, login),
        now=time.time(),
    )
    click.echo(f"SET LOCAL app.scope = '{token}';")


@database_group.command("walls")
@click.argument("table")
@with_appcontext
def walls(table: str) -> None:
    """Print the statements that wall a table and watch it, to put into its migration."""
    from saas.database.base import declared_walls
    from saas.database.read_only import read_only_statements
    from saas.database.watched import watched

    declared = declared_walls()
    if table not in declared:
        raise click.UsageError(f"No model has the table {table!r}.")
    for statement in wall_statements(table, declared[table]):
        click.echo(f'    "{statement}",')
    watch = watched().get(table)
    for statement in watch.statements() if watch else ():
        click.echo(f'    "{statement}",')
    for statement in read_only_statements(table):
        click.echo(f'    "{statement}",')


@database_group.command("plan-cluster")
@with_appcontext
def plan_cluster() -> None:
    """Print the statements that spread the tables over a Citus cluster. Nothing is run.

    Read docs/SCALING.md first: a million cases need no cluster.
    """
    from saas.database.base import declared_walls

    with owner_connection(_settings()) as connection:
        for statement in plan(connection, declared_walls()):
            click.echo(statement)
