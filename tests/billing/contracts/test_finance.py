"""Contracts through finance's door: VAT by price, amendment, indexation, extension, the list."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from typing import Any

import pytest
from flask import Flask

from billing.contracts.actions import terms_of
from billing.contracts.models import Contract
from billing.contracts.pricing import Service, Terms, terms_on
from billing.periods import financial_year
from billing.vat import Treatment
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.today import today
from tests.billing.making import contract_for, order_for, terms
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient

YEAR = financial_year(today())
ANNIVERSARY = YEAR.last + dt.timedelta(days=1)


@pytest.fixture(name="finance")
def finance_client(app: Flask) -> PageClient:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


def on(name: str, day: dt.date) -> dict[str, str]:
    parts = {"day": day.day, "month": day.month, "year": day.year}
    return {f"{name}-{part}": str(number) for part, number in parts.items()}


def under_contract(app: Flask, **changes: Any) -> Tenancy:
    tenant = make_tenant(app)
    contract_for(
        tenant,
        **{
            "starts_on": YEAR.first,
            "ends_on": dt.date(YEAR.last.year + 1, 3, 31),
            "first_terms": terms(effective_from=YEAR.first),
            **changes,
        },
    )
    return tenant


def contract_of(tenant: Tenancy) -> tuple[Contract, list[Terms]]:
    with scoped(Scope.finance(tenant.id, None)) as session:
        (found,) = session.query(Contract).all()
        history = terms_of(session, found.id)
        session.expunge(found)
    return found, history


def act(tenant: Tenancy, name: str) -> str:
    return f"/finance/{tenant.slug}/contracts/{contract_of(tenant)[0].id}/{name}"


MIXED = {
    "reference": "SEND-VAT",
    **on("starts_on", YEAR.first),
    **on("ends_on", dt.date(YEAR.last.year + 1, 3, 31)),
    "annual_fee": "48,000",
    "mediation_included": "10",
    "mediation_price": "700",
    "mediation_vat": "exempt",
    "late_fee_2": "350",
    "late_fee_vat": "outside_scope",
    "expenses_vat": "outside_scope",
    "vat_reason_exempt": "VAT Act 1994 Schedule 9 Group 7",
    "vat_reason_outside_scope": "Compensation is no supply",
}


def test_each_price_is_entered_with_its_own_vat_and_shown_with_its_reason(
    app: Flask, finance: PageClient
) -> None:
    tenant = make_tenant(app)
    made = finance.submit(f"/finance/{tenant.slug}/contract/new", MIXED)
    assert made.status_code == 302
    found, (first,) = contract_of(tenant)
    assert found.vat_treatment == "standard"
    assert first.fee_vat is Treatment.STANDARD
    assert first.prices[Service.MEDIATION].vat is Treatment.EXEMPT
    assert first.late_fee_vat is first.expenses_vat is Treatment.OUTSIDE_SCOPE
    page = finance.get(f"/finance/{tenant.slug}/contract").text
    assert "Exempt: VAT Act 1994 Schedule 9 Group 7" in page
    assert "Outside the scope of VAT: Compensation is no supply" in page


@pytest.mark.parametrize("reason", ["vat_reason_exempt", "vat_reason_outside_scope"])
def test_a_price_without_vat_and_without_a_reason_is_refused_at_the_reason(
    app: Flask, finance: PageClient, reason: str
) -> None:
    tenant = make_tenant(app)
    refused = finance.submit(f"/finance/{tenant.slug}/contract/new", {**MIXED, reason: " "})
    assert refused.status_code == 422
    assert f'href="#{reason}"' in refused.text and "Say why no VAT is charged" in refused.text


def test_an_amendment_is_shown_with_the_terms_that_stand_and_changes_vat_too(
    app: Flask, finance: PageClient
) -> None:
    tenant = make_tenant(app)
    finance.submit(f"/finance/{tenant.slug}/contract/new", MIXED)
    day = YEAR.first + dt.timedelta(days=200)
    address = act(tenant, "amend/mediation")
    done = finance.submit(
        address,
        {**on("effective_from", day), "note": "Letter of 1 May", "mediation_vat": "standard"},
    )
    assert done.status_code == 302
    _, history = contract_of(tenant)
    changed = terms_on(history, day)
    assert changed.prices[Service.MEDIATION].vat is Treatment.STANDARD
    assert changed.prices[Service.MEDIATION].price_pence == 70_000
    assert changed.late_fee_vat is Treatment.OUTSIDE_SCOPE
    again = finance.submit(address, {**on("effective_from", day), "note": "Again"})
    assert again.status_code == 422 and "change on that day already" in again.text


def test_prices_are_indexed_on_an_anniversary_and_on_no_other_day(
    app: Flask, finance: PageClient
) -> None:
    tenant = under_contract(app, indexation="CPI")
    address = act(tenant, "index")
    wrong = finance.submit(
        address, {**on("on", ANNIVERSARY + dt.timedelta(days=1)), "percent": "3.8"}
    )
    assert wrong.status_code == 422 and "anniversary" in wrong.text
    no_number = finance.submit(address, {**on("on", ANNIVERSARY), "percent": "three"})
    assert no_number.status_code == 422 and "such as 3.8" in no_number.text
    done = finance.submit(
        address, {**on("on", ANNIVERSARY), "percent": "3.8", "note": "ONS, October"}
    )
    assert done.status_code == 302
    _, history = contract_of(tenant)
    raised = terms_on(history, ANNIVERSARY)
    assert raised.annual_fee_pence == round(4_800_000 * Decimal("1.038"))
    assert raised.prices[Service.MEDIATION].price_pence == 72_660
    assert terms_on(history, YEAR.last).annual_fee_pence == 4_800_000
    assert "£49,824.00" in finance.get(f"/finance/{tenant.slug}/contract").text


def test_a_contract_with_fixed_prices_is_not_indexed(app: Flask, finance: PageClient) -> None:
    tenant = under_contract(app)
    refused = finance.submit(act(tenant, "index"), {**on("on", ANNIVERSARY), "percent": "3.8"})
    assert refused.status_code == 422 and "amend it instead" in refused.text


def test_each_extension_option_is_taken_up_once_and_told_before_it_is(
    app: Flask, finance: PageClient
) -> None:
    tenant = under_contract(app, extension_options=1, extension_months=12)
    ends = dt.date(YEAR.last.year + 2, 3, 31)
    address = act(tenant, "extend")
    asked = finance.get(address).text
    assert f"{ends:%-d %B %Y}" in asked and "takes up one of the options" in asked
    assert contract_of(tenant)[0].ends_on == dt.date(YEAR.last.year + 1, 3, 31)
    assert finance.submit(address).status_code == 302
    found, _ = contract_of(tenant)
    assert (found.ends_on, found.extension_options) == (ends, 0)
    again = finance.get(address)
    assert again.status_code == 302
    assert "no extension option left" in finance.get(again.headers["Location"]).text
    assert contract_of(tenant)[0].ends_on == ends


def test_the_list_of_contracts_is_paged_filtered_and_searched(
    fresh_app: Flask,
) -> None:
    client = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.FINANCE))
    bare = [make_tenant(fresh_app) for _ in range(26)]
    whole = under_contract(fresh_app)
    (contract,) = [contract_of(whole)[0]]
    order_for(whole, contract.id, valid_from=YEAR.first, valid_to=YEAR.last)
    orderless = under_contract(fresh_app)
    first, second = (
        client.get("/finance/contracts").text,
        client.get("/finance/contracts?page=2").text,
    )
    assert "1 to 25 of 28" in first and "26 to 28 of 28" in second
    # Whoever needs something comes first, wherever the page ends.
    assert whole.name not in first and whole.name in second
    only = client.get("/finance/contracts?needs=order").text
    assert orderless.name in only and bare[0].name not in only and whole.name not in only
    assert bare[0].name in client.get("/finance/contracts?needs=contract").text
    found = client.get(f"/finance/contracts?search={whole.name[:6].upper()}").text
    assert whole.name in found
    by_reference = client.get("/finance/contracts?search=send-2026").text
    assert whole.name in by_reference and bare[0].name not in by_reference
    nothing = client.get("/finance/contracts?search=zzzz").text
    assert "Nothing matches" in nothing
