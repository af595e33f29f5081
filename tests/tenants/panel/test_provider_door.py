"""The panel's pages, and the walls round what they write."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.panel import actions
from tenants.panel.models import PanelConflict
from tenants.panel.queries import panel_member
from tests.factories import actor, client_of, make_case, make_person, make_tenant
from tests.tenants.panel.panel_members import make_member

pytestmark = pytest.mark.usefixtures("standing_clock")

PAPERS = {
    "parts": ["mediator"],
    "register_body": "college",
    "register_number": "CoM 77",
    "register_expires_on-day": "1",
    "register_expires_on-month": "7",
    "register_expires_on-year": "2026",
    "insurance_expires_on-day": "31",
    "insurance_expires_on-month": "12",
    "insurance_expires_on-year": "2026",
    "dbs_expires_on-day": "31",
    "dbs_expires_on-month": "12",
    "dbs_expires_on-year": "2027",
    "cpd_hours": "12",
}


def test_a_manager_puts_a_mediator_on_the_panel_and_sees_what_runs_out(app: Flask) -> None:
    person = make_person(app, role=ProviderRole.MEDIATOR, name="Nia Newcomer")
    client = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    response = client.submit("/provider/panel/new", {"person": str(person.id)})
    assert response.status_code == 302, response.text
    response = client.submit(response.location, PAPERS)
    assert response.status_code == 302, response.text
    page = client.get("/provider/panel").text
    assert "Nia Newcomer" in page
    assert "College of Mediators" in page
    row = page.split("Nia Newcomer", 2)[1]
    assert "Accreditation" in row and "1 Jul" in row
    assert "CoM 77" in client.get(f"/provider/panel/{person.id}").text


def test_a_mediator_needs_a_register_and_no_public_employer(app: Flask) -> None:
    person = make_person(app, role=ProviderRole.MEDIATOR)
    client = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    address = f"/provider/panel/{person.id}/papers"
    for changes, words in (
        ({"register_body": "none"}, "A mediator is on a register"),
        ({"public_employer": "An ICB"}, "may not mediate"),
        ({"register_number": ""}, "Enter the number in the register"),
    ):
        response = client.submit(address, {**PAPERS, **changes})
        assert response.status_code == 422
        assert words in response.text
    with scoped(Scope.all_cases(None)) as session:
        assert panel_member(session, person.id) is None


def test_days_away_are_noted_and_removed(app: Flask) -> None:
    member = make_member(app)
    client = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    response = client.submit(
        f"/provider/panel/{member.id}/days-away",
        {
            "first_day-day": "3",
            "first_day-month": "8",
            "first_day-year": "2026",
            "last_day-day": "14",
            "last_day-month": "8",
            "last_day-year": "2026",
        },
    )
    assert response.status_code == 302, response.text
    page = client.get(f"/provider/panel/{member.id}")
    assert "Friday 14 August 2026" in page.text
    (form,) = [f for f in client.page.all("form") if "/days-away/" in f.get("action")]
    address = f"/provider/panel/{member.id}"
    assert client.submit(address, action=form.get("action")).status_code == 302
    assert "14 August" not in client.get(f"/provider/panel/{member.id}").text


def test_a_conflict_with_a_family_names_one_of_the_authoritys_cases(app: Flask) -> None:
    tenant, other = make_tenant(app), make_tenant(app)
    member = make_member(app)
    _, foreign = make_case(app, other)
    _, own = make_case(app, tenant)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    address = f"/provider/{tenant.slug}/panel/{member.id}/conflict"
    response = client.submit(address, {"case_reference": foreign, "reason": "Neighbours"})
    assert response.status_code == 422
    assert "no case with that reference" in response.text
    response = client.submit(address, {"case_reference": own, "reason": "Neighbours"})
    assert response.status_code == 302, response.text
    page = client.get(f"/provider/panel/{member.id}")
    assert own in page.text and "Neighbours" in page.text


def test_who_may_see_and_keep_the_panel(app: Flask) -> None:
    tenant = make_tenant(app)
    member = make_member(app)
    statuses = {}
    for role in ProviderRole:
        client = client_of(app, make_person(app, role=role))
        statuses[role] = (
            client.get("/provider/panel").status_code,
            client.get(f"/provider/panel/{member.id}/papers").status_code,
        )
    assert statuses == {
        ProviderRole.COORDINATOR: (200, 403),
        ProviderRole.ADVISER: (403, 403),
        ProviderRole.AUDITOR: (403, 403),
        ProviderRole.MEDIATOR: (403, 403),
        ProviderRole.MANAGER: (200, 200),
        ProviderRole.FINANCE: (403, 403),
        ProviderRole.ADMIN: (403, 403),
    }
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert officer.get("/provider/panel").status_code == 403


def test_the_panels_role_reaches_no_case_and_the_others_do_not_write_the_panel(
    app: Flask,
) -> None:
    tenant = make_tenant(app)
    member = make_member(app)
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_conflict(
            session, member.id, case_reference="", reason="Worked there", by=actor()
        )
    refused = (
        (Scope.panel(None), "SELECT 1 FROM sen_case"),
        (Scope.panel(None), "SELECT 1 FROM panel_conflict"),
        (Scope.panel(None), "SELECT email FROM person"),
        (Scope.panel(None), "DELETE FROM panel_member"),
        (Scope.provider(tenant.id, None), "UPDATE panel_member SET cpd_hours = 1"),
        (Scope.all_cases(None), "UPDATE panel_member SET cpd_hours = 1"),
        (Scope.authority(tenant.id, None), "SELECT 1 FROM panel_member"),
        (Scope.authority(tenant.id, None), "SELECT 1 FROM panel_conflict"),
        (Scope.identity(), "SELECT 1 FROM panel_member"),
    )
    for scope, statement in refused:
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            scoped(scope) as session,
        ):
            session.execute(sa.text(statement))


def test_one_authoritys_conflicts_are_not_anothers(app: Flask) -> None:
    tenant, other = make_tenant(app), make_tenant(app)
    member = make_member(app)
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_conflict(
            session, member.id, case_reference="", reason="Worked there", by=actor()
        )
    with scoped(Scope.provider(other.id, None)) as session:
        assert session.scalars(sa.select(PanelConflict)).all() == []
        found = panel_member(session, member.id)
        assert found is not None and found.conflicts == ()
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope.provider(other.id, None)) as session,
    ):
        session.add(
            PanelConflict(
                tenant_id=tenant.id,
                id=uuid.uuid4(),
                person_id=member.id,
                reason="Made up",
                recorded_at=dt.datetime.now(dt.UTC),
                recorded_by_name="Nobody",
            )
        )
