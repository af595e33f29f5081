"""`flask --app saas.app subscribers ...`: the register of authorities that subscribe."""

from __future__ import annotations

import datetime as dt

import click
from flask.cli import with_appcontext

from saas.reference.today import london_today
from saas.web.today import now
from tenants.subscribers.joining import K5_STARTS, join
from tenants.subscribers.refused import StandingRefused


@click.group("subscribers")
def subscribers_group() -> None:
    """The authorities that subscribe."""


@subscribers_group.command("add")
@click.argument("slug")
@click.option(
    "--prefix",
    required=True,
    help="Three letters that its references begin with, such as TRA: no other authority's.",
)
@click.option(
    "--from",
    "begins",
    type=click.DateTime(["%Y-%m-%d"]),
    help="The day from which it subscribes; today if not given.",
)
@click.option(
    "--k5-starts",
    type=click.Choice(K5_STARTS),
    default="earlier",
    show_default=True,
    help="What starts the 30 days for mediation: the family's word, the adviser's, the earlier.",
)
@with_appcontext
def add(slug: str, prefix: str, begins: dt.datetime | None, k5_starts: str) -> None:
    """Let an authority subscribe, by its name in addresses such as trafford."""
    day = begins.date() if begins else london_today()
    try:
        tenancy, letters = join(slug, prefix=prefix, begins=day, k5_starts=k5_starts, at=now())
    except StandingRefused as refused:
        if refused.message.endswith("subscribes already.") or "is the prefix of" in refused.message:
            raise click.ClickException(refused.message) from refused
        raise click.UsageError(refused.message) from refused
    click.echo(f"{tenancy.name} subscribes from {day:%-d %B %Y}, as {letters}.")
