"""Issue 15: authorities merge and split; families and open cases find the one that follows."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.models import EducationAuthority
from tenants.subscribers import successors
from tenants.subscribers.models import Subscriber
from tenants.subscribers.queries import dfe_number_of
from tenants.subscribers.refused import StandingRefused
from tests.factories import NOW, TODAY, client_of, make_case, make_person, make_tenant
from tests.tenants.tenure.making import leave
from tests.tenants.tenure.test_suspension import day

pytestmark = pytest.mark.usefixtures("standing_clock")
YESTERDAY = TODAY - dt.timedelta(days=1)


def number_of(tenant: Tenancy) -> str:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return dfe_number_of(session, tenant.id)


@pytest.fixture(name="app")
def of_its_own(fresh_app: Flask) -> Flask:
    """Where there are authorities that do not subscribe: other tests take them all."""
    return fresh_app


def unserved() -> tuple[str, str]:
    """The DfE number and the name of an authority that does not subscribe."""
    with scoped(Scope.public()) as session:
        row = session.execute(
            sa.select(EducationAuthority.dfe_number, EducationAuthority.display_name)
            .where(
                EducationAuthority.valid_to.is_(None),
                EducationAuthority.dfe_number.not_in(sa.select(Subscriber.dfe_number)),
            )
            .order_by(EducationAuthority.dfe_number.desc())
        ).first()
        assert row is not None
        return row[0], row[1]


def test_a_split_leads_families_and_open_cases_to_those_that_follow(app: Flask) -> None:
    old, new = make_tenant(app), make_tenant(app)
    number, name = unserved()
    case_id, reference = make_case(app, old)
    leave(old, YESTERDAY, today=YESTERDAY)
    admin = client_of(app, make_person(app, role=ProviderRole.ADMIN))
    page = f"/manager/authorities/{old.slug}"
    form = admin.get(f"{page}/successors").text
    # The day after the last is suggested.
    assert f'value="{TODAY.day}"' in form
    fields = {"first": number_of(new), "second": number, **day("from_day", TODAY)}
    assert admin.submit(f"{page}/successors", fields).status_code == 302
    shown = admin.get(page).text
    assert new.name in shown and f"{name}, from Wednesday 10 June 2026: it does not sub" in shown
    public = app.test_client()
    told = public.get(f"/areas/{old.slug}").text
    assert f'href="/areas/{new.slug}"' in told and "We work there: you can ask us" in told
    assert name in told and "another mediation service" in told
    elsewhere = public.get(f"/refer/elsewhere?council={old.slug}").text
    assert f'href="/areas/{new.slug}"' in elsewhere and name not in elsewhere
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    listed = manager.get(f"{page}/open-cases").text
    assert reference in listed and f"/cases/{case_id}/moving" in listed
    moving = f"/provider/{old.slug}/cases/{case_id}/moving"
    moved = manager.submit(moving, {"authority": new.slug, "reason": "The area was split"})
    assert moved.status_code == 302 and f"/provider/{new.slug}/cases/" in moved.location
    assert reference not in manager.get(f"{page}/open-cases").text
    # Corrected to one, and taken back.
    assert admin.submit(f"{page}/successors", {"second": ""}).status_code == 302
    assert name not in public.get(f"/areas/{old.slug}").text
    assert admin.submit(f"{page}/successors", {"first": ""}).status_code == 302
    assert "Nobody is named" in admin.get(page).text


def test_the_open_data_suggests_who_follows(app: Flask) -> None:
    with scoped(Scope.public()) as session:
        known = session.execute(
            sa.select(EducationAuthority.dfe_number, EducationAuthority.successor_dfe_number).where(
                EducationAuthority.successor_dfe_number.is_not(None)
            )
        ).first()
        if known is not None:
            assert known[1] in successors.suggested(session, known[0])
        assert successors.suggested(session, "358") == []


def test_an_authority_does_not_follow_itself_and_strangers_are_refused(app: Flask) -> None:
    old = make_tenant(app)
    for wrong in ([number_of(old)], ["000"], ["301", "302", "303", "304"]):
        with scoped(Scope.provider(old.id, None)) as session, pytest.raises(StandingRefused):
            successors.name_successors(session, wrong, from_day=TODAY, by_name="Ada", at=NOW)
