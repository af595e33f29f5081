"""Points 2 and 4: whom a certificate names, and what cannot be appealed about alone."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.access_links.family_links import family_of, make_link
from tenants.casework import actions
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import Choice
from tenants.casework.models import Certificate
from tenants.law.appeal import heard_beside
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def coordinator(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.COORDINATOR))


def issued(
    app: Flask, tenant: Tenancy, coordinator: PageClient, **about: object
) -> tuple[uuid.UUID, Certificate]:
    """A case whose family chose not to mediate, and its certificate."""
    case_id, _ = make_case(app, tenant, **about)
    day = dt.date(2026, 6, 8)
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            case_id,
            on=day,
            way="telephone",
            minutes=20,
            choice=Choice.DECLINE,
            choice_on=day,
            by=actor(),
            today=TODAY,
        )
    answer = coordinator.submit(
        f"/provider/{tenant.slug}/cases/{case_id}/certificate",
        {"issued_on-day": "10", "issued_on-month": "6", "issued_on-year": "2026"},
    )
    assert answer.status_code == 302, answer.text
    with scoped(Scope.provider(tenant.id, None)) as session:
        paper = session.scalars(sa.select(Certificate).where(Certificate.case_id == case_id)).one()
        session.expunge_all()
    assert (
        coordinator.get(f"/provider/{tenant.slug}/certificates/{paper.id}.pdf").status_code == 200
    )
    return case_id, paper


@pytest.mark.parametrize(
    ("born", "named"),
    [
        # 16 in June 2026, but of compulsory school age to the last Friday of that June.
        (dt.date(2010, 6, 1), ["Jo Example"]),
        (dt.date(2009, 6, 1), ["Ada Grown"]),
    ],
)
def test_a_certificate_names_whose_right_it_is(
    app: Flask, tenant: Tenancy, coordinator: PageClient, born: dt.date, named: list[str]
) -> None:
    _, paper = issued(app, tenant, coordinator, family_name="Grown", date_of_birth=born)
    assert paper.content["issued_to"] == named


@pytest.mark.parametrize(
    ("sections", "alone"),
    [("CG", "health"), ("DH", "social care"), ("CH", "health and social care")],
)
def test_health_or_social_care_alone_is_said_everywhere(
    app: Flask, tenant: Tenancy, coordinator: PageClient, sections: str, alone: str
) -> None:
    case_id, paper = issued(app, tenant, coordinator, decision_type="CONTENT", sections=sections)
    assert paper.content["last_day_to_appeal"] is None
    assert paper.content["decision"].endswith(f"about {alone} alone")
    address = f"/provider/{tenant.slug}/cases/{case_id}"
    assert (
        "It has no last day to appeal" in coordinator.get(f"{address}/certificates/{paper.id}").text
    )
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    for page in (coordinator.get(address).text, officer.get(f"/authority/cases/{case_id}").text):
        assert f"{alone} alone" in page
        assert f"The Tribunal hears {alone} beside an appeal" in page
        assert "Last day to appeal" not in page
    with scoped(Scope.provider(tenant.id, None)) as session:
        ((party_id, _),) = family_of(session, case_id)
        token = make_link(session, case_id, party_id, by=actor()).token
    own = PageClient(app).get(f"/family/{token}/").text
    assert f"Your case is about {alone} alone" in own
    assert "Last day to appeal" not in own
    with scoped(Scope.provider(tenant.id, None)) as session:
        kept = session.scalars(
            sa.select(CasePosition.next_clock).where(CasePosition.case_id == case_id)
        ).one()
    assert kept != "K9"


def test_a_section_that_can_be_appealed_brings_the_last_day_back(
    app: Flask, tenant: Tenancy, coordinator: PageClient
) -> None:
    _, paper = issued(app, tenant, coordinator, decision_type="CONTENT", sections="CGF")
    assert paper.content["last_day_to_appeal"] is not None


@pytest.mark.parametrize(
    ("decision", "sections", "alone"),
    [
        ("CONTENT", "", None),
        ("CONTENT", "BC", None),
        ("CONTENT", "G", "health"),
        ("CONTENT", "D", "social care"),
        # Whether to assess or to amend is a decision of its own, whatever the plan says.
        ("RTA", "CG", None),
        ("RTAM", "CG", None),
        (None, "CG", None),
    ],
)
def test_what_is_heard_beside_an_appeal_only(
    decision: str | None, sections: str, alone: str | None
) -> None:
    assert heard_beside(decision, sections) == alone
