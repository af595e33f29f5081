"""Issue 13: passkeys in a real browser, and the pages of signing in looked over.

Set SCREENSHOTS to a folder to look at the pages.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pyotp
import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tests.accessibility import violations
from tests.chromium import PATIENCE_MS, serving, sign_in, started
from tests.factories import Someone, make_person

pytestmark = pytest.mark.browser


@pytest.fixture(name="address")
def served(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        # A passkey belongs to a name, and 127.0.0.1 is none.
        yield address.replace("127.0.0.1", "localhost")


@pytest.fixture(name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


def page_of(browser: Browser, address: str, *, script: bool = True) -> Page:
    context = browser.new_context(
        base_url=address, java_script_enabled=script, bypass_csp=True,
        viewport={"width": 1280, "height": 900},
    )  # fmt: skip
    context.set_default_timeout(PATIENCE_MS)
    return context.new_page()


def looked_at(page: Page, name: str) -> None:
    assert violations(page) == []
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"sign-in-{name}.png", full_page=True)


def test_a_passkey_is_made_and_lets_in(
    app: Flask, browser: Browser, address: str, officer: Someone
) -> None:
    page = page_of(browser, address)
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    key = {
        "protocol": "ctap2", "transport": "internal", "hasResidentKey": True,
        "hasUserVerification": True, "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }  # fmt: skip
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": key})
    sign_in(page, officer)
    page.goto("/account/security")
    looked_at(page, "security")
    page.get_by_role("link", name="Make a passkey").click()
    page.get_by_label("What you call it").fill("Work laptop")
    looked_at(page, "new-passkey")
    page.get_by_role("button", name="Make the passkey").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    expect(page.get_by_text("Work laptop", exact=True).first).to_be_visible()
    looked_at(page, "recovery-codes")

    page.get_by_role("button", name="Sign out", exact=True).first.click()
    sign_in(page, officer)
    expect(page).to_have_url(re.compile("/sign-in/second$"))
    looked_at(page, "second")
    page.get_by_role("button", name="Use a passkey").click()
    expect(page).to_have_url(re.compile("/authority/"))


def test_without_script_a_telephone_does_as_well(
    app: Flask, browser: Browser, address: str, tenant: Tenancy
) -> None:
    manager = make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)
    page = page_of(browser, address, script=False)
    sign_in(page, manager)
    page.goto("/account/security")
    page.get_by_role("link", name="Use codes of a telephone").click()
    secret = page.locator("strong").filter(has_text=re.compile("^[A-Z2-7 ]{30,}$")).inner_text()
    page.get_by_label("The code that it shows now").fill(pyotp.TOTP(secret.replace(" ", "")).now())
    page.get_by_role("button", name="Use this telephone").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    code = page.locator("code").first.inner_text()
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    sign_in(page, manager)
    page.get_by_label("Code", exact=True).fill(code)
    page.get_by_role("button", name="Sign in").click()
    page.goto("/authority/team")
    expect(page.get_by_role("heading", name="Who has access")).to_be_visible()


@pytest.mark.parametrize(
    "path", ["/sign-in", "/forgotten-password", "/authority/team", "/authority/team/invite"]
)
def test_the_pages_are_good_for_everyone(
    app: Flask, browser: Browser, address: str, tenant: Tenancy, path: str
) -> None:
    page = page_of(browser, address)
    if path.startswith("/authority"):
        sign_in(page, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    page.goto(path)
    looked_at(page, path.replace("/", "-"))
