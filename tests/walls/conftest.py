"""A database of their own for the tests of the walls: its rows are made to be found.

One a module: what a walk posts must not be missed by another module.
"""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
import sqlalchemy as sa

from saas.app import create_app
from saas.database.base import db
from saas.database.embedded import ServerAddress
from tests.conftest import NewDatabase
from tests.factories import NOW
from tests.page_client import PageClient
from tests.walls.places import World, make_world


@pytest.fixture(scope="module", name="whole_world")
def filled_database(new_database: NewDatabase, server: ServerAddress) -> Iterator[World]:
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        app.test_client_class = PageClient
        name = sa.make_url(settings.database_url.get_secret_value()).database
        assert name is not None
        with app.app_context(), psycopg.connect(server.url(name)) as admin:
            world = make_world(app, admin)
        yield world
        with app.app_context():
            for engine in db.engines.values():
                engine.dispose()


@pytest.fixture
def world(whole_world: World, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Two authorities and everyone, on a day that stands still."""
    monkeypatch.setattr("saas.web.today.clock", lambda: NOW)
    with whole_world.app.app_context():
        yield whole_world
