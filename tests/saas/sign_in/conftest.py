"""People who sign in by their password, as in a browser."""

from __future__ import annotations

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tests.factories import PASSWORD, Someone, make_person, make_tenant
from tests.page_client import PageClient


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def officer(app: Flask, tenant: Tenancy) -> Someone:
    return make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)


def browser(app: Flask, source: str = "192.0.2.1") -> PageClient:
    """One that nobody has signed in by."""
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.environ_base = {**client.environ_base, "REMOTE_ADDR": source}
    return client


def sign_in(client: PageClient, someone: Someone, password: str = PASSWORD) -> TestResponse:
    return client.submit("/sign-in", {"email": someone.email, "password": password})
