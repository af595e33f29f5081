"""The family says by its own link whether it takes part, and may change its answer."""

from __future__ import annotations

import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import FactKind, Service
from tenants.casework.models import CaseFact
from tenants.notices.models import CaseNotice
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.access_links.test_family_links import make_family_link

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def of_family(app: Flask, tenant: Tenancy, case_id: uuid.UUID) -> tuple[PageClient, str]:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client, f"/family/{make_family_link(app, tenant, case_id)}"


def stands(tenant: Tenancy, case_id: uuid.UUID) -> tuple[str | None, str | None]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        position = session.get_one(CasePosition, (tenant.id, case_id))
        return position.next_step, position.waiting_for


def test_the_family_gives_its_consent_and_the_case_goes_on_to_the_authority(
    app: Flask, tenant: Tenancy
) -> None:
    case_id, _ = make_case(app, tenant, service=Service.DISAGREEMENT_RESOLUTION)
    family, path = of_family(app, tenant, case_id)
    assert "Say whether you want to take part" in family.get(f"{path}/").text
    asked = family.get(f"{path}/consent")
    assert "does not stop or move the last day" in asked.text
    assert family.submit(f"{path}/consent").status_code == 422
    assert "Choose whether you want to take part" in family.submit(f"{path}/consent").text
    assert family.submit(f"{path}/consent", {"answer": "yes"}).location == f"{path}/"
    page = family.get(f"{path}/").text
    assert "You said that you want to take part" in page
    assert "Say whether you want" not in page
    assert stands(tenant, case_id) == ("Answer whether to take part", "authority")
    with scoped(Scope.provider(tenant.id, None)) as session:
        fact = session.scalars(
            sa.select(CaseFact).where(CaseFact.kind == FactKind.CONSENT_GIVEN)
        ).one()
        assert (fact.value, fact.detail, fact.recorded_by) == (
            "family",
            {"by": "Jo Example", "how": "on the family's own page"},
            None,
        )
    with scoped(Scope.worker(tenant.id)) as session:
        told = session.scalars(
            sa.select(CaseNotice.event).where(CaseNotice.case_id == case_id)
        ).all()
        assert FactKind.CONSENT_GIVEN in told, "the authority and the coordinator are told"
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert "By the family" in officer.get(f"/authority/cases/{case_id}").text


def test_a_no_stops_the_case_and_a_change_of_mind_is_a_new_fact(
    app: Flask, tenant: Tenancy
) -> None:
    case_id, _ = make_case(app, tenant, service=Service.DISAGREEMENT_RESOLUTION)
    family, path = of_family(app, tenant, case_id)
    family.submit(f"{path}/consent", {"answer": "no"})
    assert "do not want to take part" in family.get(f"{path}/").text
    assert stands(tenant, case_id) == ("Tell the other side, then close the case", "provider")
    family.submit(f"{path}/consent", {"answer": "yes"})
    assert stands(tenant, case_id) == ("Answer whether to take part", "authority")
    with scoped(Scope.provider(tenant.id, None)) as session:
        kinds = session.scalars(
            sa.select(CaseFact.kind)
            .where(CaseFact.case_id == case_id, CaseFact.value == "family")
            .order_by(CaseFact.recorded_at, CaseFact.id)
        ).all()
    assert kinds == ["consent_refused", "consent_given"]


def test_mediation_and_a_meeting_that_was_held_ask_for_no_consent(
    app: Flask, tenant: Tenancy
) -> None:
    mediation, _ = make_case(app, tenant)
    family, path = of_family(app, tenant, mediation)
    assert family.get(f"{path}/consent").location == f"{path}/"
    assert "take part" not in family.get(f"{path}/").text

    held, _ = make_case(app, tenant, service=Service.FACILITATION)
    family, path = of_family(app, tenant, held)
    family.submit(f"{path}/consent", {"answer": "yes"})
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.add_fact(
            session, held, FactKind.MEETING_HELD, TODAY, by=actor(), today=TODAY, detail={}
        )
    assert family.get(f"{path}/consent").location == f"{path}/"


@pytest.mark.parametrize(
    "row",
    [
        {"kind": "consent_given", "value": "authority"},
        {"kind": "consent_refused", "value": "authority"},
        {"kind": "choice_made", "value": "thinking"},
    ],
    ids=lambda row: f"{row['kind']} of {row['value']}",
)
def test_the_familys_role_answers_for_nobody_else(
    app: Flask, tenant: Tenancy, row: dict[str, str]
) -> None:
    case_id, _ = make_case(app, tenant, service=Service.DISAGREEMENT_RESOLUTION)
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope.family(tenant.id, case_id)) as session,
    ):
        session.execute(
            sa.text(
                "INSERT INTO case_fact (tenant_id, id, case_id, kind, on_date, value, detail,"
                " audience, recorded_at, recorded_by_name, retracted)"
                " VALUES (:tenant, gen_random_uuid(), :case, :kind, '2026-06-10', :value, '{}',"
                " 'parties', now(), 'Jo', false)"
            ),
            {"tenant": tenant.id, "case": case_id, **row},
        )
