"""People who sign in by their password or their work account, as in a browser."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tests.factories import PASSWORD, Someone, make_person, make_tenant
from tests.openid_provider.control import RunningProvider, running_provider
from tests.page_client import PageClient
from tests.saas.sign_in.work_accounts import Council, browser, new_council


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def officer(app: Flask, tenant: Tenancy) -> Someone:
    return make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)


@pytest.fixture(scope="session")
def provider() -> Iterator[RunningProvider]:
    """An OpenID provider in a process of its own."""
    with running_provider() as running:
        yield running


@pytest.fixture
def council(app: Flask, provider: RunningProvider) -> Council:
    """An authority whose people may sign in there."""
    return new_council(app, provider)


def sign_in(client: PageClient, someone: Someone, password: str = PASSWORD) -> TestResponse:
    return client.submit("/sign-in", {"email": someone.email, "password": password})


__all__ = ["browser", "sign_in"]
