"""Point 22: the family chooses from its own page, is asked once more, and may change its mind."""

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
from tenants.casework.kinds import Choice, FactKind, Service
from tenants.casework.queries import load_record
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")

TOLD = dt.date(2026, 6, 8)
ASKS = "Say whether you want mediation"


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def told_case(app: Flask, tenant: Tenancy, choice: Choice | None = Choice.THINKING) -> uuid.UUID:
    """A case whose family was given mediation information."""
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        fact = {"by": actor(), "today": TODAY}
        actions.add_fact(session, case_id, FactKind.MIAS_HELD, TOLD, **fact)  # type: ignore[arg-type]
        if choice is not None:
            actions.add_fact(
                session,
                case_id,
                FactKind.CHOICE_MADE,
                TOLD,
                value=choice.value,
                **fact,  # type: ignore[arg-type]
            )
    return case_id


def family_page(app: Flask, tenant: Tenancy, case_id: uuid.UUID) -> tuple[PageClient, str]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        ((party_id, _),) = family_of(session, case_id)
        token = make_link(session, case_id, party_id, by=actor()).token
    return PageClient(app), f"/family/{token}/"


def position(tenant: Tenancy, case_id: uuid.UUID) -> tuple[str, str | None]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = session.execute(
            sa.select(CasePosition.stage, CasePosition.waiting_for).where(
                CasePosition.case_id == case_id
            )
        ).one()
        return row[0], row[1]


@pytest.mark.parametrize("before", [None, Choice.THINKING])
def test_a_family_chooses_to_mediate_and_the_others_see_it(
    app: Flask, tenant: Tenancy, before: Choice | None
) -> None:
    case_id = told_case(app, tenant, before)
    family, page = family_page(app, tenant, case_id)
    assert ASKS in family.get(page).text
    assert family.submit(f"{page}choice", {"choice": "mediate"}).status_code == 302
    with scoped(Scope.provider(tenant.id, None)) as session:
        choice = load_record(session, case_id).choice
    assert choice is not None and choice.value == Choice.MEDIATE
    assert choice.detail == {"by": "Jo Example", "how": "on the family's own page"}
    assert position(tenant, case_id) == ("arranging", "provider")
    after = family.get(page).text
    assert ASKS not in after
    assert "You said that you want mediation" in after
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    case = coordinator.get(f"/provider/{tenant.slug}/cases/{case_id}").text
    assert "Tell the authority that the family wants mediation" in case
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert "To mediate" in officer.get(f"/authority/cases/{case_id}").text


def test_a_family_that_declines_is_told_of_its_certificate_and_may_change_its_mind(
    app: Flask, tenant: Tenancy
) -> None:
    case_id = told_case(app, tenant)
    family, page = family_page(app, tenant, case_id)
    assert family.submit(f"{page}choice", {"choice": "decline"}).status_code == 302
    assert position(tenant, case_id) == ("certificate", "provider")
    assert "We are preparing your certificate" in family.get(page).text
    assert family.submit(f"{page}choice", {"choice": "mediate"}).status_code == 302
    assert position(tenant, case_id)[0] == "arranging"


def test_a_choice_that_was_relied_on_is_changed_by_a_call(app: Flask, tenant: Tenancy) -> None:
    case_id = told_case(app, tenant, Choice.DECLINE)
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    issued = coordinator.submit(
        f"/provider/{tenant.slug}/cases/{case_id}/certificate",
        {"issued_on-day": "10", "issued_on-month": "6", "issued_on-year": "2026"},
    )
    assert issued.status_code == 302, issued.text
    family, page = family_page(app, tenant, case_id)
    assert "Change your answer" not in family.get(page).text
    assert family.get(f"{page}choice").status_code == 302


@pytest.mark.parametrize("service", [Service.MEDIATION, Service.DISAGREEMENT_RESOLUTION])
def test_nothing_is_chosen_before_information_or_where_there_is_no_mediation(
    app: Flask, tenant: Tenancy, service: Service
) -> None:
    case_id, _ = make_case(app, tenant, service=service)
    family, page = family_page(app, tenant, case_id)
    assert ASKS not in family.get(page).text
    assert family.get(f"{page}choice").status_code == 302


@pytest.mark.parametrize("value", ["thinking", "family", "maybe"])
def test_the_database_takes_no_other_choice_from_a_family(
    app: Flask, tenant: Tenancy, value: str
) -> None:
    case_id = told_case(app, tenant)
    refused = pytest.raises(sa.exc.DBAPIError, match="row-level security")
    with refused, scoped(Scope.family(tenant.id, case_id)) as session:
        session.execute(
            sa.text(
                "INSERT INTO case_fact (tenant_id, id, case_id, kind, on_date, value, detail,"
                " audience, recorded_at, recorded_by_name, retracted, reason) VALUES (:t,"
                " gen_random_uuid(), :c, 'choice_made', '2026-06-10', :v, '{}', 'parties', now(),"
                " 'x', false, '')"
            ),
            {"t": tenant.id, "c": case_id, "v": value},
        )
