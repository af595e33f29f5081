"""A suspended authority's people see every page, and on none a way to change something."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import pytest
from werkzeug.exceptions import HTTPException

from saas.identity.signed_in import ACTS_ALONE
from saas.service import find_signed_in
from saas.web.access import Access
from saas.web.frame import Door
from tests.factories import TODAY, client_of
from tests.page_client import PageClient
from tests.tenants.tenure.making import suspend
from tests.walls.places import World
from tests.walls.walk import access_of, addresses, routes

# What is sent there changes nothing of the authority's: one's own account, the search, signing out.
OWN = ("/account", "/sign-out")


def pages_of(world: World) -> Iterator[str]:
    for rule in routes(world.app):
        access = access_of(world.app, rule)
        if access.door is Door.AUTHORITY and "GET" in (rule.methods or ()):
            yield from addresses(rule, world.here)


def access_at(world: World, address: str, method: str) -> Access | None:
    """What the page at an address declares; None where there is none that takes this."""
    try:
        endpoint, _ = world.app.url_map.bind("").match(urlsplit(address).path, method=method)
    except HTTPException:
        return None
    found: dict[str, Access] = world.app.extensions["access"]
    return found.get(endpoint)


def is_act(world: World, address: str) -> bool:
    """Whether the page at an address is there to act alone."""
    access = access_at(world, address, "POST")
    return (
        access is not None and access.door is Door.AUTHORITY and access.permission in ACTS_ALONE
        and not access.when_reading
    )  # fmt: skip


def faults_of(world: World, client: PageClient, path: str) -> Iterator[str]:
    page = client.page
    for form in page.all("form"):
        action = form.get("action") or path
        if form.get("method").lower() != "post" or action.startswith(OWN):
            continue
        access = access_at(world, action, "POST")
        if access is None or not access.when_reading:
            yield f"{path} has a form that is sent to {action}"
    for link in page.all("a"):
        if is_act(world, link.get("href")):
            yield f"{path} leads to {link.get('href')} by {link.text!r}"
    if "is suspended since" not in page.text or "Ask " not in page.text:
        yield f"{path} does not say that its people read only, and whom to ask"
    if "because invoices are not paid" not in page.text:
        yield f"{path} does not say why"


@pytest.mark.parametrize("role", ["officer", "manager", "finance", "auditor"])
def test_no_page_of_a_suspended_authority_offers_a_change(world: World, role: str) -> None:
    tenancy, person = world.here.tenancy, world.here.people.get(role)
    assert person is not None
    suspend(tenancy, TODAY)
    client, seen, wrong = client_of(world.app, person), 0, []
    found = find_signed_in(person.id)
    assert found is not None and found.reads_only
    for path in pages_of(world):
        access = access_at(world, path, "GET")
        assert access is not None
        if not found.holds(access.permission):
            continue
        answer = client.get(path)
        if answer.mimetype != "text/html" or answer.status_code == 302:
            continue
        refused = is_act(world, path)
        assert answer.status_code in ((403,) if refused else (200, 404)), path
        if answer.status_code != 404:
            wrong += list(faults_of(world, client, path))
        seen += 1
    assert not wrong, "\n".join(sorted(set(wrong)))
    assert seen > (20 if role in ("officer", "manager") else 3)
