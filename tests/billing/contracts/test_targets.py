"""What a contract asks for, and what a report pack says of the contract."""

from __future__ import annotations

import datetime as dt
import io
from collections.abc import Iterator

import openpyxl
import pytest
from flask import Flask

from billing.contracts.models import Contract
from billing.contracts.targets import agree_targets, targets_of, targets_on
from billing.refusal import BillingRefused
from billing.usage.pack_contract import contract_of_pack
from saas.database.scope import Scope, scoped
from saas.documents.content import Provider
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.statistics.measures.periods import period
from tenants.statistics.packs.packs import make_draft
from tenants.statistics.packs.targets import OWN_TARGETS, targets
from tests.billing.making import AT, STARTS, contract_for
from tests.factories import TODAY, actor, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.statistics.caseload import hold_mediation


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    made = make_tenant(app)
    contract_for(made)
    return made


def agree(tenant: Tenancy, effective_from: dt.date, **at_least: int) -> None:
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = session.query(Contract).filter_by(tenant_id=tenant.id).one()
        agree_targets(session, contract, effective_from=effective_from, at_least=at_least, at=AT)


def test_what_is_agreed_later_holds_from_its_own_day(tenant: Tenancy) -> None:
    agree(tenant, STARTS, held_within_30=75, agreement_rate=70)
    agree(tenant, dt.date(2027, 4, 1), held_within_30=85)
    with scoped(Scope.finance(tenant.id, None)) as session:
        contract = session.query(Contract).filter_by(tenant_id=tenant.id).one()
        agreed = targets_of(session, contract.id)
        days = (dt.date(2026, 3, 31), dt.date(2027, 3, 31), dt.date(2027, 4, 1))
        standing = [targets_on(agreed, day) for day in days]
    assert standing == [{}, {"held_within_30": 75, "agreement_rate": 70}, {"held_within_30": 85}]


@pytest.mark.parametrize(
    ("on", "said", "why"),
    [
        (dt.date(2025, 1, 1), {"held_within_30": 75}, "lie in the contract"),
        (STARTS, {"held_within_30": 101}, "from 0 to 100"),
        (STARTS, {"nothing_known": 50}, "from 0 to 100"),
    ],
)
def test_a_target_that_cannot_be_is_refused(
    tenant: Tenancy, on: dt.date, said: dict[str, int], why: str
) -> None:
    with pytest.raises(BillingRefused, match=why):
        agree(tenant, on, **said)


def test_where_the_contract_names_none_the_providers_own_stands() -> None:
    found = {one.share: one for one in targets({"held_within_30": 60})}
    assert (found["held_within_30"].percent, found["held_within_30"].agreed) == (60, True)
    assert found["agreement_rate"].percent == OWN_TARGETS["agreement_rate"]
    assert not found["agreement_rate"].agreed
    assert found["held_within_30"].is_met(6, 10) is True
    assert found["held_within_30"].is_met(59, 100) is False
    assert found["held_within_30"].is_met(0, 0) is None


def test_a_pack_holds_the_figures_against_the_contract_and_says_what_was_used(
    app: Flask, tenant: Tenancy
) -> None:
    agree(tenant, STARTS, agreement_rate=45)
    for day in (20, 21, 27):
        hold_mediation(app, tenant, held=dt.date(2026, 4, day))
    hold_mediation(app, tenant, held=dt.date(2026, 3, 30))  # before the contract
    contract = contract_of_pack(tenant.id, period("2026-q2"), TODAY)
    assert contract is not None and contract.targets == {"agreement_rate": 45}
    used = {line.service: line for line in contract.package}
    mediations = used["Mediations"]
    assert (mediations.used_in_period, mediations.used_in_year, mediations.included) == (3, 3, 10)
    assert used["Mediation information and advice"].included is None
    assert contract_of_pack(tenant.id, period("2026-q1"), TODAY) is None
    with scoped(Scope.provider(tenant.id, None)) as session:
        pack = make_draft(
            session,
            period("2026-q2"),
            provider=Provider(name="P", address=("A",), telephone="1", email=""),
            by=actor(),
            today=TODAY,
        )
        said = pack.content
        book = openpyxl.load_workbook(io.BytesIO(pack.xlsx), read_only=True)
    rate = next(row for row in said["targets"] if row[0] == "Agreement rate")
    assert rate[3:6] == ["45%", "Contract", "Met"]
    assert ["Mediations", 3, 3, 10, "7 left"] in said["contract"]["package"]
    assert "Use of the package" in book.sheetnames


@pytest.fixture
def finance(app: Flask) -> Iterator[PageClient]:
    app.config["WTF_CSRF_ENABLED"] = False
    yield client_of(app, make_person(app, role=ProviderRole.FINANCE))
    app.config["WTF_CSRF_ENABLED"] = True


@pytest.mark.usefixtures("standing_clock")
def test_finance_records_them_on_the_contracts_page(tenant: Tenancy, finance: PageClient) -> None:
    here = f"/finance/{tenant.slug}/contract/targets"
    day = {"effective_from-day": "1", "effective_from-month": "5", "effective_from-year": "2026"}
    refused = finance.post(here, data=day | {"agreement_rate": "most"})
    assert refused.status_code == 422 and "Enter a whole number" in refused.text
    refused = finance.post(here, data=day | {"agreement_rate": "120"})
    assert refused.status_code == 422 and "from 0 to 100" in refused.text
    assert finance.post(here, data=day | {"agreement_rate": "65"}).status_code == 302
    assert "Agreement rate: at least 65%" in finance.get(f"/finance/{tenant.slug}/contract").text
