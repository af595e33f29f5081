"""Issue 14: quotations with consent, without names, taken back at any time."""

from __future__ import annotations

import uuid

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.feedback.actions import record_evaluation
from tenants.feedback.models import Evaluation, Participant
from tenants.front_door.quotations.actions import NoConsent, quote
from tests.factories import NOW, TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.page_parts import Element

pytestmark = pytest.mark.usefixtures("standing_clock")
LIST = "/manager/public-pages/quotations"
SAID = "Dana Example of Hill School listened to us for the first time"


@pytest.fixture(name="tenant")
def subscriber(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


def evaluation(app: Flask, tenant: Tenancy, *, may_quote: bool) -> uuid.UUID:
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = record_evaluation(
            session, case_id, participant=Participant.PARENT, given_on=TODAY, rating=5,
            comment=SAID, may_quote=may_quote, by=actor(), today=TODAY,
        )  # fmt: skip
        return row.id


def test_a_manager_chooses_anonymises_and_takes_back(fresh_app: Flask, tenant: Tenancy) -> None:
    said = evaluation(fresh_app, tenant, may_quote=True)
    kept = evaluation(fresh_app, tenant, may_quote=False)
    visitor = fresh_app.test_client()
    assert isinstance(visitor, PageClient)
    assert "Nothing to show yet" in visitor.get("/what-people-say").text
    manager = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    listed = {one.get("href") for one in _links(manager, LIST)}
    address = f"{LIST}/{tenant.slug}/{said}"
    assert address in listed and f"{LIST}/{tenant.slug}/{kept}" not in listed
    assert manager.submit(address, {"words": " "}).status_code == 422
    assert manager.submit(address, {"words": "x" * 601}).status_code == 422
    assert manager.submit(address, {"words": "We were heard."}).status_code == 302
    shown = visitor.get("/what-people-say").text
    assert "We were heard." in shown and "A parent or carer" in shown
    assert "Dana" not in shown and tenant.name not in shown
    manager.submit(address, {"words": "At last we were heard."})
    assert "At last we were heard." in visitor.get("/what-people-say").text
    manager.submit(f"{address}/withdraw", {"checked": "go-on"})
    assert "Nothing to show yet" in visitor.get("/what-people-say").text
    with scoped(Scope.all_cases(None)) as session:
        left = session.connection().exec_driver_sql("SELECT words FROM quotation").scalars().all()
    assert left == [""]
    # It may be shown again.
    manager.submit(address, {"words": "We were heard."})
    assert "We were heard." in visitor.get("/what-people-say").text


def _links(client: PageClient, address: str) -> list[Element]:
    client.get(address)
    return list(client.page.all("a"))


def test_what_was_not_let_be_quoted_is_not(fresh_app: Flask, tenant: Tenancy) -> None:
    kept = evaluation(fresh_app, tenant, may_quote=False)
    manager = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    answer = manager.get(f"{LIST}/{tenant.slug}/{kept}")
    assert answer.status_code == 302
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = session.get(Evaluation, (tenant.id, kept))
        assert row is not None
        with pytest.raises(NoConsent), scoped(Scope.panel(None)) as writing:
            quote(writing, row, "x", by=None, at=NOW)
    other = make_tenant(fresh_app)
    said = evaluation(fresh_app, tenant, may_quote=True)
    assert manager.get(f"{LIST}/{other.slug}/{said}").status_code == 404


def test_a_coordinator_chooses_none(fresh_app: Flask, tenant: Tenancy) -> None:
    evaluation(fresh_app, tenant, may_quote=True)
    coordinator = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.COORDINATOR))
    coordinator.looks = False
    assert coordinator.get(LIST).status_code == 403
