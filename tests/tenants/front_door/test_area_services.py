"""Issue 14: what is offered in an area is what the authority's contract covers."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator

import pytest
from flask import Flask

from billing.contracts.actions import amend
from billing.contracts.models import Contract
from billing.contracts.pricing import SERVICE_WORDS, Service, ServicePrice
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.front_door import contracted
from tenants.front_door.areas import OF_THE_LAW, SERVICES
from tests.billing.making import contract_for, terms
from tests.factories import NOW, TODAY, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.saas.documents.papers import Paper

pytestmark = pytest.mark.usefixtures("standing_clock")
YEAR = dt.timedelta(days=365)
TWO = {Service.MEDIATION: ServicePrice(10, 70_000), Service.FACILITATION: ServicePrice(4, 50_000)}


@pytest.fixture(autouse=True)
def _asks_anew() -> Iterator[None]:
    contracted.forget_kept()
    yield
    contracted.forget_kept()


@pytest.fixture(name="tenant")
def subscriber(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture(name="visitor")
def stranger(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def _contract(tenant: Tenancy, prices: dict[Service, ServicePrice], **changes: object) -> object:
    starts = TODAY - YEAR
    first = terms(prices=prices, effective_from=starts)
    return contract_for(
        tenant, first_terms=first, starts_on=starts, ends_on=TODAY + YEAR, **changes
    )


def _said(visitor: PageClient, tenant: Tenancy) -> set[str]:
    """The services that the page names, by code; the leaflet names the same."""
    visitor.get(f"/areas/{tenant.slug}")
    listed = {one.text.strip() for one in visitor.page.all("main")[0].all("dt")}
    found = {code for code, (name, _) in SERVICES.items() if name in listed}
    leaflet = Paper.of(visitor.get(f"/areas/{tenant.slug}/leaflet.pdf").data).text
    for code, (_, words) in SERVICES.items():
        assert (words.split(".")[0] in " ".join(leaflet.split())) is (code in found), code
    return found


def test_contracts_and_public_pages_name_the_same_services() -> None:
    assert set(SERVICES) == {one.value for one in Service} == {one.value for one in SERVICE_WORDS}


def test_without_a_contract_the_page_says_what_the_law_gives(
    tenant: Tenancy, visitor: PageClient
) -> None:
    assert _said(visitor, tenant) == set(OF_THE_LAW)


def test_the_page_the_leaflet_and_easy_read_say_what_the_contract_covers(
    tenant: Tenancy, visitor: PageClient
) -> None:
    _contract(tenant, TWO)
    assert _said(visitor, tenant) == {"mediation", "facilitation"}
    assert "Then there is a meeting" in visitor.get(f"/areas/{tenant.slug}/easy-read").text


def test_easy_read_tells_of_no_mediation_that_is_not_contracted(
    tenant: Tenancy, visitor: PageClient
) -> None:
    _contract(tenant, {Service.MIAS: ServicePrice(None, 0)})
    assert _said(visitor, tenant) == {"mias"}
    assert "Then there is a meeting" not in visitor.get(f"/areas/{tenant.slug}/easy-read").text


def test_an_amendment_counts_from_its_day(tenant: Tenancy, visitor: PageClient) -> None:
    made = _contract(tenant, TWO)
    for begins, more in ((TODAY + dt.timedelta(days=1), False), (TODAY, True)):
        with scoped(Scope.finance(tenant.id, None)) as session:
            contract = session.get(Contract, (tenant.id, made))
            assert contract is not None
            wider = {**TWO, Service.DISAGREEMENT_RESOLUTION: ServicePrice(2, 1)}
            amend(
                session,
                contract,
                terms(prices=wider, effective_from=begins),
                note="Agreed by letter",
                at=NOW,
            )
        contracted.forget_kept()
        assert ("disagreement_resolution" in _said(visitor, tenant)) is more


def test_one_authoritys_contract_says_nothing_of_anothers(
    app: Flask, tenant: Tenancy, visitor: PageClient
) -> None:
    other = make_tenant(app)
    _contract(tenant, TWO)
    assert _said(visitor, other) == set(OF_THE_LAW)
    ended = make_tenant(app)
    first = terms(prices=TWO, effective_from=TODAY - 2 * YEAR)
    contract_for(
        ended, first_terms=first, starts_on=TODAY - 2 * YEAR, ends_on=TODAY - dt.timedelta(days=1)
    )
    assert _said(visitor, ended) == set(OF_THE_LAW)


def test_contracts_are_not_asked_at_each_reading(
    tenant: Tenancy, visitor: PageClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[object] = []

    def reader(whose: uuid.UUID, _day: dt.date) -> frozenset[str]:
        asked.append(whose)
        return frozenset({"mias"})

    monkeypatch.setattr(contracted, "_readers", [reader])
    for _ in range(3):
        visitor.get(f"/areas/{tenant.slug}")
    assert asked == [tenant.id]


def test_a_manager_sees_what_the_contract_says_and_chooses_for_when_there_is_none(
    app: Flask, tenant: Tenancy, visitor: PageClient
) -> None:
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    address = f"/manager/public-pages/areas/{tenant.slug}"
    assert "No contract runs today" in manager.get(address).text
    chosen = {"services": ["mias", "facilitation"], "hours": "Mondays", "publish": "y"}
    assert manager.submit(address, chosen).status_code == 302
    assert _said(visitor, tenant) == {"mias", "facilitation"}
    _contract(tenant, TWO)
    contracted.forget_kept()
    assert "Today the contract covers, and the page says: Mediation" in manager.get(address).text
    assert _said(visitor, tenant) == {"mediation", "facilitation"}
