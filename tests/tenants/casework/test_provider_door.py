"""The provider's door: from a referral to its certificate."""

from __future__ import annotations

import pytest
from flask import Flask

from saas.identity.permissions import ProviderRole
from tests.factories import client_of, make_case, make_person, make_tenant

REFERRAL = {
    "service": "mediation",
    "route": "parent",
    "opened_on-day": "5",
    "opened_on-month": "5",
    "opened_on-year": "2026",
    "given_name": "Zadie",
    "family_name": "Marker",
    "date_of_birth-day": "9",
    "date_of_birth-month": "3",
    "date_of_birth-year": "2016",
    "decision_type": "RTA",
    "notice_sent-day": "20",
    "notice_sent-month": "4",
    "notice_sent-year": "2026",
    "contact_name": "Jo Marker",
    "contact_relation": "Mother",
    "contact_telephone": "07700 900001",
}


pytestmark = pytest.mark.usefixtures("standing_clock")


def test_a_coordinator_takes_a_referral_to_its_certificate(app: Flask) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))

    response = client.submit(f"/provider/{tenant.slug}/cases/new", REFERRAL)
    assert response.status_code == 302, response.text
    case = response.location.partition("?")[0]
    page = client.get(case)
    assert "Give mediation information and advice" in page.text
    assert "Zadie Marker" in page.text

    response = client.submit(
        f"{case}/mias",
        {
            "held_on-day": "8",
            "held_on-month": "6",
            "held_on-year": "2026",
            "way": "telephone",
            "minutes": "20",
            "choice": "decline",
            "choice_on-day": "8",
            "choice_on-month": "6",
            "choice_on-year": "2026",
        },
    )
    assert response.status_code == 302, response.text
    assert "Issue the certificate" in client.get(case).text

    page = client.get(f"{case}/certificate")
    assert "Thursday 11 June 2026" in page.text
    response = client.submit(
        f"{case}/certificate",
        {"issued_on-day": "10", "issued_on-month": "6", "issued_on-year": "2026"},
    )
    assert response.status_code == 302, response.text
    issued = client.get(response.location)
    assert "Friday 10 July 2026" in issued.text
    assert client.page is not None
    (pdf,) = [a.get("href") for a in client.page.all("a") if a.get("href").endswith(".pdf")]
    with client.get(pdf) as file:
        assert file.data.startswith(b"%PDF-")
        assert "Marker" not in file.headers["Content-Disposition"]


def test_a_mistake_is_shown_at_its_field_and_nothing_is_lost(app: Flask) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    response = client.submit(
        f"/provider/{tenant.slug}/cases/new",
        {**REFERRAL, "route": "school", "given_name": "Zadie"},
    )
    assert response.status_code == 422
    assert "must have given its permission" in response.text
    assert 'value="Zadie"' in response.text
    assert "Zadie" not in client.get("/provider/?view=all&text=marker").text


def test_a_mediator_sees_no_case_of_others(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    client = client_of(app, make_person(app, role=ProviderRole.MEDIATOR))
    assert client.get(f"/provider/{tenant.slug}/cases/{case_id}").status_code == 403
    assert reference not in client.get("/provider/?view=all").text


def test_a_case_is_not_found_inside_another_authority(app: Flask) -> None:
    tenant, other = make_tenant(app), make_tenant(app)
    case_id, _ = make_case(app, tenant)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert client.get(f"/provider/{tenant.slug}/cases/{case_id}").status_code == 200
    assert client.get(f"/provider/{other.slug}/cases/{case_id}").status_code == 404
