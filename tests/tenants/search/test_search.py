"""Point 19: any case, open or closed, is found from every page by what is at hand."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.casework.models import SenCase
from tenants.search.asked import read
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")

UPN = "A123456789015"
CHILD = {
    "given_name": "Zoë Marie",
    "family_name": "O’Brien-Quill",
    "date_of_birth": dt.date(2014, 11, 23),
    "upn": UPN,
    "authority_reference": "EHC/77-B",
}


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def officer(app: Flask, tenant: Tenancy) -> PageClient:
    return client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))


def typed(client: PageClient, text: str, door: str = "authority") -> TestResponse:
    """What the search in the header answers."""
    address = f"/{door}/search"
    return client.submit(address, {"search": text}, action=address)


def found(client: PageClient, text: str) -> str:
    """Where the search led: the case that was found, or the page that lists or says none."""
    response = typed(client, text)
    return response.location or response.text


@pytest.mark.parametrize(
    "text",
    [
        "the reference",
        "the reference in small letters",
        "the year and the number",
        "the number",
        "Zoe O'Brien",
        "o'brien zoe",
        "OBRIEN quill marie",
        "O’Brien-Quill, Zoë",
        "23/11/2014",
        "23.11.2014",
        "23 November 2014",
        UPN,
        "a1234 5678 9015",
        "EHC/77-B",
        "ehc/77-b",
    ],
)
def test_a_case_is_found_by_whatever_is_at_hand(
    app: Flask, tenant: Tenancy, officer: PageClient, text: str
) -> None:
    case_id, reference = make_case(app, tenant, **CHILD)
    _, year, number = reference.split("-")
    said = {
        "the reference": reference,
        "the reference in small letters": reference.lower().replace("-", " "),
        "the year and the number": f"{year}-{number}",
        "the number": number.lstrip("0"),
    }.get(text, text)
    assert found(officer, said).endswith(f"/authority/cases/{case_id}"), said


@pytest.mark.parametrize(
    "text", ["Smith", "24/11/2014", "ZZZ-2026-0001", "  ", "%", "'; --", "\u200b"]
)
def test_what_fits_nothing_says_how_to_search(
    app: Flask, tenant: Tenancy, officer: PageClient, text: str
) -> None:
    make_case(app, tenant, **CHILD)
    response = typed(officer, text)
    page = response.text if response.status_code == 200 else officer.get(response.location).text
    assert "No case fits" in page or "Search for a case" in page


def test_a_closed_case_is_found_and_said_to_be_closed(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    case_id, reference = make_case(app, tenant, **CHILD)
    _, other = make_case(app, tenant, **{**CHILD, "given_name": "Yan"})
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.add_fact(session, case_id, FactKind.CLOSED, TODAY, by=actor(), today=TODAY)
    listed = found(officer, "O'Brien")
    assert "Closed on Wednesday 10 June 2026" in listed
    assert listed.index(other) < listed.index(reference), "open ones first"
    assert not re.search("Brien|Quill", listed.split("<main")[1]), "no name in a list"
    response = typed(officer, reference)
    assert f"Case {reference} is closed" in officer.get(response.location).text


def test_nobody_finds_what_they_may_not_see(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    other = make_tenant(app)
    case_id, reference = make_case(app, other, **CHILD)
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    person = make_person(app, role=ProviderRole.MEDIATOR)
    mediator = client_of(app, person)
    for text in (reference, "O'Brien Zoe", "23/11/2014", UPN, "EHC/77-B"):
        assert "No case fits" in typed(officer, text).text
        assert "No case fits" in typed(mediator, text, "provider").text
        where = typed(coordinator, text, "provider")
        assert (where.location or where.text).find(str(case_id)) > 0
    with scoped(Scope.provider(other.id, None)) as session:
        session.get_one(SenCase, (other.id, case_id)).mediator_id = person.id
    assert str(case_id) in (typed(mediator, reference, "provider").location or "")


def test_every_page_of_staff_has_the_search_and_no_address_holds_what_was_typed(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    for client, address, door in (
        (officer, "/authority/to-do", "authority"),
        (client_of(app, make_person(app, role=ProviderRole.MANAGER)), "/manager/", "provider"),
        (client_of(app, make_person(app, role=ProviderRole.MEDIATOR)), "/provider/", "provider"),
    ):
        page = client.get(address).text
        form = re.search(r'<form class="app-search" method="(\w+)" action="([^"]+)"', page)
        assert form and form.groups() == ("post", f"/{door}/search")
    assert "app-search" not in app.test_client().get("/").text
    finance = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert "app-search" not in finance.get("/finance/").text


def test_digits_are_read_as_all_that_they_may_be() -> None:
    asked = read("tra 2025 0042", today=TODAY)
    assert (asked.prefix, asked.years, asked.number) == ("TRA", (2025,), 42)
    assert read("42", today=TODAY).years[:2] == (2026, 2025)
    assert read("31/2/2014", today=TODAY).born is None
    assert read("1/1/2030", today=TODAY).born is None, "nobody is born ahead"
    assert read("Ng", today=TODAY).words == ("ng",)
