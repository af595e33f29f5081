"""Issue 12, point 1, through finance's door: the money is shown before anything is recorded."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask
from werkzeug.test import TestResponse

from billing.contracts.actions import terms_of
from billing.contracts.models import Contract
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.web.today import today
from tests.billing.contracts.test_finance import YEAR, on, under_contract
from tests.factories import client_of, make_person
from tests.page_client import PageClient, entered

WHY = {"reason": "The letter of 3 May"}


@pytest.fixture
def finance(app: Flask) -> PageClient:
    client = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert isinstance(client, PageClient)
    return client


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return under_contract(app)


def ask(finance: PageClient, page: str, fields: dict[str, str]) -> TestResponse:
    """What is asked before the act: the page with what follows."""
    finance.get(page)
    (form,) = [
        one
        for one in finance.page.all("form")
        if one.get("method").lower() == "post" and one.inside("header") is None
    ]
    return finance.post(page, data={**entered(form), **fields})


def contracts(tenant: Tenancy) -> list[Contract]:
    with scoped(Scope.finance(tenant.id, None)) as session:
        found = list(session.scalars(sa.select(Contract).order_by(Contract.starts_on)))
        session.expunge_all()
        return found


def terms_of_first(tenant: Tenancy) -> str:
    with scoped(Scope.finance(tenant.id, None)) as session:
        return terms_of(session, contracts(tenant)[0].id)[0].name


def at(tenant: Tenancy, act: str) -> str:
    (one,) = contracts(tenant)
    return f"/finance/{tenant.slug}/contracts/{one.id}/{act}"


def test_an_end_is_asked_about_with_its_money_and_then_recorded(
    finance: PageClient, tenant: Tenancy
) -> None:
    last = today() + dt.timedelta(days=30)
    page = at(tenant, "end")
    before = contracts(tenant)[0].ends_on
    assert "See what follows" in finance.get(page).text
    asked = ask(finance, page, {**on("last", last), **WHY})
    assert asked.status_code == 200
    assert f"It ends on {last:%-d %B %Y} instead of {before:%-d %B %Y}" in asked.text
    assert "The fees of the whole contract come to" in asked.text
    assert contracts(tenant)[0].ends_on == before, "nothing is recorded yet"
    done = finance.submit(page, {**on("last", last), **WHY})
    assert done.status_code == 302
    assert contracts(tenant)[0].ends_on == last
    shown = finance.get(done.headers["Location"]).text
    assert "What else was changed" in shown and "The letter of 3 May" in shown


@pytest.mark.parametrize(
    ("act", "fields", "says"),
    [
        ("end", WHY, "Enter the last day"),
        ("end", on("last", YEAR.last), "Say why"),
        ("end", {**on("last", YEAR.first - dt.timedelta(days=1)), **WHY}, "call the contract off"),
        ("call-off", WHY, "It has begun"),
        ("put-right", {**on("starts_on", YEAR.first), "reference": ""}, "contract&#39;s reference"),
    ],
)
def test_what_cannot_be_is_said_at_its_field(
    finance: PageClient, tenant: Tenancy, act: str, fields: dict[str, str], says: str
) -> None:
    answer = finance.submit(at(tenant, act), fields)
    assert answer.status_code == 422
    assert says in answer.text


def test_the_terms_are_put_right_and_taken_back_from_the_contracts_page(
    finance: PageClient, tenant: Tenancy
) -> None:
    page = at(tenant, f"terms/{terms_of_first(tenant)}/correction")
    opened = finance.get(page)
    assert 'value="48000.00"' in opened.text
    fields = {"annual_fee": "84,000", "note": "A slip"}
    asked = ask(finance, page, fields)
    assert asked.status_code == 200 and "instead of" in asked.text
    assert finance.submit(page, {**fields}).status_code == 302
    shown = finance.get(f"/finance/{tenant.slug}/contract").text
    assert "£84,000.00" in shown and "Put right" in shown and "No longer stands" in shown
    assert finance.get(page).status_code == 404, "what was replaced is not there to be changed"


def test_a_contract_is_replaced_on_one_page(finance: PageClient, tenant: Tenancy) -> None:
    page = at(tenant, "replace")
    first = today() + dt.timedelta(days=40)
    fields = {
        "reference": "SEND-NEXT",
        **on("starts_on", first),
        **on("ends_on", first + dt.timedelta(days=364)),
        **WHY,
    }
    opened = finance.get(page).text
    assert "SEND-2026" not in opened.partition('id="reference"')[2][:200], "left to be entered"
    same = finance.submit(page, {**fields, "reference": contracts(tenant)[0].reference})
    assert same.status_code == 422 and "has this reference" in same.text
    asked = ask(finance, page, fields)
    assert asked.status_code == 200, asked.text
    assert "SEND-NEXT runs from" in asked.text
    assert len(contracts(tenant)) == 1
    assert finance.submit(page, {**fields}).status_code == 302
    old, new = contracts(tenant)
    assert (old.ends_on, new.starts_on) == (first - dt.timedelta(days=1), first)
    shown = finance.get(f"/finance/{tenant.slug}/contract").text
    assert "SEND-NEXT" in shown, "the other contract is a link away"


def test_what_the_contract_says_is_put_right(finance: PageClient, tenant: Tenancy) -> None:
    page = at(tenant, "put-right")
    fields = {"notice_days": "180", "prorated": "y", **WHY}
    asked = ask(finance, page, fields)
    assert asked.status_code == 200, asked.text
    assert "Notice, in days changes" in asked.text
    assert "Nothing changes in money" in asked.text
    assert finance.submit(page, {**fields}).status_code == 302
    (one,) = contracts(tenant)
    assert (one.notice_days, one.prorated, one.po_required) == (180, True, True)
