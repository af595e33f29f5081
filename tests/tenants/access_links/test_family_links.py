"""The family's door: a link opens one case, shows what is shared, and ends when it is told to."""

from __future__ import annotations

import datetime as dt
import logging

import psycopg
import pytest
import sqlalchemy as sa
from flask import Flask
from flask.testing import FlaskClient

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.personal_link import new_token, token_hash
from saas.identity.signed_in import Tenancy
from tenants.access_links.family_links import LINK_LASTS, family_of, make_link
from tenants.access_links.models import FamilyLink
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind, Side
from tenants.casework.referral import NewParty
from tests.factories import NOW, TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.page_parts import Element

pytestmark = pytest.mark.usefixtures("standing_clock")


def page_of(client: FlaskClient) -> Element:
    """The page that the client has open."""
    assert isinstance(client, PageClient)
    assert client.page is not None
    return client.page


def make_family_link(app: Flask, tenant: Tenancy, case_id: object) -> str:
    """The path of a new link for the first of the family."""
    with scoped(Scope.provider(tenant.id, None)) as session:
        ((party_id, _),) = family_of(session, case_id)  # type: ignore[arg-type]
        return make_link(session, case_id, party_id, by=actor()).token  # type: ignore[arg-type]


def test_a_coordinator_makes_a_link_that_is_shown_once_and_opens_the_familys_page(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    address = f"/provider/{tenant.slug}/cases/{case_id}/links"
    shown = coordinator.submit(address)
    assert shown.status_code == 200
    (field,) = [one for one in page_of(coordinator).all("input") if one.get("id") == "link"]
    link = field.get("value")
    assert link.startswith("http://localhost/family/")
    assert link not in coordinator.get(address).text

    family = app.test_client()
    page = family.get(link.removeprefix("http://localhost"))
    assert page.status_code == 200
    assert reference in page.text
    assert "We will speak with you" in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert page.headers["Cache-Control"] == "no-store"
    assert "10 June 2026" in coordinator.get(address).text, "last used is shown"


def test_a_revoked_link_opens_nothing_and_says_to_call(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    token = make_family_link(app, tenant, case_id)
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    address = f"/provider/{tenant.slug}/cases/{case_id}/links"
    coordinator.get(address)
    (action,) = [
        form.get("action")
        for form in page_of(coordinator).all("form")
        if form.get("action").endswith("/revocation")
    ]
    assert app.test_client().get(f"/family/{token}/").status_code == 200
    assert coordinator.submit(address, action=action).status_code == 302
    page = app.test_client().get(f"/family/{token}/")
    assert page.status_code == 404
    assert "This link no longer works" in page.text
    assert "020 7946 0000" in page.text
    assert reference not in page.text
    assert page.headers["Referrer-Policy"] == "no-referrer"


def test_a_link_runs_out(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    token = make_family_link(app, tenant, case_id)
    last = NOW + LINK_LASTS
    monkeypatch.setattr("saas.web.today.clock", lambda: last - dt.timedelta(seconds=1))
    assert app.test_client().get(f"/family/{token}/").status_code == 200
    monkeypatch.setattr("saas.web.today.clock", lambda: last)
    assert app.test_client().get(f"/family/{token}/").status_code == 404


def test_a_link_that_nobody_made_opens_nothing(app: Flask) -> None:
    for wrong in (new_token(), "x", "%C3%A9", "a" * 3000):
        assert app.test_client().get(f"/family/{wrong}/").status_code == 404


def test_only_the_hash_of_a_key_is_kept(app: Flask, owner_connection: psycopg.Connection) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    token = make_family_link(app, tenant, case_id)
    with scoped(Scope.identity()) as session:
        kept = session.scalars(
            sa.select(FamilyLink.token_hash).where(FamilyLink.tenant_id == tenant.id)
        ).all()
    assert kept == [token_hash(token)]
    assert token not in kept[0]


def test_a_fault_behind_a_link_is_logged_without_the_key(
    app: Flask, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    token = make_family_link(app, tenant, case_id)

    def fails(*_: object) -> None:
        raise RuntimeError("this page fails")

    monkeypatch.setattr("tenants.casework.family.pages.family_view", fails)
    monkeypatch.setitem(app.config, "PROPAGATE_EXCEPTIONS", False)
    with caplog.at_level(logging.DEBUG):
        assert app.test_client().get(f"/family/{token}/").status_code == 500
    assert "family_case.case" in caplog.text
    assert token not in caplog.text


def test_the_family_sees_its_last_day_its_appointment_and_its_certificate(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    token = make_family_link(app, tenant, case_id)
    page = app.test_client().get(f"/family/{token}/").text
    assert "You need your mediation certificate before you can appeal" in page
    assert "It was " not in page, "a time that waits for the certificate is not over"
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            case_id,
            on=dt.date(2026, 6, 8),
            way="telephone",
            minutes=20,
            choice=Choice.DECLINE,
            choice_on=dt.date(2026, 6, 8),
            by=actor(),
            today=TODAY,
        )
    issued = coordinator.submit(
        f"/provider/{tenant.slug}/cases/{case_id}/certificate",
        {"issued_on-day": "10", "issued_on-month": "6", "issued_on-year": "2026"},
    )
    assert issued.status_code == 302, issued.text
    family = app.test_client()
    page = family.get(f"/family/{token}/").text
    assert "Friday 10 July 2026" in page
    (pdf,) = [a.get("href") for a in page_of(family).all("a") if a.get("href").endswith(".pdf")]
    with family.get(pdf) as file:
        assert file.data.startswith(b"%PDF-")
        assert "Example" not in file.headers["Content-Disposition"]

    other_id, _ = make_case(app, tenant)
    other = make_family_link(app, tenant, other_id)
    assert family.get(pdf.replace(token, other)).status_code == 404, "another family's certificate"


def test_the_family_reads_no_note_of_the_provider_and_no_contact_of_the_other_parent(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(
        app,
        tenant,
        parties=(NewParty(side=Side.FAMILY, name="Jo Example", relation="Mother"),),
    )
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.write_note(session, case_id, text="MARKER-SECRET", shared=False, by=actor())
        actions.write_note(session, case_id, text="MARKER-SHARED", shared=True, by=actor())
        actions.add_fact(
            session,
            case_id,
            FactKind.CONTACT_MADE,
            TODAY,
            detail={"said": "MARKER-SAID"},
            by=actor(),
            today=TODAY,
        )
    token = make_family_link(app, tenant, case_id)
    page = app.test_client().get(f"/family/{token}/").text
    assert "MARKER-SHARED" in page
    assert "MARKER-SECRET" not in page
    assert "MARKER-SAID" not in page


def test_nobody_but_who_records_cases_makes_links(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    address = f"/provider/{tenant.slug}/cases/{case_id}/links"
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert manager.get(address).status_code == 403
    assert officer.get(address).status_code == 403


def test_the_pages_frame_names_no_member_of_staff_who_happens_to_be_signed_in(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    token = make_family_link(app, tenant, case_id)
    someone = make_person(app, role=ProviderRole.COORDINATOR, name="Casey Coordinator")
    assert "Casey Coordinator" not in client_of(app, someone).get(f"/family/{token}/").text
