"""`flask --app saas.app people ...`: who may sign in, the first administrator among them."""

from __future__ import annotations

import datetime as dt
import sys

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from saas.audit.actions import record_across
from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.actions import add_person, fold_email, join_authority, join_provider
from saas.identity.models import Person
from saas.identity.passwords import PasswordRefused, check_password, hash_password
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.second_factor import remove_all
from saas.identity.sessions import end
from saas.reference.today import london_today
from saas.reference.written import NotReadable, read_email

PROVIDER_ROLES = [role.value for role in ProviderRole]
AUTHORITY_ROLES = [role.value for role in AuthorityRole]


@click.group("people")
def people_group() -> None:
    """Who may sign in."""


def _the_email(_context: click.Context, _parameter: click.Parameter, given: str) -> str:
    try:
        return fold_email(read_email(given))
    except NotReadable as fault:
        raise click.BadParameter(str(fault)) from fault


def _read_password(from_stdin: bool, about: tuple[str, ...]) -> str:
    if from_stdin:
        password = sys.stdin.readline().rstrip("\n")
    else:
        password = click.prompt("Password", hide_input=True, confirmation_prompt=True)
    try:
        check_password(password, about)
    except PasswordRefused as refused:
        raise click.ClickException(f"{refused}.") from None
    return password


@people_group.command("add")
@click.argument("email", callback=_the_email)
@click.option("--name", required=True, help="As colleagues and papers will name the person.")
@click.option(
    "--role",
    "roles",
    multiple=True,
    required=True,
    help=f"At the provider, may be given more than once: {', '.join(PROVIDER_ROLES)}."
    f" With --authority one of: {', '.join(AUTHORITY_ROLES)}.",
)
@click.option("--authority", "slug", help="The person's authority, such as trafford.")
@click.option("--password-stdin", is_flag=True, help="Read the password from standard input.")
@with_appcontext
def add(
    email: str, name: str, roles: tuple[str, ...], slug: str | None, password_stdin: bool
) -> None:
    """Add a person who may sign in: the first administrator with --role admin.

    The password is asked for and never shown.
    """
    known = AUTHORITY_ROLES if slug else PROVIDER_ROLES
    unknown = [role for role in roles if role not in known]
    if unknown:
        raise click.UsageError(
            f"There is no role {unknown[0]!r} {'at an authority' if slug else 'at the provider'}:"
            f" choose from {', '.join(known)}."
        )
    if slug and len(roles) > 1:
        raise click.UsageError("At an authority a person has one role.")
    tenancy = None
    if slug:
        tenancy = current_app.extensions["find_tenancy"](slug)
        if tenancy is None:
            raise click.UsageError(f"No authority called {slug!r} subscribes.")
    with scoped(Scope.identity()) as session:
        if session.scalar(sa.select(sa.exists().where(Person.email == email))):
            raise click.ClickException(f"Somebody with the address {email} can sign in already.")
        person = add_person(
            session,
            email=email,
            name=name.strip(),
            password_hash=hash_password(_read_password(password_stdin, (name, email))),
            id=new_id(),
        )
        for role in roles:
            if tenancy is not None:
                join_authority(
                    session,
                    person=person,
                    tenant_id=tenancy.id,
                    role=AuthorityRole(role),
                    since=_today(),
                )
            else:
                join_provider(session, person=person, role=ProviderRole(role))
    where = f"for {tenancy.name}" if tenancy else "for the provider"
    click.echo(f"{name} can sign in {where} as {', '.join(roles)}.")


@people_group.command("new-second-proof")
@click.argument("email", callback=_the_email)
@with_appcontext
def new_second_proof(email: str) -> None:
    """Let a person set up a new second proof: theirs is lost, and nobody else can do it.

    For the last administrator. Their sessions end; the password alone lets them in until then.
    """
    with scoped(Scope.identity()) as session:
        person = session.scalar(sa.select(Person).where(Person.email == email))
        if person is None:
            raise click.ClickException(f"Nobody with the address {email} can sign in.")
        person_id = person.id
        remove_all(session, person_id)
        end(session, person_id, at=dt.datetime.now(dt.UTC))
    record_across(
        "second proof removed", person_id=None, at=dt.datetime.now(dt.UTC), of=str(person_id)
    )
    click.echo(f"{email} sets up a new second proof when they sign in next.")


def _today() -> dt.date:
    return london_today()
