"""The commands of `flask --app saas.app`."""

from __future__ import annotations

import click
from flask import Flask

from billing.cli import billing_group, onboard
from saas.audit.cli import audit_group
from saas.database.cli import database_group
from saas.database.faults import explaining
from saas.demo.cli import demo_group
from saas.identity.cli import people_group
from saas.operations.cli import operations_group
from saas.queue import jobs_group
from saas.reference.cli import reference
from tenants.front_door.cli import postcode
from tenants.imports.cli import cases_group
from tenants.law.cli import clocks_command
from tenants.notices.cli import messages_group
from tenants.statistics.cli import statistics_group
from tenants.subscribers.cli import subscribers_group
from tenants.tenure.cli import export, verify_export

COMMANDS: tuple[click.Command, ...] = tuple(
    explaining(command)
    for command in (
        audit_group,
        billing_group,
        database_group,
        jobs_group,
        cases_group,
        clocks_command,
        demo_group,
        messages_group,
        operations_group,
        people_group,
        reference,
        statistics_group,
        subscribers_group,
    )
)


def register(app: Flask) -> None:
    reference.add_command(postcode)
    subscribers_group.add_command(onboard)
    subscribers_group.add_command(export)
    subscribers_group.add_command(verify_export)
    for command in COMMANDS:
        app.cli.add_command(command)
