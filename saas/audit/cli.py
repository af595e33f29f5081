"""`flask --app saas.app audit ...`: whether the trail is as it was written."""

from __future__ import annotations

import datetime as dt

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from saas.audit.chain import Checked, check
from saas.audit.change_chain import check_changes
from saas.audit.models import AuditLink, RowChangeLink
from saas.database.scope import Scope, scoped

OUTSIDE = "outside any authority"


@click.group("audit")
def audit_group() -> None:
    """The trail of who did, saw and took away what."""


@audit_group.command("verify")
@click.option("--authority", "slug", help="One authority alone, such as trafford.")
@with_appcontext
def verify(slug: str | None) -> None:
    """Check each chain of entries, and print the hash that it ends in.

    There are two for each authority, over what people did and over what changed in its rows, and
    one of what is done outside any. Ends with 1 and says
    where, if an entry was changed or taken out.
    """
    with scoped(Scope.all_cases(None)) as session:
        linked = sa.union(sa.select(AuditLink.tenant_id), sa.select(RowChangeLink.tenant_id))
        tenants = list(session.scalars(linked))
    name_of = current_app.extensions["tenancy_of_id"]
    chains = sorted(
        ((name_of(tenant).slug, Scope.worker(tenant)) for tenant in tenants), key=lambda one: one[0]
    )
    if slug is not None:
        chains = [one for one in chains if one[0] == slug]
        if not chains:
            raise click.UsageError(f"No authority called {slug!r} has a trail.")
    else:
        chains.append((OUTSIDE, Scope.identity()))
    faulty = 0
    for name, scope in chains:
        with scoped(scope) as session:
            found = check(session)
        click.echo(f"{name}: {found.links} entries, ends in {found.head}")
        if found.removed is not None:
            click.echo(
                f"  {found.removed.number} of them, of before {found.removed.before:%Y-%m-%d},"
                f" were removed as old on {found.removed.at:%Y-%m-%d}"
            )
        faulty += _said(found)
        if scope.tenant is not None:
            with scoped(scope) as session:
                found = check_changes(session, now=dt.datetime.now(dt.UTC))
            click.echo(f"{name}: {found.links} changes of rows, ends in {found.head}")
            faulty += _said(found)
    if faulty:
        raise click.ClickException(f"{faulty} places where the trail is not as it was written.")


def _said(found: Checked) -> int:
    for fault in found.faults:
        click.echo(f"  link {fault.number}: {fault.what} ({fault.entry_id or 'no entry'})")
    return len(found.faults)
