"""`flask --app saas.app billing ...`."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Sequence

import click
from flask import current_app
from flask.cli import with_appcontext

from billing.account_pages.joining import join_with_all
from billing.checking import faults_of_accounts, unbilled
from billing.contracts.actions import NewContract
from billing.contracts.pricing import Terms
from billing.contracts.queries import subscribers_on
from billing.periods import Period, PeriodRefused, parse_period, refuse_far_ahead
from billing.runs.actions import RunEntry, run_period
from billing.runs.working import do_runs
from billing.stripe.gateway import Gateway, StripeLater
from billing.stripe.reconciling import reconcile
from billing.supplier import Supplier
from billing.work import do_tasks
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from saas.reference.progress import progress_bar
from saas.reference.written import NotReadable, read_email
from saas.web.money import pounds
from saas.web.today import now, today
from tenants.subscribers.refused import StandingRefused


class PeriodType(click.ParamType[Period]):
    name = "period"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> Period:
        try:
            return value if isinstance(value, Period) else parse_period(str(value))
        except PeriodRefused as refused:
            self.fail(str(refused), param, ctx)


def tenancies_named(slug: str | None) -> list[Tenancy]:
    """The authority of this name, or every one that subscribes today."""
    if slug is not None:
        found = current_app.extensions["find_tenancy"](slug)
        if found is None:
            raise click.UsageError(f"No authority called {slug!r} subscribes.")
        return [found]
    with scoped(Scope.all_accounts(None)) as session:
        return [
            Tenancy(id=row.id, slug=row.slug, name=row.name)
            for row in subscribers_on(session, today())
        ]


FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text")
AUTHORITY = click.option("--authority", "slug", help="Only this one, such as trafford.")


@click.group("billing")
def billing_group() -> None:
    """Contracts, invoices and what is owed."""


@billing_group.command("run")
@click.option(
    "--period",
    type=PeriodType(),
    required=True,
    help="2026-27-Q1, or first and last day: 2026-04-01/2026-06-30.",
)
@AUTHORITY
@click.option("--dry-run", is_flag=True, help="Say what would be drafted; keep nothing.")
@click.option(
    "--issue",
    "issue_ready",
    is_flag=True,
    help="Issue what has no exception and was approved on the page as it stands.",
)
@FORMAT
@with_appcontext
def run(period: Period, slug: str | None, dry_run: bool, issue_ready: bool, form: str) -> None:
    """Draft the invoices of a period for all authorities, exceptions first.

    Run it as often as you like, also after it was interrupted: a period is billed once.
    """
    try:
        refuse_far_ahead(period, today())
    except PeriodRefused as refused:
        raise click.UsageError(str(refused)) from None
    with progress_bar() as progress:
        entries = run_period(
            period,
            tenancies_named(slug),
            Supplier.of(current_app.extensions["settings"]),
            today=today(),
            at=now(),
            dry_run=dry_run,
            issue_ready=issue_ready,
            approved_alone=True,
            progress=progress,
        )
    if form == "json":
        told = {
            "period": {"name": period.name, "from": str(period.first), "to": str(period.last)},
            "dry_run": dry_run,
            "invoices": [entry.as_json() for entry in entries],
            "totals": _totals(entries),
        }
        click.echo(json.dumps(told, indent=2))
        return
    for entry in entries:
        click.echo(_line(entry))
    totals = _totals(entries)
    click.echo(
        f"{period.name}: {totals['drafted']} drafted, {totals['issued']} issued, "
        f"{totals['exceptions']} with exceptions; {pounds(int(totals['net_pence']))} without VAT."
        + (" Nothing was kept." if dry_run else "")
    )


def _totals(entries: Sequence[RunEntry]) -> dict[str, int]:
    return {
        "drafted": sum(e.outcome == "drafted" for e in entries),
        "issued": sum(e.outcome == "issued" for e in entries),
        "nothing": sum(e.outcome == "nothing" for e in entries),
        "exceptions": sum(bool(e.exceptions) for e in entries),
        "net_pence": sum(e.net_pence for e in entries),
        "vat_pence": sum(e.vat_pence for e in entries),
        "gross_pence": sum(e.gross_pence for e in entries),
    }


def _line(entry: RunEntry) -> str:
    what = entry.number or entry.outcome.replace("_", " ")
    text = f"{entry.authority:<28} {what:<18} {pounds(entry.net_pence):>14}"
    for told in (*entry.exceptions, *entry.warnings):
        text += f"\n{'':<30}! {told}"
    return text


@billing_group.command("check")
@FORMAT
@with_appcontext
def check(form: str) -> None:
    """Prove the accounts: no hole in a series, sums that add up, nothing billed twice or missed."""
    with scoped(Scope.all_accounts(None)) as session:
        faults = faults_of_accounts(session)
    faults += unbilled(today())
    if form == "json":
        click.echo(json.dumps({"faults": faults}, indent=2))
    else:
        for fault in faults:
            click.echo(fault)
        if not faults:
            click.echo("The accounts are in order.")
    if faults:
        raise SystemExit(1)


@billing_group.command("work")
@with_appcontext
def work() -> None:
    """Do at once the runs that were asked for, what waits to be sent, and what Stripe is told."""
    supplier = Supplier.of(current_app.extensions["settings"])
    for what, times in sorted(do_runs(supplier, today=today(), at=now()).items()):
        click.echo(f"part of a run, {what}: {times}")
    for what, times in sorted(do_tasks(at=now()).items()):
        click.echo(f"{what}: {times}")


@billing_group.command("reconcile")
@AUTHORITY
@click.option("--repair", is_flag=True, help="Put right what can be; report the rest.")
@FORMAT
@with_appcontext
def reconcile_command(slug: str | None, repair: bool, form: str) -> None:
    """Compare our invoices with Stripe's, field by field."""
    gateway = Gateway.of(current_app.extensions["settings"])
    if gateway is None:
        raise click.ClickException("Stripe is not connected: STRIPE_SECRET_KEY is not set.")
    try:
        differences = reconcile(gateway, tenancies_named(slug), repair=repair, at=now())
    except StripeLater as later:
        raise click.ClickException(f"Stripe does not answer ({later}): try again.") from None
    if form == "json":
        click.echo(json.dumps({"differences": [d.as_json() for d in differences]}, indent=2))
        return
    for one in differences:
        done = f" ({one.repaired})" if one.repaired else ""
        about = one.number or one.authority
        click.echo(f"{about} {one.field}: here {one.ours}, there {one.theirs}{done}")
    if not differences:
        click.echo("Both sides agree.")


