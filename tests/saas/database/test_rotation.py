"""Issue 13: the key of the seal is changed without a stop: two are valid at a time."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.app import create_app
from saas.config import Settings
from saas.database import migrate
from saas.database.connections import owner_connection
from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework.models import SenCase
from tests.conftest import close_connections
from tests.factories import make_case, make_tenant

OLD, NEW = "o" * 40, "n" * 40


def release(settings: Settings) -> None:
    """What the release step does with the key."""
    with owner_connection(settings) as connection:
        migrate.install_seal_key(connection, settings)


def sees(settings: Settings, tenant: Tenancy) -> int:
    """How many of the tenant's cases a process with these settings sees."""
    app = create_app(settings, TESTING=True)
    try:
        with app.app_context(), scoped(Scope.authority(tenant.id, None)) as session:
            return session.scalar(sa.select(sa.func.count()).select_from(SenCase)) or 0
    finally:
        close_connections(app)


def test_processes_of_both_keys_work_while_it_is_changed(fresh_app: Flask) -> None:
    def with_keys(key: str, before: str = "") -> Settings:
        keys: dict[str, Any] = {
            "scope_key": type(settings.scope_key)(key),
            "scope_key_before": type(settings.scope_key)(before),
        }
        return Settings(**{**settings.model_dump(), **keys})

    settings = fresh_app.extensions["settings"]
    tenant = make_tenant(fresh_app)
    make_case(fresh_app, tenant)
    old, both, new = with_keys(OLD), with_keys(NEW, OLD), with_keys(NEW)

    release(old)
    assert sees(old, tenant) == 1 and sees(new, tenant) == 0
    release(both)
    assert sees(old, tenant) == 1, "who was started before goes on"
    assert sees(both, tenant) == 1
    release(new)
    assert sees(new, tenant) == 1
    assert sees(old, tenant) == 0, "the old key opens nothing any more"


@pytest.mark.parametrize("before", ["short", NEW])
def test_the_key_before_must_be_another_and_long(before: str, fresh_app: Flask) -> None:
    settings = fresh_app.extensions["settings"].model_dump()
    wanted = {
        **settings, "environment": "production", "scope_key": NEW, "scope_key_before": before,
    }  # fmt: skip
    with pytest.raises(ValueError, match="SCOPE_KEY_BEFORE must be another key"):
        Settings(**wanted)
