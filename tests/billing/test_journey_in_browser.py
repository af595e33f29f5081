"""Finance's journey in a real browser, from the contract to paid, and what axe says of its pages.

SCREENSHOTS names a folder to leave a picture of each step in, wide and narrow.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from billing.periods import financial_year, quarter_name, quarter_of
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.web.today import today
from tests.accessibility import violations
from tests.chromium import NARROW, WIDE, serving, started
from tests.chromium import sign_in as sign_in_by_hand
from tests.factories import Someone, make_person, make_tenant

PICTURES = os.environ.get("SCREENSHOTS")
YEAR = financial_year(today())

pytestmark = pytest.mark.browser


@pytest.fixture(name="address")
def served(fresh_app: Flask) -> Iterator[str]:
    with serving(fresh_app) as address:
        yield address


@pytest.fixture(name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


def look(page: Page, name: str) -> None:
    """The page breaks no rule of axe, and fits a telephone; a picture of it, if asked for."""
    assert violations(page) == [], name
    for width in (NARROW, WIDE):
        page.set_viewport_size({"width": width, "height": 900})
        wide = page.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, f"{name} is {wide} wide on {width}"
        if PICTURES:
            page.screenshot(path=f"{PICTURES}/{name}-{width}.png", full_page=True)


def sign_in(browser: Browser, address: str, someone: Someone) -> Page:
    page = browser.new_context().new_page()
    sign_in_by_hand(page, someone, address=address)
    return page


def fill_day(page: Page, name: str, day: object) -> None:
    for part in ("day", "month", "year"):
        page.locator(f"#{name}-{part}").fill(str(getattr(day, part)))


def test_from_the_contract_to_paid(fresh_app: Flask, browser: Browser, address: str) -> None:
    tenant = make_tenant(fresh_app)
    finance = sign_in(browser, address, make_person(fresh_app, role=ProviderRole.FINANCE))
    base = f"{address}/finance/{tenant.slug}"

    finance.goto(f"{base}/contract/new")
    finance.get_by_label("Contract reference").fill("SEND-2026-001")
    fill_day(finance, "starts_on", YEAR.first)
    fill_day(finance, "ends_on", YEAR.last.replace(year=YEAR.last.year + 2))
    finance.get_by_label("Yearly fee, without VAT").fill("48,000")
    finance.get_by_label("Mediations included").fill("10")
    finance.get_by_label("Each mediation beyond").fill("700")
    finance.get_by_label("How the authority writes its order numbers").fill("45########")
    look(finance, "new-contract")
    finance.get_by_role("button", name="Record the contract").click()
    finance.goto(f"{base}/billing-contact")
    finance.get_by_label("Address", exact=True).fill("Accounts payable\nCivic Centre")
    finance.get_by_label("E-mail address for invoices").fill("accounts@example.example")
    finance.get_by_role("button", name="Save").click()
    look(finance, "contract-without-order")

    own = sign_in(
        browser, address, make_person(fresh_app, tenant=tenant, role=AuthorityRole.FINANCE)
    )
    own.goto(f"{address}/authority/purchase-orders/new")
    own.get_by_label("Purchase order number").fill("4500118273")
    own.get_by_label("Value, without VAT").fill("60,000")
    fill_day(own, "valid_from", YEAR.first)
    fill_day(own, "valid_to", YEAR.last)
    own.get_by_role("button", name="Enter the purchase order").click()
    look(own, "authority-invoices-empty")

    finance.goto(f"{base}/contract")
    finance.get_by_role("button", name="Draft the invoice").click()
    look(finance, "draft")
    finance.get_by_role("button", name="Continue to issue").or_(
        finance.get_by_role("link", name="Continue to issue")
    ).first.click()
    look(finance, "check-before-issue")
    finance.get_by_role("button", name="Issue the invoice").click()
    look(finance, "issued")
    finance.get_by_role("link", name="See the invoice").click()
    look(finance, "invoice")
    invoice = finance.url

    own.goto(f"{address}/authority/invoices")
    look(own, "authority-invoices")
    own.get_by_role("link", name="INV-").first.click()
    look(own, "authority-invoice")
    for name, path in (
        ("authority-use", "/authority/use"),
        ("authority-account", "/authority/account-statement"),
    ):
        own.goto(f"{address}{path}")
        look(own, name)

    finance.goto(f"{base}/payments/new")
    fill_day(finance, "received_on", today())
    finance.get_by_label("Amount").fill("14,400")
    look(finance, "new-payment")
    finance.get_by_role("button", name="Record the payment").click()
    look(finance, "account")
    finance.goto(invoice)
    expect(finance.get_by_text("Paid", exact=True).first).to_be_visible()
    for name, path in (
        ("contracts", "/finance/contracts"),
        ("invoices", "/finance/invoices"),
        ("run", f"/finance/runs?period={quarter_name(quarter_of(today()))}"),
        ("debtors", "/finance/debtors"),
        ("bank", "/finance/bank"),
        ("reports", "/finance/reports"),
        ("stripe", "/finance/stripe"),
        ("use", f"/finance/{tenant.slug}/use"),
        ("credit", invoice.removeprefix(address) + "/credit"),
    ):
        finance.goto(f"{address}{path}")
        look(finance, name)

    put_the_payment_right(finance, base)
    change_the_contract(finance, base)


def put_the_payment_right(finance: Page, base: str) -> None:
    """Split over what is open, then taken back: it was another council's."""
    finance.goto(f"{base}/account")
    finance.get_by_role("link", name="No reference").first.click()
    look(finance, "payment")
    finance.get_by_role("link", name="Split it, or place it on other invoices").click()
    finance.get_by_label("INV-").first.fill("10,000")
    finance.get_by_label("Why").fill("The remittance advice of 3 May")
    look(finance, "place-payment")
    finance.get_by_role("button", name="Place it so").click()
    expect(finance.get_by_text("£10,000.00").first).to_be_visible()
    finance.get_by_role("link", name="Move it to another authority").click()
    look(finance, "move-payment")
    finance.go_back()
    finance.get_by_role("link", name="Record a refund").click()
    look(finance, "refund-payment")
    finance.go_back()
    finance.get_by_role("link", name="Take it back").click()
    finance.get_by_label("Why").fill("It came from another council")
    finance.get_by_role("button", name="See what follows").click()
    look(finance, "reverse-asked")
    finance.get_by_role("button", name="Take it back").click()
    look(finance, "payment-taken-back")


