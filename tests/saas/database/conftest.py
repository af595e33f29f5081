"""Two tenants with a case each, and connections that none of our code has touched."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from flask import Flask

from saas.config import Settings
from saas.database.connections import login_name, plain_url, role_url
from saas.database.scope import (
    LoginRole,
    Scope,
    seal,
)
from tests.factories import make_case, make_tenant
from tests.saas.database.attack import Connect, Place


@pytest.fixture(name="places", scope="module")
def two_places(shared_app: Flask) -> tuple[Place, Place]:
    def make() -> Place:
        tenant = make_tenant(shared_app)
        return Place(tenant, *make_case(shared_app, tenant))

    with shared_app.app_context():
        return make(), make()


@pytest.fixture(name="connect")
def plain_connections(settings: Settings) -> Iterator[Connect]:
    """Connections as psql makes them, without any of our code."""
    opened: list[psycopg.Connection] = []

    def connect(role: LoginRole) -> psycopg.Connection:
        opened.append(psycopg.connect(plain_url(role_url(settings, role)), autocommit=True))
        return opened[-1]

    yield connect
    for connection in opened:
        connection.close()


@pytest.fixture(name="token")
def sealer(settings: Settings) -> Callable[..., str]:
    def make(role: LoginRole, tenant: uuid.UUID | None = None, **changed: Any) -> str:
        values = {
            "key": settings.scope_secret,
            "login": login_name(settings, role),
            "now": time.time(),
        }
        return seal(Scope(role, tenant, None), **{**values, **changed})

    return make
