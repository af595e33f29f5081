"""Point 21: who of a team looks after a case: seen, filtered by, and given many at once."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.models import SenCase
from tenants.worktrays.models import CaseOfficer
from tests.factories import Someone, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def officer(app: Flask, tenant: Tenancy) -> Someone:
    return make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)


@pytest.fixture
def client(app: Flask, officer: Someone) -> PageClient:
    return client_of(app, officer)


def send(client: PageClient, door: str, ids: list[uuid.UUID], person: object) -> str:
    client.get(f"/{door}/")
    token = next(
        one.get("value") for one in client.page.all("input") if one.get("name") == "csrf_token"
    )
    answer = client.post(
        f"/{door}/assignments",
        data={"case": [str(one) for one in ids], "assignee": str(person), "csrf_token": token},
    )
    assert answer.status_code == 302
    return client.get(answer.location).text


def officers(tenant: Tenancy) -> dict[uuid.UUID, uuid.UUID]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(sa.select(CaseOfficer.case_id, CaseOfficer.officer_id))
        return {case_id: officer_id for case_id, officer_id in rows}  # noqa: C416


def test_an_authority_gives_many_cases_to_one_of_its_team_and_sees_whose_they_are(
    app: Flask, tenant: Tenancy, officer: Someone, client: PageClient
) -> None:
    (one, first), (two, second), (_, third) = (make_case(app, tenant) for _ in range(3))
    page = send(client, "authority", [one, two], officer.id)
    assert "2 cases are assigned to " in page
    mine = client.get(f"/authority/?person={officer.id}").text
    assert first in mine and second in mine and third not in mine
    nobodys = client.get("/authority/?person=nobody").text
    assert third in nobodys and first not in nobodys
    todo = client.get(f"/authority/to-do?person={uuid.uuid4()}").text
    assert "Nothing fits" in todo
    assert "1 case is assigned to nobody" in send(client, "authority", [two], "nobody")
    assert officers(tenant) == {one: officer.id}


@pytest.mark.parametrize(
    ("ids", "who", "says"),
    [
        ([], "own", "Tick the cases"),
        (["case"], "", "Choose who of your team"),
        (["case"], "stranger", "Choose who of your team"),
        (["case"], "not an id", "Choose who of your team"),
    ],
)
def test_what_cannot_be_assigned_says_so(
    app: Flask,
    tenant: Tenancy,
    officer: Someone,
    client: PageClient,
    ids: list[str],
    who: str,
    says: str,
) -> None:
    case_id, _ = make_case(app, tenant)
    stranger = make_person(app, tenant=make_tenant(app), role=AuthorityRole.OFFICER)
    person = {"own": officer.id, "stranger": stranger.id}.get(who, who)
    assert says in send(client, "authority", [case_id] if ids else [], person)
    assert officers(tenant) == {}


def test_no_authority_assigns_anothers_case(
    app: Flask, tenant: Tenancy, officer: Someone, client: PageClient
) -> None:
    make_case(app, tenant)
    other = make_tenant(app)
    case_id, _ = make_case(app, other)
    assert "0 cases are assigned" in send(client, "authority", [case_id], officer.id)
    assert officers(other) == {}


def test_the_provider_gives_cases_of_several_authorities_to_one_coordinator(
    app: Flask, tenant: Tenancy
) -> None:
    other = make_tenant(app)
    ids = [make_case(app, place)[0] for place in (tenant, other)]
    someone = make_person(app, role=ProviderRole.COORDINATOR)
    client = client_of(app, someone)
    assert "2 cases are assigned." in send(client, "provider", ids, someone.id)
    for place in (tenant, other):
        with scoped(Scope.provider(place.id, None)) as session:
            assert session.scalars(sa.select(SenCase.coordinator_id)).one() == someone.id
    assert "Choose who looks after them" in send(client, "provider", ids, "")
