"""A primary and its replica, once a module."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from saas.app import create_app
from saas.database.base import db
from saas.database.embedded import ServerAddress
from saas.database.scope import (
    READERS,
    LoginRole,
    replica_bind,
)
from tests.conftest import close_connections
from tests.factories import make_tenant
from tests.page_client import PageClient
from tests.saas.operations.own_server import own_server
from tests.saas.operations.replica_pair import Pair
from tests.saas.operations.replica_server import (
    replica_of,
)


@pytest.fixture(name="running", scope="module")
def running_pair(server: ServerAddress, template: str) -> Iterator[Pair]:
    with (
        own_server(server, template) as (_, address, settings),
        replica_of(address) as replica,
    ):
        reading = replica.reading(settings)
        app = create_app(reading, TESTING=True)
        app.test_client_class = PageClient
        with app.app_context():
            made = Pair(app, reading, address, replica, make_tenant(app))
            for role in READERS | {LoginRole.AUTHORITY}:
                sa.event.listen(
                    db.engines[replica_bind(role)],
                    "before_cursor_execute",
                    lambda _c, _cursor, statement, *_: made.asked.append(statement),
                )
        yield made
        close_connections(app)


@pytest.fixture
def pair(running: Pair) -> Iterator[Pair]:
    with running.app.app_context():
        running.app.extensions["replica"] = dataclasses.replace(running.app.extensions["replica"])
        yield running
        if running.replica.embedded.running():
            running.replica.resume()
