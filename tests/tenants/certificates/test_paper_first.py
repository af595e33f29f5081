"""A certificate that cannot be printed was never issued: the paper is made before the act."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.documents.pdf import is_printable
from saas.identity.permissions import ProviderRole
from tenants.casework import actions
from tenants.casework.kinds import Choice, FactKind
from tenants.casework.models import Certificate, Child
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant

pytestmark = pytest.mark.usefixtures("standing_clock")


@pytest.mark.parametrize("name", ["Ada 🙂", "ᚠᚢᚦ"])
def test_a_name_that_no_typeface_has_stops_the_issue_and_nothing_is_kept(
    app: Flask, name: str
) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        # As one stands that an earlier release took in.
        session.execute(
            sa.update(Child).where(Child.tenant_id == tenant.id).values(given_name=name)
        )
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            case_id,
            on=dt.date(2026, 6, 8),
            way="telephone",
            minutes=20,
            choice=Choice.DECLINE,
            choice_on=dt.date(2026, 6, 8),
            by=actor(),
            today=TODAY,
        )
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    answer = client.submit(
        f"/provider/{tenant.slug}/cases/{case_id}/certificate",
        {"issued_on-day": "10", "issued_on-month": "6", "issued_on-year": "2026"},
    )
    assert answer.status_code == 422
    assert "cannot be printed" in answer.text
    with scoped(Scope.provider(tenant.id, None)) as session:
        assert (
            session.scalar(
                sa.select(sa.func.count())
                .select_from(Certificate)
                .where(Certificate.case_id == case_id)
            )
            == 0
        )
        assert not load_record(session, case_id).has(FactKind.CERTIFICATE_ISSUED)


@pytest.mark.parametrize(
    "name",
    [
        "Zoë O’Brien",
        "Łukasz",
        "أمينة",
        "अमित",
        "தமிழ்",
        "తెలుగు",
        "ธิดา",
        "明子",
        "민준",
        "Дмитрий",
        "Ελένη",
    ],
)
def test_real_names_print_in_their_own_script(app: Flask, name: str) -> None:
    assert is_printable(name)
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant, given_name=name)
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session,
            case_id,
            on=dt.date(2026, 6, 8),
            way="telephone",
            minutes=20,
            choice=Choice.DECLINE,
            choice_on=dt.date(2026, 6, 8),
            by=actor(),
            today=TODAY,
        )
    client = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    assert (
        client.submit(
            f"/provider/{tenant.slug}/cases/{case_id}/certificate",
            {"issued_on-day": "10", "issued_on-month": "6", "issued_on-year": "2026"},
        ).status_code
        == 302
    )
    with scoped(Scope.provider(tenant.id, None)) as session:
        issued = session.scalars(sa.select(Certificate).where(Certificate.case_id == case_id)).one()
        certificate_id = issued.id
    paper = client.get(f"/provider/{tenant.slug}/certificates/{certificate_id}.pdf")
    assert paper.status_code == 200 and paper.data.startswith(b"%PDF")


@pytest.mark.parametrize("field", ["given_name", "family_name"])
def test_a_referral_asks_for_another_spelling_of_what_cannot_be_printed(
    app: Flask, field: str
) -> None:
    tenant = make_tenant(app)
    with pytest.raises(RuleBroken, match="no certificate can print") as refused:
        make_case(app, tenant, **{field: "Ada 🙂"})
    assert refused.value.field == field
