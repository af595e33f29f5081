"""`flask --app saas.app subscribers ...`: the register of authorities that subscribe."""

from __future__ import annotations

import datetime as dt

import click
import sqlalchemy as sa
from flask.cli import with_appcontext

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.reference.queries import authority_by_slug
from saas.reference.today import london_today
from tenants.subscribers.models import Subscriber

K5_STARTS = ("earlier", "family", "adviser")


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
    letters = prefix.strip().upper()
    if not (len(letters) == 3 and letters.isascii() and letters.isalpha()):
        raise click.UsageError("A prefix is three letters, such as TRA.")
    with scoped(Scope.public()) as session:
        found = authority_by_slug(session, slug)
        authority = (found.display_name, found.dfe_number) if found else None
    if authority is None:
        raise click.UsageError(
            f"There is no authority called {slug!r}. Names are as in the DfE's register, in small"
            " letters with hyphens, such as tower-hamlets; `reference load` puts them in."
        )
    name, dfe_number = authority
    with scoped(Scope.all_cases(None)) as session:
        rows = session.execute(sa.select(Subscriber.slug, Subscriber.reference_prefix))
        known = {row[0]: row[1] for row in rows}
    if slug in known:
        raise click.ClickException(f"{name} subscribes already.")
    taken = next((other for other, its in known.items() if its == letters), None)
    if taken is not None:
        raise click.ClickException(f"{letters} is the prefix of {taken}: choose another.")
    tenant_id = new_id()
    day = begins.date() if begins else london_today()
    with scoped(Scope.provider(tenant_id, None)) as session:
        session.add(
            Subscriber(
                id=tenant_id,
                slug=slug,
                reference_prefix=letters,
                name=name,
                dfe_number=dfe_number,
                subscribed_from=day,
                k5_starts=k5_starts,
            )
        )
    click.echo(f"{name} subscribes from {day:%-d %B %Y}, as {letters}.")
