"""An officer refers a family from inside the authority, by the same pages."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.casework.models import Child, SenCase
from tests.factories import client_of, make_person
from tests.tenants.referring.journeys import PARENT, Clock, Visitor

OFFICERS = {
    "permission": {
        "given": "yes",
        "permission_by": "Jo Doorwell",
        "permission_on-day": "8",
        "permission_on-month": "6",
        "permission_on-year": "2026",
        "permission_how": "by e-mail",
    },
    **{step: PARENT[step] for step in ("decision", "about", "contact", "needs")},
    "child": {**PARENT["child"], "authority_reference": "SEN/42"},
}


def officer(app: Flask, tenant: Tenancy, clock: Clock) -> Visitor:
    someone = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    return Visitor(client_of(app, someone), clock, "/authority/refer")


def test_an_officers_referral_is_a_case_of_its_own_authority(
    app: Flask, tenant: Tenancy, clock: Clock
) -> None:
    visitor = officer(app, tenant, clock)
    visitor.fill_in(tenant, OFFICERS)
    assert visitor.asked == ["permission", "child", "decision", "about", "contact", "needs"]
    answer = visitor.client.submit("/authority/refer/check")
    assert "the case is open" in visitor.client.get(answer.location).text
    with scoped(Scope.provider(tenant.id, None)) as session:
        case = session.scalars(sa.select(SenCase)).one()
        assert (case.route, case.authority_reference) == ("authority", "SEN/42")
        assert session.scalars(sa.select(Child.given_name)).one() == "Ada"


def test_an_officers_second_telling_is_looked_at_first(
    app: Flask, tenant: Tenancy, clock: Clock
) -> None:
    for _ in range(2):
        visitor = officer(app, tenant, clock)
        visitor.fill_in(tenant, OFFICERS)
        answer = visitor.client.submit("/authority/refer/check")
    page = visitor.client.get(answer.location).text
    assert "The mediation service looks at it first" in page


def test_without_permission_an_officer_is_told_to_ask(
    app: Flask, tenant: Tenancy, clock: Clock
) -> None:
    visitor = officer(app, tenant, clock)
    assert visitor.answer("permission", {"given": "no"}) == "/authority/refer/stopped"
    assert "Please ask the family first" in visitor.open("/authority/refer/stopped")


def test_what_is_asked_of_the_public_alone_is_no_page_of_officers(
    app: Flask, tenant: Tenancy, clock: Clock
) -> None:
    visitor = officer(app, tenant, clock)
    assert visitor.client.get("/authority/refer/where").status_code == 404
