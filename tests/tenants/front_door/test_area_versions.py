"""Issue 14: the introduction of an area has its versions, and an earlier one is brought back."""

from __future__ import annotations

import pytest
from flask import Flask

from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture(name="tenant")
def subscriber(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture(name="manager")
def signed_in_manager(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.MANAGER))


@pytest.fixture(name="visitor")
def stranger(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def test_an_earlier_introduction_is_looked_at_and_brought_back(
    app: Flask, tenant: Tenancy, manager: PageClient, visitor: PageClient
) -> None:
    page, edit = f"/areas/{tenant.slug}", f"/manager/public-pages/areas/{tenant.slug}"
    listed = manager.get(f"{edit}/versions")
    assert "No version yet" in listed.text
    for words in ("First of {area}", "Second words"):
        chosen = {"services": ["mias"], "hours": "Mondays", "markdown": words, "publish": "y"}
        assert manager.submit(edit, chosen).status_code == 302
    assert f"{edit}/versions" in manager.get(edit).text
    text = manager.get(f"{edit}/versions").text
    assert text.index("Second words") < text.index("First of")
    # The area's own name stands in it, as on its page.
    assert f"First of {tenant.name}" in manager.get(f"{edit}/versions/1").text
    assert manager.submit(f"{edit}/versions/1/restore", {"checked": "change"}).status_code == 302
    assert "Second words" in visitor.get(page).text
    manager.submit(f"{edit}/versions/1/restore", {"checked": "go-on"})
    assert f"First of {tenant.name}" in visitor.get(page).text
    assert "Version 3" in manager.get(f"{edit}/versions/3").text
    # Another area's is as it was.
    other = make_tenant(app)
    assert "First of" not in visitor.get(f"/areas/{other.slug}").text


def test_a_version_that_is_none_and_an_area_that_is_none(
    tenant: Tenancy, manager: PageClient
) -> None:
    edit = f"/manager/public-pages/areas/{tenant.slug}"
    for address in (f"{edit}/versions/9", f"{edit}/versions/9/restore"):
        assert "There is no such version" in manager.get(address, follow_redirects=True).text
    assert manager.get("/manager/public-pages/areas/nowhere/versions").status_code == 404


def test_an_authority_brings_nothing_back(app: Flask, tenant: Tenancy) -> None:
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    client.looks = False
    address = f"/manager/public-pages/areas/{tenant.slug}/versions/1/restore"
    assert client.get(address).status_code == 403
