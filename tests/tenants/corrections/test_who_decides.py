"""Points 2, 7 and 14: whose right it is, during a case too, and who decides."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kinds import FactKind, Route
from tenants.casework.queries import load_record
from tenants.casework.record import Fact, RuleBroken
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant, referral
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")

# Of school age until 26 June 2026.
BORN = dt.date(2010, 3, 1)
AFTER = dt.datetime(2026, 7, 1, 9, 30, tzinfo=dt.UTC)
GIVEN = {
    "on-day": "1",
    "on-month": "7",
    "on-year": "2026",
    "by": "Ada Example",
    "how": "by telephone",
}
ASKED = "The right passed to the young person during this case"


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def coordinator(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.COORDINATOR))


def permissions(tenant: Tenancy, case_id: uuid.UUID) -> list[Fact]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return list(load_record(session, case_id).of(FactKind.PERMISSION_GIVEN))


def test_a_right_that_passes_during_a_case_asks_for_the_young_persons_own_permission(
    app: Flask, tenant: Tenancy, coordinator: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    case_id, _ = make_case(app, tenant, date_of_birth=BORN)
    page = f"/provider/{tenant.slug}/cases/{case_id}"
    before = coordinator.get(page).text
    assert "the young person&#39;s from 27 June 2026" in before and ASKED not in before
    monkeypatch.setattr("saas.web.today.clock", lambda: AFTER)
    assert ASKED in coordinator.get(page).text
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert "their own consent is needed to go on" in officer.get(f"/authority/cases/{case_id}").text
    answer = coordinator.submit(f"{page}/permission", {"what": "new", "capacity": "own", **GIVEN})
    assert answer.status_code == 302, answer.text
    after = coordinator.get(page).text
    assert ASKED not in after
    assert "Ada Example: The young person, in their own right" in after


def test_wrong_words_of_a_permission_are_put_right_and_kept(
    app: Flask, tenant: Tenancy, coordinator: PageClient
) -> None:
    case_id, _ = make_case(
        app,
        tenant,
        route=Route.SCHOOL,
        permission_on=dt.date(2026, 5, 4),
        permission_by="The father",
        permission_how="by e-mail",
    )
    page = f"/provider/{tenant.slug}/cases/{case_id}"
    form = f"{page}/permission"
    shown = coordinator.get(form).text
    assert "The father" in shown and "by e-mail" in shown
    wrong = {"what": "wrong", "by": "The foster carer", "capacity": "carer"}
    assert "Say why" in coordinator.submit(form, wrong).text
    assert coordinator.submit(form, {**wrong, "reason": "It was misheard"}).status_code == 302
    (stands,) = permissions(tenant, case_id)
    assert stands.on == dt.date(2026, 5, 4)
    assert stands.detail == {"by": "The foster carer", "how": "by e-mail", "capacity": "carer"}
    text = coordinator.get(page).text
    assert "The foster carer: Who acts for a looked-after child" in text
    assert "Reason: It was misheard" in text


def test_there_is_nothing_to_put_right_where_none_was_recorded(
    app: Flask, tenant: Tenancy, coordinator: PageClient
) -> None:
    case_id, _ = make_case(app, tenant)
    form = f"/provider/{tenant.slug}/cases/{case_id}/permission"
    given = {**GIVEN, "on-month": "6"}
    answer = coordinator.submit(form, {"what": "wrong", "reason": "Misheard", **given})
    assert answer.status_code == 422
    assert "None is recorded yet that could be wrong" in answer.text
    assert permissions(tenant, case_id) == []


def test_at_25_it_goes_on_while_the_plan_is_maintained_and_that_is_recorded(
    app: Flask, tenant: Tenancy, coordinator: PageClient
) -> None:
    born = dt.date(2001, 4, 2)
    about = {"date_of_birth": born, "route": Route.YOUNG_PERSON, "capacity": "own"}
    with scoped(Scope.provider(tenant.id, None)) as session:
        with pytest.raises(RuleBroken, match="enter until when") as refused:
            actions.open_case(session, referral(**about), by=actor(), today=TODAY)
        assert refused.value.field == "plan_maintained_until"
        long = referral(**about, plan_maintained_until=dt.date(2026, 7, 31))
        case = actions.open_case(session, long, by=actor(), today=TODAY)
        case_id = case.id
    page = coordinator.get(f"/provider/{tenant.slug}/cases/{case_id}").text
    assert "The authority maintains the plan, so it lasts until 31 July 2026" in page


def test_nobody_of_26_is_referred_however_long_the_plan(tenant: Tenancy) -> None:
    with (
        scoped(Scope.provider(tenant.id, None)) as session,
        pytest.raises(RuleBroken, match="up to the age of 25"),
    ):
        actions.open_case(
            session,
            referral(
                date_of_birth=dt.date(2000, 5, 5),
                route=Route.YOUNG_PERSON,
                capacity="own",
                plan_maintained_until=dt.date(2026, 7, 31),
            ),
            by=actor(),
            today=TODAY,
        )
