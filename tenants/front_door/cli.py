"""`flask --app saas.app reference postcode ...`: the postcode check, on the command line."""

from __future__ import annotations

import json

import click
from flask.cli import with_appcontext

from saas.database.scope import Scope, scoped
from saas.reference.postcodes import look_up
from saas.reference.today import london_today
from tenants.subscribers.queries import served_dfe_numbers


@click.command("postcode")
@click.argument("text")
@click.option(
    "--format",
    "form",
    type=click.Choice(["text", "json"]),
    default="text",
    help="text for people, json for programs",
)
@with_appcontext
def postcode(text: str, form: str) -> None:
    """Say which authority a postcode belongs to, and whether it subscribes today."""
    with scoped(Scope.public()) as session:
        answer = look_up(session, text)
        served = answer.dfe_number in served_dfe_numbers(session, london_today())
    if form == "json":
        click.echo(
            json.dumps(
                {
                    "postcode": answer.postcode,
                    "status": answer.status,
                    "authority": answer.authority,
                    "dfe_number": answer.dfe_number,
                    "served": served,
                },
                ensure_ascii=False,
            )
        )
        return
    click.echo(f"{answer.postcode}: {answer.why}")
    if answer.authority_name:
        subscribes = "subscribes" if served else "does not subscribe"
        click.echo(
            f"{answer.authority_name} (DfE number {answer.dfe_number}) {subscribes} to the service."
        )
