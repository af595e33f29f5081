"""Finance's pages about Stripe in a real browser: usable by everyone, wide and narrow."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from saas.identity.permissions import ProviderRole
from tests.billing.stripe.conftest import Sides
from tests.billing.test_journey_in_browser import (  # noqa: F401  (fixtures)
    look,
    served,
    sign_in,
    started_browser,
)
from tests.factories import make_person

pytestmark = pytest.mark.browser


def test_finance_compares_and_places_the_money_that_waits(
    lone_sides: Sides, browser: Browser, address: str
) -> None:
    sides = lone_sides
    tenant, invoice = sides.pushed()
    _, other = sides.pushed()
    sides.transfer(other, 100_000, placed=False)
    sides.transfer(invoice, invoice.gross_pence + 25_000, placed=False)
    sides.deliver()
    sides.mark(sides.there(invoice)["id"], custom_fields=[])
    page = sign_in(browser, address, make_person(sides.app, role=ProviderRole.FINANCE))
    page.goto(f"{address}/finance/stripe")
    look(page, "stripe-first")
    page.get_by_role("button", name="Compare only").click()
    look(page, "stripe-waits")
    sides.rounds = 10**4
    sides.work()
    page.goto(f"{address}/finance/stripe")
    look(page, "stripe-differences")
    page.get_by_role("link", name=f"Choose an invoice for {tenant.name}").click()
    look(page, "stripe-cash")
    page.get_by_role("link", name=f"Pay with this money invoice {invoice.number}").click()
    look(page, "stripe-confirm")
    page.get_by_role("button", name="Pay the invoice").click()
    look(page, "stripe-asked")
    sides.work()
    assert sides.owed(tenant, invoice) == 0
