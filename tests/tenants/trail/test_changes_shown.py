"""Issue 13: what was changed reaches its readers, and nobody whom a wall keeps from it."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.models import Child, SenCase
from tenants.mediation.models import Participant
from tests.billing.making import account_of
from tests.factories import client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def of_provider(app: Flask, role: ProviderRole) -> PageClient:
    return client_of(app, make_person(app, role=role))


def test_a_case_shows_each_field_old_and_new_and_who(app: Flask, tenant: Tenancy) -> None:
    case, reference = make_case(app, tenant)
    other, _ = make_case(app, tenant)
    cora = make_person(app, role=ProviderRole.COORDINATOR, name="Cora Coordinator")
    with scoped(Scope.provider(tenant.id, cora.id)) as session:
        for one, name in ((case, "Vandersloot"), (other, "Quillfeather")):
            child = session.get_one(SenCase, (tenant.id, one)).child_id
            session.get_one(Child, (tenant.id, child)).family_name = name
    path = f"/provider/{tenant.slug}/cases/{case}"
    client = client_of(app, cora)
    assert f"{path}/changes" in client.get(path).text
    page = client.get(f"{path}/changes").text
    assert reference in page and "now Vandersloot" in page and "Cora Coordinator" in page
    assert "Family name" in page and "Quillfeather" not in page, "another case's"
    only = client.get(f"{path}/changes?table=child").text
    assert "now Vandersloot" in only and "Added: case" not in only
    assert "Added: case" in page
    tomorrow = dt.datetime.now(dt.UTC).date() + dt.timedelta(days=2)
    assert "Nothing fits" in client.get(f"{path}/changes?from={tomorrow}").text
    assert "Nothing fits" in client.get(f"{path}/changes?to=2020-01-01").text


def test_a_long_list_of_changes_is_paged(app: Flask, tenant: Tenancy) -> None:
    case, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        for number in range(30):
            person = Participant(
                tenant_id=tenant.id, id=new_id(), case_id=case, side="school", name=f"N {number}",
                role="Head", added_at=dt.datetime.now(dt.UTC), added_by_name="Coordinator",
            )  # fmt: skip
            session.add(person)
    path = f"/provider/{tenant.slug}/cases/{case}/changes"
    coordinator = of_provider(app, ProviderRole.COORDINATOR)
    assert coordinator.get(path).text.count("Added: participant") == 25
    assert coordinator.get(f"{path}?page=2").text.count("Added: participant") == 5


def test_the_administrator_and_the_auditor_see_which_fields_and_never_what_they_say(
    app: Flask, tenant: Tenancy
) -> None:
    case, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        child = session.get_one(SenCase, (tenant.id, case)).child_id
        session.get_one(Child, (tenant.id, child)).family_name = "Vandersloot"
    for role in (ProviderRole.ADMIN, ProviderRole.AUDITOR):
        reader = of_provider(app, role)
        assert "/manager/trail/changes" in reader.get("/manager/trail").text
        page = reader.get(f"/manager/trail/changes?authority={tenant.id}&table=child").text
        assert "Changed: child" in page and "Family name" in page and "Vandersloot" not in page
        assert "Contract" not in page.split("<table")[1], "finance's are not there"


def test_finance_sees_what_was_changed_of_an_account_and_no_case(
    app: Flask, tenant: Tenancy
) -> None:
    make_case(app, tenant)
    account_of(app, tenant)
    page = of_provider(app, ProviderRole.FINANCE).get(f"/finance/{tenant.slug}/changes").text
    assert "Added: contract" in page and "Added: child" not in page and "Added: case" not in page


def test_no_page_of_the_authority_shows_changes(app: Flask, tenant: Tenancy) -> None:
    case, _ = make_case(app, tenant)
    manager = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    assert manager.get(f"/provider/{tenant.slug}/cases/{case}/changes").status_code == 403
    assert manager.get(f"/manager/trail/changes?authority={tenant.id}").status_code == 403
    assert manager.get(f"/finance/{tenant.slug}/changes").status_code == 403
