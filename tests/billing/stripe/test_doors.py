"""Finance's pages about Stripe: what differs, what waits, and placing it."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from saas.identity.permissions import ProviderRole
from tests.billing.stripe.conftest import Sides
from tests.factories import Someone, client_of, make_person
from tests.page_client import PageClient

# The pages' clock stands some weeks after the tests' own begins.
AFTER_THE_PAGES = 400


def browser(app: Flask, someone: Someone) -> PageClient:
    client = client_of(app, someone)
    assert isinstance(client, PageClient)
    return client


@pytest.fixture(name="finance")
def finance_browser(sides: Sides, standing_clock: dt.datetime) -> PageClient:
    return browser(sides.app, make_person(sides.app, role=ProviderRole.FINANCE))


def test_a_comparison_is_asked_for_and_its_findings_stand_on_the_page(
    lone_sides: Sides, standing_clock: dt.datetime
) -> None:
    sides = lone_sides
    finance = browser(sides.app, make_person(sides.app, role=ProviderRole.FINANCE))
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence)
    asked = finance.submit("/finance/stripe", action="/finance/stripe/comparison")
    assert asked.status_code == 302
    assert "being compared" in finance.get("/finance/stripe").text
    sides.rounds = AFTER_THE_PAGES
    sides.work()
    page = finance.get("/finance/stripe").text
    assert invoice.number in page and "Paid through Stripe" in page and "Can be put right" in page
    for _ in range(2):
        finance.submit("/finance/stripe", {"repair": "yes"}, action="/finance/stripe/comparison")
        sides.work()
    assert sides.owed(tenant, invoice) == 0
    assert "Both sides agreed" in finance.get("/finance/stripe").text


def test_the_money_that_waits_is_placed_on_the_invoice_that_finance_confirms(
    sides: Sides, finance: PageClient
) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, invoice.gross_pence + 500, placed=False)
    sides.deliver()
    overview = f"/finance/{tenant.slug}/stripe-cash"
    assert overview in finance.get("/finance/stripe").text
    debtors = finance.get("/finance/debtors").text
    assert "of it held by Stripe" in debtors, "it is received, and on no invoice yet"
    page = finance.get(overview).text
    assert "10-88-00" in page, "the account that the authority pays into"
    address = f"/finance/{tenant.slug}/invoices/{invoice.id}/stripe-cash"
    assert address in page and "£5.00" in finance.get(address).text
    assert finance.submit(address).status_code == 302
    assert "Stripe is asked" in finance.get(overview).text
    sides.rounds = AFTER_THE_PAGES
    sides.work()
    assert sides.owed(tenant, invoice) == 0
    assert "No invoice waits for money" in finance.get(overview).text


def test_too_little_is_not_offered_and_refused_all_the_same(
    sides: Sides, finance: PageClient
) -> None:
    tenant, invoice = sides.pushed()
    sides.transfer(invoice, 500)
    sides.deliver()
    overview = f"/finance/{tenant.slug}/stripe-cash"
    address = f"/finance/{tenant.slug}/invoices/{invoice.id}/stripe-cash"
    page = finance.get(overview).text
    assert address not in page and "Not enough" in page
    assert finance.page is not None
    token = next(e for e in finance.page.all("input") if e.get("name") == "csrf_token").get("value")
    assert finance.post(address, data={"csrf_token": token}).status_code == 302
    assert "whole or not at all" in finance.get(overview).text


def test_without_keys_the_page_says_that_everything_works_by_hand(app: Flask) -> None:
    finance = browser(app, make_person(app, role=ProviderRole.FINANCE))
    assert "Stripe is not connected" in finance.get("/finance/stripe").text


def test_a_manager_neither_compares_nor_places(sides: Sides) -> None:
    tenant, invoice = sides.pushed()
    manager = browser(sides.app, make_person(sides.app, role=ProviderRole.MANAGER))
    for address in (
        f"/finance/{tenant.slug}/stripe-cash",
        f"/finance/{tenant.slug}/invoices/{invoice.id}/stripe-cash",
    ):
        assert manager.get(address).status_code == 403
