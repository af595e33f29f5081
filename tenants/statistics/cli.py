"""`flask --app saas.app statistics ...`."""

from __future__ import annotations

import json
from typing import Any

import click
from flask.cli import with_appcontext

from saas.database.scope import Scope, scoped
from saas.reference.progress import progress_bar
from saas.web.today import now, today
from tenants.statistics.measures.actions import count_all_anew
from tenants.statistics.measures.definitions import COUNTERS, MEDIAN_DAYS, SHARES
from tenants.statistics.measures.figures import NOTHING, as_json, definitions, figures_of_all
from tenants.statistics.measures.periods import (
    FIRST_YEAR,
    UnknownPeriod,
    calendar_year,
    period,
    quarter_of,
)
from tenants.statistics.measures.verify import differences
from tenants.statistics.packs.runs import make_every_draft
from tenants.subscribers.queries import all_tenancies

ALL = "all"
SHOWN_DIFFERENCES = 20


@click.group("statistics")
def statistics_group() -> None:
    """The numbers: mediations held, agreements, appeals, and whether they add up."""


@statistics_group.command("show")
@click.option("--authority", required=True, help="The authority's slug, such as trafford, or all.")
@click.option("--year", required=True, type=int, help="A calendar year, such as 2024.")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="text for people, json for programs",
)
@with_appcontext
def show(authority: str, year: int, form: str) -> None:
    """Print an authority's measures of a calendar year."""
    this_day = today()
    if not FIRST_YEAR <= year <= this_day.year:
        raise click.UsageError(
            f"There are no figures for {year}: ask for a year from {FIRST_YEAR} to {this_day.year}."
        )
    with scoped(Scope.all_cases(None)) as session:
        tenancies = all_tenancies(session)
        chosen = [t for t in tenancies if authority in (ALL, t.slug)]
        if not chosen and authority != ALL:
            raise click.UsageError(
                f"No authority called {authority!r} subscribes. The name is the one in addresses, "
                "such as trafford; `all` gives every one."
            )
        figures = figures_of_all(session, calendar_year(year), today=this_day)
        shown = [
            as_json(figures.get(t.id, NOTHING), authority=t.slug, year=year)
            | {"definitions": definitions()}
            for t in chosen
        ]
        names = {t.slug: t.name for t in chosen}
    if form == "json":
        click.echo(
            json.dumps(shown if authority == ALL else shown[0], ensure_ascii=False, indent=2)
        )
        return
    for one in shown:
        click.echo(_as_text(names[one["authority"]], one))


def _as_text(name: str, shown: dict[str, Any]) -> str:
    lines = [f"{name}, {shown['year']}"]
    lines += [f"  {c.name}: {shown[c.key]:,}" for c in COUNTERS]
    for share in SHARES:
        part = shown[share.key]
        words = "none yet"
        if part is not None:
            words = f"{part['value']:.0%} ({part['numerator']:,} of {part['denominator']:,})"
        lines.append(f"  {share.name}: {words}")
    days = shown[MEDIAN_DAYS.key]
    lines.append(f"  {MEDIAN_DAYS.name}: {'none yet' if days is None else f'{days:g}'}")
    return "\n".join(lines) + "\n"


@statistics_group.command("verify")
@click.option("--authority", default=ALL, help="One authority's slug; all of them when left out.")
@with_appcontext
def verify(authority: str) -> None:
    """Prove that the summary tables equal a count from the facts."""
    with scoped(Scope.all_cases(None)) as session:
        chosen = [t for t in all_tenancies(session) if authority in (ALL, t.slug)]
    if not chosen:
        raise click.UsageError(f"No authority called {authority!r} subscribes.")
    wrong = 0
    for tenancy in chosen:
        # A transaction each, so that what is compared is one moment of one authority.
        with scoped(Scope.all_cases(None)) as session:
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
            found = differences(session, tenancy.id)
        wrong += len(found)
        for line in found[:SHOWN_DIFFERENCES]:
            click.echo(f"{tenancy.slug}: {line}")
        if len(found) > SHOWN_DIFFERENCES:
            click.echo(f"{tenancy.slug}: and {len(found) - SHOWN_DIFFERENCES:,} more")
    if wrong:
        raise click.ClickException(
            f"{wrong:,} differences between the summary and the facts. "
            "`statistics keep` counts the summary anew."
        )
    click.echo(f"The summary equals the facts for {len(chosen):,} authorities.")


@statistics_group.command("keep")
@with_appcontext
def keep() -> None:
    """Count the summary tables anew from the cases of every authority.

    Part of every release: an earlier one may have kept something otherwise.
    """
    with scoped(Scope.all_cases(None)) as session:
        tenancies = all_tenancies(session)
    with progress_bar() as progress:
        count_all_anew(tenancies, progress)
    click.echo(f"Counted anew for {len(tenancies):,} authorities.")


@statistics_group.command("packs")
@click.option("--period", "code", help="Such as 2026-q1; the quarter that ended last if left out.")
@with_appcontext
def make_packs(code: str | None) -> None:
    """Make the draft of every authority's report pack. Released packs stay as they are."""
    try:
        of = period(code) if code else quarter_of(today()).before
    except UnknownPeriod as unknown:
        raise click.UsageError(str(unknown)) from None
    made, stayed = make_every_draft(of, at=now())
    click.echo(f"{made:,} drafts made for {of.name}; {stayed:,} packs were released already.")
