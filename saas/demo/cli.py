"""`flask --app saas.app demo ...`: the demonstration."""

from __future__ import annotations

import datetime as dt

import click
from flask import current_app
from flask.cli import with_appcontext

from saas.demo.load import Seeded, last_whole_day, seed_demo
from saas.demo.parts import DemoRefusedError
from saas.demo.scale import MOST_CASES, seed_scale
from saas.reference.progress import progress_bar


@click.group("demo")
def demo_group() -> None:
    """Invented authorities, people and cases, to try the service with."""


@demo_group.command("seed")
@click.option(
    "--today",
    type=click.DateTime(["%Y-%m-%d"]),
    help="the last day on which anything has happened, such as 2026-06-10; yesterday if not given",
)
@click.option(
    "--scale",
    type=click.IntRange(1, MOST_CASES),
    help="instead, add so many cases over all authorities and ten years, to measure with",
)
@with_appcontext
def seed(today: dt.datetime | None, scale: int | None) -> None:
    """Make the demonstration, as far as it is not there; the same for the same day."""
    day = today.date() if today else last_whole_day()
    try:
        with progress_bar() as progress:
            if scale is not None:
                many = seed_scale(current_app.extensions["settings"], scale, day, progress)
                click.echo(f"{many:,} cases added.")
                return
            seeded = seed_demo(current_app.extensions["settings"], day, progress)
    except DemoRefusedError as refused:
        raise click.ClickException(str(refused)) from None
    for line in said(seeded):
        click.echo(line)


def said(seeded: Seeded) -> list[str]:
    """What a seeding did, in sentences."""
    if not seeded.changed:
        return [f"The demonstration is there already ({seeded.present} authorities): no change."]
    lines = [
        f"{seeded.added} authorities with {seeded.cases:,} cases added,"
        f" {seeded.present} were there already;"
        f" {seeded.people} people and {seeded.accounts} contracts added."
    ]
    if seeded.invented:
        lines.append(
            "Mediations held and followed by appeal are the DfE's, but for these,"
            " which published none and have a plausible caseload instead:"
        )
        lines += [
            f"  {slug}: {', '.join(map(str, years))}"
            for slug, years in sorted(seeded.invented.items())
        ]
    return lines
