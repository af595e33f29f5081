"""What was entered wrongly is put right, with a reason; what was there before is kept."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.documents.content import Provider
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions as casework
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import CertificateKind, Choice, FactKind
from tenants.casework.models import Certificate, Child, SenCase
from tenants.casework.record import RuleBroken
from tenants.certificates.actions import issue_certificate
from tenants.corrections.models import RecordCorrection
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant, referral

pytestmark = pytest.mark.usefixtures("standing_clock")
PROVIDER = Provider(
    name="Example Mediation",
    address=("1 Example Yard",),
    telephone="020 7946 0000",
    email="m@example.org",
)
WHY = "Misheard on the telephone"


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def page_of(tenant: Tenancy, case_id: object) -> str:
    return f"/provider/{tenant.slug}/cases/{case_id}"


def corrections(tenant: Tenancy) -> list[Any]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return list(
            session.execute(
                sa.select(
                    RecordCorrection.field,
                    RecordCorrection.before,
                    RecordCorrection.after,
                    RecordCorrection.reason,
                ).order_by(RecordCorrection.field)
            )
        )


def test_a_childs_name_and_birth_are_put_right_and_found_again(app: Flask, tenant: Tenancy) -> None:
    case_id, _ = make_case(app, tenant, given_name="Ada", family_name="Exmple")
    desk = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    page = f"{page_of(tenant, case_id)}/child"
    refused = desk.submit(page, {"family_name": "O\u2019Example"})
    assert refused.status_code == 422 and "Say why it is put right" in refused.text
    assert corrections(tenant) == []
    done = desk.submit(page, {"family_name": "O\u2019Example", "reason": WHY})
    assert done.status_code == 302, done.text
    assert corrections(tenant) == [("family_name", "Exmple", "O\u2019Example", WHY)]
    found = desk.submit("/provider/search", {"search": "o'example"}, action="/provider/search")
    assert str(case_id) in found.headers["Location"], (
        "it is found by the new name, with either apostrophe"
    )
    assert "Exmple" in desk.get(page).text, "what was there before stands on the page"
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    seen = officer.get(f"/authority/cases/{case_id}").text
    assert "O\u2019Example" in seen and WHY not in seen


def test_nothing_different_and_impossible_values_are_refused(app: Flask, tenant: Tenancy) -> None:
    case_id, _ = make_case(app, tenant)
    desk = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    page = f"{page_of(tenant, case_id)}/child"
    same = desk.submit(page, {"reason": WHY})
    assert same.status_code == 422 and "Nothing is different" in same.text
    born = {"date_of_birth-day": "1", "date_of_birth-month": "1", "date_of_birth-year": "2030"}
    ahead = desk.submit(page, {**born, "reason": WHY})
    assert ahead.status_code == 422 and "before the referral" in ahead.text
    picture = desk.submit(page, {"given_name": "Ada \U0001f600", "reason": WHY})
    assert picture.status_code == 422 and "no certificate can print" in picture.text
    assert corrections(tenant) == []


def test_a_upn_of_another_child_is_refused_and_a_second_referral_keeps_no_wrong_one(
    app: Flask, tenant: Tenancy
) -> None:
    known = "H801200001001"
    _, reference = make_case(app, tenant, given_name="Bea", family_name="Known", upn=known)
    case_id, _ = make_case(app, tenant, given_name="Ada")
    desk = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    taken = desk.submit(f"{page_of(tenant, case_id)}/child", {"upn": known, "reason": WHY})
    assert taken.status_code == 422 and f"The child of case {reference} has this UPN" in taken.text
    second = referral(given_name="Bea", family_name="Known", upn="G801200001002")
    with (
        pytest.raises(RuleBroken, match="known with another UPN"),
        scoped(Scope.provider(tenant.id, None)) as session,
    ):
        casework.open_case(session, second, by=actor(), today=TODAY)


def test_a_corrected_decision_changes_where_the_case_stands(app: Flask, tenant: Tenancy) -> None:
    case_id, _ = make_case(app, tenant, decision_type="RTA")
    desk = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    with scoped(Scope.provider(tenant.id, None)) as session:
        for kind, value in ((FactKind.MIAS_HELD, None), (FactKind.CHOICE_MADE, Choice.DECLINE)):
            casework.add_fact(
                session,
                case_id,
                kind,
                dt.date(2026, 5, 20),
                value=value,
                by=actor(),
                today=TODAY,
            )

    def next_step() -> str | None:
        with scoped(Scope.provider(tenant.id, None)) as session:
            return session.scalar(
                sa.select(CasePosition.next_step).where(CasePosition.case_id == case_id)
            )

    assert next_step() == "Issue the certificate"
    done = desk.submit(
        f"{page_of(tenant, case_id)}/referral", {"decision_type": "PLACEMENT", "reason": WHY}
    )
    assert done.status_code == 302, done.text
    assert next_step() == "Close the case", "no certificate is needed about placement alone"
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.scalars(sa.select(SenCase.decision_type)).one() == "PLACEMENT"


def test_a_paper_that_bears_the_old_name_keeps_it_and_is_named(app: Flask, tenant: Tenancy) -> None:
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        for kind, value in ((FactKind.MIAS_HELD, None), (FactKind.CHOICE_MADE, Choice.DECLINE)):
            casework.add_fact(
                session,
                case_id,
                kind,
                dt.date(2026, 5, 20),
                value=value,
                by=actor(),
                today=TODAY,
            )
        paper = issue_certificate(
            session,
            case_id,
            kind=CertificateKind.NO_MEDIATION,
            on=dt.date(2026, 5, 21),
            issued_by_role="Mediation adviser",
            provider=PROVIDER,
            by=actor(),
            today=TODAY,
        )
        number, before = paper.number, paper.content["child_name"]
    desk = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    desk.submit(f"{page_of(tenant, case_id)}/child", {"given_name": "Adah", "reason": WHY})
    said = desk.get(page_of(tenant, case_id)).text
    assert f"Certificate {number} still says it as it was before" in said
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert session.scalars(sa.select(Certificate.content)).one()["child_name"] == before
        assert session.scalars(sa.select(Child.given_name)).one() == "Adah"


def test_a_persons_name_and_adjustments_are_put_right(app: Flask, tenant: Tenancy) -> None:
    case_id, _ = make_case(app, tenant)
    desk = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    desk.get(page_of(tenant, case_id))
    link = next(one.get("href") for one in desk.page.all("a") if "/people/" in one.get("href"))
    done = desk.submit(link, {"name": "Jo O'Example", "adjustments": "Large print", "reason": WHY})
    assert done.status_code == 302, done.text
    assert [one.field for one in corrections(tenant)] == ["adjustments", "name"]
    elsewhere = make_tenant(app)
    other, _ = make_case(app, elsewhere)
    crossed = link.replace(f"/{tenant.slug}/", f"/{elsewhere.slug}/").replace(
        str(case_id), str(other)
    )
    assert desk.get(crossed).status_code == 404
