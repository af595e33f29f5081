"""`flask --app saas.app audit ...`: whether the trail is as it was written."""

from __future__ import annotations

import click
import sqlalchemy as sa
from flask import current_app
from flask.cli import with_appcontext

from saas.audit.chain import check
from saas.audit.models import AuditLink
from saas.database.scope import Scope, scoped


@click.group("audit")
def audit_group() -> None:
    """The trail of who did, saw and took away what."""


@audit_group.command("verify")
@click.option("--authority", "slug", help="One authority alone, such as trafford.")
@with_appcontext
def verify(slug: str | None) -> None:
    """Check each authority's chain of entries, and print the hash that it ends in.

    Ends with 1 and says where, if an entry was changed or taken out.
    """
    with scoped(Scope.all_cases(None)) as session:
        tenants = list(session.scalars(sa.select(AuditLink.tenant_id).distinct()))
    name_of = current_app.extensions["tenancy_of_id"]
    named = sorted(((name_of(tenant), tenant) for tenant in tenants), key=lambda x: x[0].slug)
    if slug is not None:
        named = [(tenancy, tenant) for tenancy, tenant in named if tenancy.slug == slug]
        if not named:
            raise click.UsageError(f"No authority called {slug!r} has a trail.")
    faulty = 0
    for tenancy, tenant in named:
        with scoped(Scope.worker(tenant)) as session:
            found = check(session)
        click.echo(f"{tenancy.slug}: {found.links} entries, ends in {found.head}")
        for fault in found.faults:
            faulty += 1
            click.echo(f"  link {fault.number}: {fault.what} ({fault.entry_id or 'no entry'})")
    if faulty:
        raise click.ClickException(f"{faulty} places where the trail is not as it was written.")
