"""Point 7: a case of the wrong authority is moved by a manager, with its trail."""

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
from tenants.casework.kinds import Choice, FactKind
from tenants.casework.models import CaseParty, Child, SenCase
from tenants.casework.queries import load_record
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")

DAY = dt.date(2026, 6, 8)


@pytest.fixture
def here(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def there(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def manager(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.MANAGER))


def told_case(app: Flask, here: Tenancy) -> tuple[uuid.UUID, str]:
    case_id, reference = make_case(app, here, family_name="Misplaced", upn=None)
    with scoped(Scope.provider(here.id, None)) as session:
        actions.record_mias(
            session, case_id, on=DAY, way="telephone", minutes=20,
            choice=Choice.MEDIATE, choice_on=DAY, by=actor(), today=TODAY,
        )  # fmt: skip
    return case_id, reference


def move(manager: PageClient, here: Tenancy, case_id: uuid.UUID, there: Tenancy) -> str:
    form = f"/provider/{here.slug}/cases/{case_id}/moving"
    answer = manager.submit(form, {"authority": there.slug, "reason": "The child lives there"})
    assert answer.status_code == 302, answer.text
    return str(answer.location)


def test_a_case_is_opened_with_the_right_authority_and_emptied_at_the_wrong_one(
    app: Flask, here: Tenancy, there: Tenancy, manager: PageClient
) -> None:
    case_id, reference = told_case(app, here)
    with scoped(Scope.provider(here.id, None)) as session:
        ((party_id, _),) = family_of(session, case_id)
        link = f"/family/{make_link(session, case_id, party_id, by=actor()).token}/"
    address = move(manager, here, case_id, there)
    assert address.startswith(f"/provider/{there.slug}/cases/")
    right = client_of(app, make_person(app, tenant=there, role=AuthorityRole.OFFICER))
    wrong = client_of(app, make_person(app, tenant=here, role=AuthorityRole.OFFICER))
    with scoped(Scope.provider(there.id, None)) as session:
        new = session.scalars(sa.select(SenCase)).one()
        new_id, new_reference = new.id, new.reference
        record = load_record(session, new_id)
        assert [fact.kind for fact in record.effective()] == [
            FactKind.NOTICE_SENT,
            FactKind.MIAS_HELD,
            FactKind.CHOICE_MADE,
        ]
        assert session.scalars(sa.select(Child.family_name)).one() == "Misplaced"
        assert session.scalars(sa.select(CaseParty.email)).one() == "jo@family.example"
    assert "Misplaced" in right.get(f"/authority/cases/{new_id}").text
    old = wrong.get(f"/authority/cases/{case_id}").text
    assert "the case is closed" in old
    for gone in ("Misplaced", "Ada", "Jo Example", "jo@family.example"):
        assert gone not in old
    assert app.test_client().get(link).status_code in (404, 410)
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    trail = coordinator.get(f"/provider/{here.slug}/cases/{case_id}/referral").text
    assert new_reference in trail and "The child lives there" in trail
    assert reference in coordinator.get(f"{address}/referral").text


def test_it_is_asked_once_more_and_nothing_is_moved_before(
    app: Flask, here: Tenancy, there: Tenancy, manager: PageClient
) -> None:
    case_id, _ = told_case(app, here)
    form = f"/provider/{here.slug}/cases/{case_id}/moving"
    manager.get(form)
    token = next(
        one.get("value")
        for one in manager.page.all("input")
        if one.get("name") == "csrf_token" and one.inside("header") is None
    )
    asked = manager.post(
        form, data={"authority": there.slug, "reason": "Wrong", "csrf_token": token}
    )
    assert f"Move the case to {there.name}?" in asked.text
    with scoped(Scope.provider(there.id, None)) as session:
        assert session.scalars(sa.select(SenCase.id)).all() == []


def test_a_case_in_which_an_authority_took_part_is_not_moved(
    app: Flask, here: Tenancy, there: Tenancy, manager: PageClient
) -> None:
    case_id, _ = told_case(app, here)
    with scoped(Scope.provider(here.id, None)) as session:
        actions.add_fact(
            session, case_id, FactKind.ADVISER_INFORMED_AUTHORITY, DAY, by=actor(), today=TODAY
        )
    form = f"/provider/{here.slug}/cases/{case_id}/moving"
    answer = manager.submit(form, {"authority": there.slug, "reason": "Wrong"})
    assert answer.status_code == 422
    assert "refer it anew" in answer.text
    with scoped(Scope.provider(there.id, None)) as session:
        assert session.scalars(sa.select(SenCase.id)).all() == []


def test_it_is_a_managers_act(app: Flask, here: Tenancy) -> None:
    case_id, _ = told_case(app, here)
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert coordinator.get(f"/provider/{here.slug}/cases/{case_id}/moving").status_code == 403
