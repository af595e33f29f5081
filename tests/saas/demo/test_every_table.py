"""The demonstration shows every feature: no table of the service stays empty."""

from __future__ import annotations

import datetime as dt

from saas.app import create_app
from saas.database.base import db
from saas.database.embedded import ServerAddress
from saas.demo.authorities import DEMO_AUTHORITIES
from saas.demo.load import seed_demo
from saas.demo.people import EXAMPLE
from saas.reference.progress import silent
from tests.conftest import NewDatabase
from tests.saas.demo.rows import everything

# Late enough in a financial year for invoices of it to be paid.
TODAY = dt.date(2026, 11, 20)
# What is written when somebody signs in, looks, or is heard from outside, and by the worker when it
# runs; and the postcodes, which tests go without.
NOT_SHOWN = {
    "sign_in_attempt",
    "audit_link",
    "platform_audit_link",
    "row_change_link",
    "web_session",
    "external_identity",
    "passkey",
    "recovery_code",
    "kept_entry",
    # What somebody types and has not sent yet.
    "referral_draft",
    "tray_visit",
    "platform_audit_entry",
    "said_fact",
    "stripe_event",
    "stripe_object",
    "api_use",
    "link_request",
    # Wrong dates of birth at a family's link.
    "family_check",
    "postcode",
    "former_gss_successor",
    "task_run",
    "job_failure",
    "backup_run",
    "service_gauge",
    # How far a person's writes reach, where there is a replica.
    "last_write",
    # Of other authorities than the example (tests/saas/demo/test_tenure.py).
    *("authority_suspension", "authority_leaving", "authority_export"),
    # No authority of the demonstration has come to its end, or is merged.
    *("authority_successor", "authority_deletion"),
}


def test_the_demonstration_shows_something_of_every_table(
    new_database: NewDatabase, server: ServerAddress
) -> None:
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        with app.app_context():
            seed_demo(settings, TODAY, silent, slugs={EXAMPLE: DEMO_AUTHORITIES[EXAMPLE]})
            for engine in db.engines.values():
                engine.dispose()
        empty = {name for name, rows in everything(server, settings).items() if not rows}
    assert " ".join(sorted(empty - NOT_SHOWN)) == ""
