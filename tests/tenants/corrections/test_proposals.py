"""Point 7: what SEN2 says to fix, the authority proposes and the provider takes in."""

from __future__ import annotations

import re
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.upn import check_letter
from tenants.casework.models import Child
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")

GOOD_UPN = check_letter("123456789015") + "123456789015"
BAD_UPN = ("A" if GOOD_UPN[0] != "A" else "B") + GOOD_UPN[1:]
PROPOSED = {"upn": GOOD_UPN, "given_name": "Adah", "reason": "The school census"}


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def officer(app: Flask, tenant: Tenancy) -> PageClient:
    return client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))


@pytest.fixture
def coordinator(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.COORDINATOR))


def the_child(tenant: Tenancy) -> tuple[str | None, str]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = session.execute(sa.select(Child.upn, Child.given_name)).one()
        return row[0], row[1]


def proposal_page(coordinator: PageClient, case: str) -> str:
    found = re.search(r'href="([^"]+/proposals/[^"]+)"', coordinator.get(case).text)
    assert found
    return found[1]


def proposed(
    app: Flask, tenant: Tenancy, officer: PageClient, coordinator: PageClient
) -> tuple[uuid.UUID, str]:
    case_id, _ = make_case(app, tenant)
    answer = officer.submit(f"/authority/cases/{case_id}/child/proposal", PROPOSED)
    assert answer.status_code == 302, answer.text
    return case_id, proposal_page(coordinator, f"/provider/{tenant.slug}/cases/{case_id}")


def test_what_an_authority_proposes_is_taken_in_and_kept_with_its_reason(
    app: Flask, tenant: Tenancy, officer: PageClient, coordinator: PageClient
) -> None:
    case_id, page = proposed(app, tenant, officer, coordinator)
    assert the_child(tenant) == (None, "Ada"), "nothing changes before the answer"
    shown = coordinator.get(page).text
    assert GOOD_UPN in shown and "The school census" in shown
    assert coordinator.submit(page, {"what": "take_in"}).status_code == 302
    assert the_child(tenant) == (GOOD_UPN, "Adah")
    kept = coordinator.get(f"/provider/{tenant.slug}/cases/{case_id}/child").text
    assert "of the authority: The school census" in kept
    assert "Put right" in officer.get(f"/authority/cases/{case_id}/child/proposal").text
    again = coordinator.submit(page, {"what": "take_in"})
    assert again.status_code == 422 and "answered already" in again.text


def test_what_is_left_as_it_is_says_why(
    app: Flask, tenant: Tenancy, officer: PageClient, coordinator: PageClient
) -> None:
    case_id, page = proposed(app, tenant, officer, coordinator)
    assert "Say why it stays" in coordinator.submit(page, {"what": "decline"}).text
    said = {"what": "decline", "why": "The passport says Ada"}
    assert coordinator.submit(page, said).status_code == 302
    assert the_child(tenant) == (None, "Ada")
    own = officer.get(f"/authority/cases/{case_id}/child/proposal").text
    assert "Left as it is" in own and "The passport says Ada" in own


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"upn": "", "given_name": "Ada"}, "Nothing is different"),
        (
            {"upn": ("A" if GOOD_UPN[0] != "A" else "B") + GOOD_UPN[1:]},
            "does not fit the other twelve",
        ),
        ({"reason": ""}, "Say how you know"),
    ],
)
def test_a_wrong_proposal_is_refused_at_its_field(
    app: Flask, tenant: Tenancy, officer: PageClient, changed: dict[str, str], says: str
) -> None:
    case_id, _ = make_case(app, tenant)
    form = f"/authority/cases/{case_id}/child/proposal"
    answer = officer.submit(form, {**PROPOSED, **changed})
    assert answer.status_code == 422
    assert says in answer.text


def test_the_same_is_not_proposed_twice(app: Flask, tenant: Tenancy, officer: PageClient) -> None:
    case_id, _ = make_case(app, tenant)
    form = f"/authority/cases/{case_id}/child/proposal"
    assert officer.submit(form, PROPOSED).status_code == 302
    assert "proposed this already" in officer.submit(form, PROPOSED).text
