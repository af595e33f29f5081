"""The postcode check, of all the postcodes of England: the look-up itself, and its page."""

from __future__ import annotations

import random
from collections.abc import Iterator

import sqlalchemy as sa
from flask import Flask

from bench.asking import median
from saas.config import Settings
from saas.database.connections import owner_connection
from saas.database.scope import Scope, scoped
from saas.reference.load import load_reference
from saas.reference.models import Postcode
from saas.reference.progress import silent
from saas.reference.today import london_today
from tenants.front_door.postcode_check import check_postcode

TIMES = 500
# What the look-up may take, in seconds (the page is another matter).
PROMISED = 0.005


def measured(app: Flask) -> Iterator[str]:
    """Loads the postcodes where they are not there yet."""
    settings: Settings = app.extensions["settings"]
    with owner_connection(settings) as connection:
        load_reference(connection, silent)
    with app.app_context(), scoped(Scope.public()) as session:
        postcodes = list(
            session.scalars(
                sa.select(Postcode.postcode).order_by(sa.func.md5(Postcode.postcode)).limit(TIMES)
            )
        )
    chance = random.Random(14)

    def look_up() -> None:
        with scoped(Scope.public()) as session:
            check_postcode(session, chance.choice(postcodes), today=london_today())

    with app.app_context():
        taken = median(look_up, TIMES)
    words = "under" if taken < PROMISED else "NOT under"
    yield (
        f"the look-up in the application: {taken * 1000:.1f} ms at the median,"
        f" {words} {PROMISED * 1000:.0f} ms"
    )
    app.config["WTF_CSRF_ENABLED"] = False
    client = app.test_client()

    def page() -> None:
        status = client.post("/check-postcode", data={"postcode": chance.choice(postcodes)})
        if status.status_code != 200:
            raise RuntimeError(f"/check-postcode answered {status.status_code}")

    yield f"the whole page, counted: {median(page, TIMES) * 1000:.1f} ms"
