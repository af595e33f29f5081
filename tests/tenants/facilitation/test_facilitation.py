"""A facilitated meeting, from who asked for it to its last action point."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions as casework
from tenants.casework.kinds import FactKind, Service
from tenants.facilitation.models import FacilitationPaper
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant

pytestmark = pytest.mark.usefixtures("standing_clock")

MEETING = {
    "meeting_type": "annual_review",
    "purpose": "Agree the support for the move to secondary school",
    "requested_by": "Sam Example, SENCO",
    "requested_by_side": "school",
}


def _facilitation(app: Flask) -> tuple[Tenancy, uuid.UUID]:
    tenant = make_tenant(app)
    case_id, _ = make_case(
        app, tenant, service=Service.FACILITATION, decision_type=None, notice_sent=None
    )
    return tenant, case_id


def _hold_the_meeting(tenant: Tenancy, case_id: uuid.UUID) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        for kind, day, value in (
            (FactKind.CONSENT_GIVEN, 6, "family"),
            (FactKind.MEETING_HELD, 20, None),
        ):
            casework.add_fact(
                session,
                case_id,
                kind,
                dt.date(2026, 5, day),
                value=value,
                by=actor(),
                today=TODAY,
            )


def test_a_meeting_is_arranged_held_and_followed(app: Flask) -> None:
    tenant, case_id = _facilitation(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    page = f"/provider/{tenant.slug}/cases/{case_id}/facilitation"
    assert "stops no clock" in client.get(page).text

    assert client.submit(f"{page}/meeting", MEETING).status_code == 302
    guest = {"name": "Kit Example", "role": "Educational psychologist", "side": "other"}
    guest["email"] = "kit@guest.example"
    assert client.submit(f"{page}/invitees", guest).status_code == 302
    client.submit(f"{page}/agenda", {"text": "1 Welcome\n2 Support in Year 7"})
    seen = officer.get(f"/authority/cases/{case_id}/facilitation").text
    assert "Annual review" in seen
    assert "Kit Example" in seen
    assert "kit@guest.example" not in seen
    assert "Support in Year 7" not in seen
    client.submit(f"{page}/agenda", {"share": "share"})
    assert "Support in Year 7" in officer.get(f"/authority/cases/{case_id}/facilitation").text

    point = {"what": "Write to the new school", "who": "Sam Example", "side": "school"}
    point |= {"due_on-day": "1", "due_on-month": "6", "due_on-year": "2026"}
    refused = client.submit(f"{page}/action-points", point)
    assert refused.status_code == 422
    assert "record it first" in refused.text
    _hold_the_meeting(tenant, case_id)
    assert client.submit(f"{page}/action-points", point).status_code == 302
    assert "overdue" in client.get(page).text
    (done,) = [a.get("href") for a in client.page.all("a") if a.get("href").endswith("/done")]
    assert client.submit(done, {"done_on-day": "9"}).status_code == 302
    assert "overdue" not in client.get(page).text
    assert client.submit(f"{page}/summary", {"text": "All agreed.", "share": "share"})
    assert "All agreed." in officer.get(f"/authority/cases/{case_id}/facilitation").text


def test_the_authority_cannot_read_a_draft_in_the_database_either(app: Flask) -> None:
    tenant, case_id = _facilitation(app)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    page = f"/provider/{tenant.slug}/cases/{case_id}/facilitation"
    client.submit(f"{page}/summary", {"text": "A draft in confidence"})
    with scoped(Scope.authority(tenant.id, None)) as session:
        assert session.scalars(sa.select(FacilitationPaper)).all() == []
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert len(session.scalars(sa.select(FacilitationPaper)).all()) == 1


def test_a_mediation_has_no_facilitated_meeting(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    page = f"/provider/{tenant.slug}/cases/{case_id}/facilitation"
    assert client.get(page).status_code == 404
