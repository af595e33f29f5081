"""Point 20: a telephone call is one page, kept as it goes, with nothing asked twice."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework.kinds import FactKind
from tenants.casework.models import CaseParty, Certificate, Child, SenCase
from tenants.casework.queries import load_record
from tests.factories import NOW, client_of, make_person, make_tenant
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")

CALL = "/provider/call"
# What an adviser types and ticks in a call that ends in a certificate.
SAID = {
    "contact_name": "Jo Example",
    "contact_relation": "Mother",
    "contact_telephone": "07700 900000",
    "contact_email": "jo@family.example",
    "given_name": "Ada",
    "family_name": "Callwell",
    "date_of_birth-day": "9",
    "date_of_birth-month": "3",
    "date_of_birth-year": "2016",
    "decision_type": "RTA",
    "notice_sent-day": "20",
    "notice_sent-month": "5",
    "notice_sent-year": "2026",
    "minutes": "12",
    "choice": "decline",
    "certificate_now": "y",
}


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def coordinator(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.COORDINATOR))


def cases(tenant: Tenancy) -> list[SenCase]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = list(session.scalars(sa.select(SenCase)))
        session.expunge_all()
        return found


def test_a_call_from_referral_to_certificate_is_one_page(
    tenant: Tenancy, coordinator: PageClient, capsys: pytest.CaptureFixture[str]
) -> None:
    fields = {**SAID, "authority": tenant.slug}
    coordinator.get(CALL)
    answer = coordinator.submit(CALL, fields)
    assert answer.status_code == 302, answer.text
    case = coordinator.get(answer.location).text
    (only,) = cases(tenant)
    assert f"Case {only.reference} is open. Certificate " in case
    with scoped(Scope.provider(tenant.id, None)) as session:
        record = load_record(session, only.id)
        assert [fact.kind for fact in record.effective()] == [
            FactKind.NOTICE_SENT,
            FactKind.MIAS_HELD,
            FactKind.CHOICE_MADE,
            FactKind.CERTIFICATE_ISSUED,
        ]
        told = record.first(FactKind.MIAS_HELD)
        assert told is not None and told.detail == {"way": "telephone", "minutes": 12}
        assert session.scalars(sa.select(Certificate.number)).one()
        assert session.scalars(sa.select(CaseParty.name)).one() == "Jo Example"
        assert session.scalars(sa.select(Child.family_name)).one() == "Callwell"
    entries = len({name.partition("-")[0] for name in fields})
    with capsys.disabled():
        print(f"\na call: 1 page, {entries} fields filled in")  # noqa: T201
    assert entries <= 16, "three minutes for a practised adviser"


def test_a_family_that_wants_to_mediate_is_passed_on_in_the_same_call(
    tenant: Tenancy, coordinator: PageClient
) -> None:
    said = {**SAID, "authority": tenant.slug, "choice": "mediate", "tell_now": "y"}
    del said["certificate_now"]
    assert coordinator.submit(CALL, said).status_code == 302
    (only,) = cases(tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        record = load_record(session, only.id)
        assert record.has(FactKind.ADVISER_INFORMED_AUTHORITY)
        assert not record.has(FactKind.CERTIFICATE_ISSUED)


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"minutes": ""}, "A choice follows information"),
        ({"choice": "mediate"}, "A certificate follows when the family does not want mediation"),
        ({"decision_type": "PLACEMENT"}, "No certificate is needed to appeal about this"),
        ({"authority": "", "postcode": ""}, "Enter a postcode, or choose the authority"),
        ({"notice_sent-year": "2027"}, "today or in the past"),
        ({"given_name": "Ada 🙂"}, "letters"),
        ({"date_of_birth-year": "1990"}, "up to the age of 25"),
        ({"contact_relation": "young person"}, "after compulsory school age"),
    ],
)
def test_what_cannot_be_is_said_and_nothing_of_the_call_is_recorded(
    tenant: Tenancy, coordinator: PageClient, changed: dict[str, str], says: str
) -> None:
    answer = coordinator.submit(CALL, {**SAID, "authority": tenant.slug, **changed})
    assert answer.status_code == 422
    assert says in answer.text
    assert cases(tenant) == []
    kept = changed.get("contact_name", "Jo Example")
    assert kept in answer.text, "what was typed stays"


def test_a_second_call_about_the_same_is_told_of_the_first_case(
    tenant: Tenancy, coordinator: PageClient
) -> None:
    said = {**SAID, "authority": tenant.slug}
    assert coordinator.submit(CALL, said).status_code == 302
    (first,) = cases(tenant)
    again = coordinator.submit(CALL, said)
    assert again.status_code == 422
    assert first.reference in again.text
    assert len(cases(tenant)) == 1


def test_a_call_that_is_broken_off_is_kept_for_who_took_it(
    app: Flask, tenant: Tenancy, coordinator: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    said = {**SAID, "authority": tenant.slug}
    kept = coordinator.submit("/provider/call", {**said, "act": "later"})
    assert kept.location == "/provider/"
    assert cases(tenant) == []
    page = coordinator.get(CALL).text
    assert "You began this call" in page and "Callwell" in page
    other = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert "Callwell" not in other.get(CALL).text
    assert coordinator.submit(CALL, said).status_code == 302
    assert "Callwell" not in coordinator.get(CALL).text, "a call that is over is not kept"
    coordinator.submit(CALL, {**said, "act": "later"})
    monkeypatch.setattr("saas.web.today.clock", lambda: NOW + dt.timedelta(hours=13))
    assert "Callwell" not in coordinator.get(CALL).text, "and none for more than a day's work"