@click.command("onboard")
@click.argument("slug")
@click.option("--manager", nargs=2, required=True, help="Name and e-mail of its first manager.")
@click.option("--prefix", default="", help="Three letters; free ones of its name if not given.")
@click.option("--from", "begins", type=click.DateTime(["%Y-%m-%d"]), help="Today if not given.")
@click.option("--contract", "reference", default="", help="The reference of its contract.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="The contract's last day.")
@click.option(
    "--fee", type=click.IntRange(min=0), default=0, help="A year, in pounds, without VAT."
)
@with_appcontext
def onboard(
    slug: str,
    manager: tuple[str, str],
    prefix: str,
    begins: dt.datetime | None,
    reference: str,
    until: dt.datetime | None,
    fee: int,
) -> None:
    """Let an authority subscribe in one go: with its contract, at the standard rate of VAT, and the
    invitation of its first manager. Its public page is there from the first day."""
    day, contract = begins.date() if begins else today(), None
    if reference:
        if until is None:
            raise click.UsageError("A contract has a last day: add --until.")
        contract = (
            NewContract(reference=reference, starts_on=day, ends_on=until.date()),
            Terms(effective_from=day, annual_fee_pence=fee * 100, prices={}),
        )
    try:
        joined = join_with_all(
            slug, prefix=prefix, begins=day, k5_starts="earlier",
            manager=(manager[0], read_email(manager[1])), contract=contract, by=None,
            by_name=current_app.extensions["settings"].provider_name, at=now(),
        )  # fmt: skip
    except (StandingRefused, NotReadable) as refused:
        raise click.UsageError(str(refused)) from refused
    name, letters = joined.tenancy.name, joined.letters
    click.echo(f"{name} subscribes from {day:%-d %B %Y}, as {letters}.")
    for one in joined.left:
        click.echo(one, err=True)
    if joined.left:
        raise click.exceptions.Exit(1)