def change_the_contract(finance: Page, base: str) -> None:
    """Amended in one thing, put right, replaced in thought, and ended with its money seen."""
    finance.goto(f"{base}/contract")
    finance.get_by_role("link", name="Amend, index or extend it").click()
    look(finance, "amend")
    finance.get_by_role("link", name="The yearly fee").click()
    look(finance, "amend-fee")
    finance.goto(f"{base}/contract")
    finance.get_by_role("link", name="Put right the terms").click()
    finance.get_by_label("Yearly fee, without VAT").fill("60,000")
    finance.get_by_label("What was wrong").fill("A slip of the pen")
    finance.get_by_role("button", name="See what follows").click()
    expect(finance.get_by_text("instead of").first).to_be_visible()
    look(finance, "terms-asked")
    finance.get_by_role("button", name="Put the terms right").click()
    look(finance, "terms-put-right")
    finance.get_by_role("link", name="Replace it").click()
    look(finance, "replace-contract")
    finance.goto(f"{base}/contract")
    finance.get_by_role("link", name="End it on another day").click()
    fill_day(finance, "last", YEAR.last)
    finance.get_by_label("Why, and where it is written").fill("Letter of 20 November")
    finance.get_by_role("button", name="See what follows").click()
    look(finance, "end-asked")
    finance.get_by_role("button", name="Record the last day").click()
    look(finance, "contract-ended")
