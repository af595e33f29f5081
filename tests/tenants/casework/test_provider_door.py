"""The provider's door: from a referral to its certificate."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import PlatformAuditEntry
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.casework.models import SenCase
from tests.factories import NOW, client_of, make_case, make_person, make_tenant

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
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(SenCase)) == 0


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


def test_a_second_referral_of_the_same_matter_is_asked_about(app: Flask) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    address = f"/provider/{tenant.slug}/cases/new"
    assert client.submit(address, REFERRAL).status_code == 302
    again = client.submit(address, REFERRAL)
    assert again.status_code == 422
    assert "Is it one of these?" in again.text
    inputs = {one.get("name"): one.get("value") for one in client.page.all("input")}
    data = {**REFERRAL, "another_case": "y", "csrf_token": inputs["csrf_token"]}
    assert client.post(address, data=data).status_code == 302


def test_a_young_person_refers_in_their_own_right(app: Flask) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    address = f"/provider/{tenant.slug}/cases/new"
    young = {**REFERRAL, "route": "young_person", "date_of_birth-year": "2008"}
    refused = client.submit(address, young)
    assert refused.status_code == 422
    assert "in their own right" in refused.text
    taken = client.submit(address, {**young, "capacity": "own"})
    assert taken.status_code == 302
    assert "Family gave permission" in client.get(taken.location).text


def test_a_late_family_is_told_what_is_still_possible(app: Flask) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    late = {**REFERRAL, "notice_sent-month": "1"}
    taken = client.submit(f"/provider/{tenant.slug}/cases/new", late)
    assert taken.status_code == 302
    assert "That bars nothing" in client.get(taken.location).text


def test_a_correction_stays_beside_what_it_corrects(app: Flask) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    case_id, _ = make_case(app, tenant)
    case = f"/provider/{tenant.slug}/cases/{case_id}"
    client.get(case)
    (link,) = [a.get("href") for a in client.page.all("a") if "/correction" in a.get("href")]
    refused = client.submit(link, {"on-day": "21", "reason": ""})
    assert refused.status_code == 422
    assert client.submit(link, {"on-day": "21", "reason": "Misread"}).status_code == 302
    page = client.get(case).text
    assert "Tuesday 21 April 2026" in page
    assert "no longer stands" in page
    assert "Reason: Misread" in page


def test_a_withdrawn_certificate_says_so_and_another_can_be_issued(app: Flask) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    case_id, _ = make_case(app, tenant)
    case = f"/provider/{tenant.slug}/cases/{case_id}"
    mias = {"held_on-day": "9", "choice_on-day": "9", "way": "video", "minutes": "25"}
    assert client.submit(f"{case}/mias", {**mias, "choice": "decline"}).status_code == 302
    issued = client.submit(f"{case}/certificate", {"issued_on-day": "9"})
    assert issued.status_code == 302, issued.text
    client.get(case)
    (withdrawal,) = [a.get("href") for a in client.page.all("a") if "/withdrawal" in a.get("href")]
    assert client.submit(withdrawal, {"reason": "Wrong notice date"}).status_code == 302
    page = client.get(case)
    assert "Certificate withdrawn" in page.text
    assert "Issue the certificate" in page.text
    again = client.submit(f"{case}/certificate", {"issued_on-day": "10"})
    assert again.status_code == 302
    assert "C0002" in client.get(again.location).text


def test_disagreement_resolution_waits_for_both_sides_and_ends_when_one_refuses(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    referral = {**REFERRAL, "service": "disagreement_resolution"}
    case = client.submit(f"/provider/{tenant.slug}/cases/new", referral).location.partition("?")[0]
    page = client.get(case)
    assert "stops no clock" in page.text
    answer = {"by": "Jo Marker", "how": "telephone"}
    client.submit(f"{case}/consent", {**answer, "side": "family", "answer": "yes"})
    assert "Answer whether to take part" in client.get(case).text
    client.submit(f"{case}/consent", {**answer, "side": "authority", "answer": "no"})
    assert "then close the case" in client.get(case).text


def test_a_kept_filter_holds_no_name_that_was_searched_for(app: Flask) -> None:
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    client.submit(
        "/provider/?view=all&due=overdue&text=marker",
        {"name": "Late ones"},
        action="/provider/filters",
    )
    page = client.get("/provider/")
    assert "Late ones" in page.text
    (tab,) = [a.get("href") for a in client.page.all("a") if a.text == "Late ones"]
    assert "due=overdue" in tab
    assert "marker" not in tab


def test_a_list_leaves_as_a_file_only_for_those_who_may(app: Flask) -> None:
    tenant = make_tenant(app)
    make_case(app, tenant, given_name="Zephyrine", family_name="Quillfeather")
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert coordinator.get("/provider/cases.csv").status_code == 403
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    file = manager.get(f"/provider/cases.csv?view=all&authority={tenant.slug}")
    assert file.status_code == 200
    assert "ZQ, born" in file.text
    assert "Zephyrine" not in file.text and "Quillfeather" not in file.text
    with scoped(Scope.all_cases(None)) as session:
        actions = set(session.scalars(sa.select(PlatformAuditEntry.action)))
    assert "cases exported" in actions


def test_what_happened_since_the_last_visit_is_marked(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant(app)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    early = NOW - dt.timedelta(hours=2)
    monkeypatch.setattr("saas.web.today.clock", lambda: early)
    officer.get("/authority/")
    make_case(app, tenant)
    monkeypatch.setattr("saas.web.today.clock", lambda: NOW + dt.timedelta(minutes=1))
    page = officer.get("/authority/")
    assert "New" in page.text
    assert "1</span> new since your last visit" in page.text


def test_a_case_is_assigned_and_found_by_who_looks_after_it(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    coordinator = make_person(app, role=ProviderRole.COORDINATOR, name="Noor Example")
    client = client_of(app, coordinator)
    tray = f"/provider/?authority={tenant.slug}"
    assert reference in client.get(f"{tray}&view=unassigned").text
    assert reference not in client.get(f"{tray}&person={coordinator.id}").text
    page = f"/provider/{tenant.slug}/cases/{case_id}/assignment"
    assert client.submit(page, {"coordinator": ""}).status_code == 422
    assert client.submit(page, {"coordinator": str(coordinator.id)}).status_code == 302
    found = client.get(f"{tray}&person={coordinator.id}").text
    assert reference in found
    assert "Noor Example" in found
    assert reference not in client.get(f"{tray}&view=unassigned").text
