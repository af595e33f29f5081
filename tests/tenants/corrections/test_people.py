"""Point 14: a second parent takes part with a link and an address of their own."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.access_links.family_links import family_of, make_link
from tenants.casework.models import CaseParty
from tests.factories import actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")

FATHER = {
    "side": "family",
    "name": "Sam Other",
    "relation": "Father",
    "responsible": "y",
    "email": "sam@other-home.example",
    "telephone": "07700 900123",
}


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def coordinator(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.COORDINATOR))


def people(tenant: Tenancy, case_id: uuid.UUID) -> list[tuple[str, str]]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(CaseParty.name, CaseParty.relation)
            .where(CaseParty.case_id == case_id)
            .order_by(CaseParty.id)
        )
        return [(name, relation) for name, relation in rows]


def test_a_second_parent_has_a_link_of_their_own_and_addresses_stay_apart(
    app: Flask, tenant: Tenancy, coordinator: PageClient
) -> None:
    case_id, _ = make_case(app, tenant)
    case = f"/provider/{tenant.slug}/cases/{case_id}"
    assert coordinator.submit(f"{case}/people/new", FATHER).status_code == 302
    assert people(tenant, case_id)[1] == ("Sam Other", "Father, with parental responsibility")
    with scoped(Scope.provider(tenant.id, None)) as session:
        parents = family_of(session, case_id)
        pages = [
            f"/family/{make_link(session, case_id, party, by=actor()).token}/"
            for party, _ in parents
        ]
    assert len(pages) == 2
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    shown = [PageClient(app).get(page).text for page in pages]
    shown.append(officer.get(f"/authority/cases/{case_id}").text)
    for text in shown:
        assert "Sam Other" in text and "Jo Example" in text
        for secret in ("sam@other-home.example", "900123", "jo@family.example", "900000"):
            assert secret not in text, "how to reach one parent is not the other's to read"
    assert "sam@other-home.example" in coordinator.get(case).text


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"name": "JO  EXAMPLE"}, "Somebody of this name takes part already"),
        ({"name": ""}, "Enter the name"),
        ({"side": ""}, "Choose on whose side"),
        ({"email": "sam at home"}, "name@example"),
    ],
)
def test_who_cannot_be_added_is_said_at_the_field(
    app: Flask,
    tenant: Tenancy,
    coordinator: PageClient,
    changed: dict[str, str],
    says: str,
) -> None:
    case_id, _ = make_case(app, tenant)
    form = f"/provider/{tenant.slug}/cases/{case_id}/people/new"
    answer = coordinator.submit(form, {**FATHER, **changed})
    assert answer.status_code == 422
    assert says in answer.text
    assert len(people(tenant, case_id)) == 1
