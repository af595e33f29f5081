"""Issue 13: a council's sign-in in a real browser, without JavaScript, and its pages looked over.

Set SCREENSHOTS to a folder to look at the pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, expect

from saas.identity.permissions import AuthorityRole
from tests.chromium import serving, started, window
from tests.saas.sign_in.test_in_browser import looked_at, page_of
from tests.saas.sign_in.work_accounts import Council, claims_of, member

pytestmark = pytest.mark.browser


@pytest.fixture(name="address")
def served(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    with serving(app) as address:
        settings = app.extensions["settings"].model_copy(update={"public_url": address})
        monkeypatch.setitem(app.extensions, "settings", settings)
        yield address


@pytest.fixture(name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


def test_a_manager_comes_by_the_councils_account_and_looks_after_the_connection(
    app: Flask, browser: Browser, address: str, council: Council
) -> None:
    manager = member(app, council, AuthorityRole.MANAGER)
    council.provider.tell(redirect_uris=[f"{address}{council.back}"], person=claims_of(manager))
    for script in (False, True):
        # Once under the service's own policy; once so that the pages can be looked over.
        page = (
            page_of(browser, address)
            if script
            else window(browser, app, address, None, script=False)
        )
        page.goto("/sign-in")
        page.get_by_label("E-mail address").fill(manager.email)
        if script:
            looked_at(page, "work-account-sign-in")
        page.get_by_role("button", name="Continue with your work account").click()
        expect(page.get_by_role("heading", name=re.compile("^" + manager.email))).to_be_visible()
        if script:
            looked_at(page, "work-account-offered")
        page.get_by_role("button", name=re.compile("Continue with your account at")).or_(
            page.get_by_role("link", name=re.compile("Continue with your account at"))
        ).click()
        expect(page).to_have_url(re.compile(re.escape(council.provider.address)))
        page.get_by_role("button", name="Sign in here").click()
        expect(page).to_have_url(f"{address}/authority/")
    page.goto("/authority/team/sign-in")
    page.get_by_role("button", name="Try the connection").click()
    expect(page.get_by_text("nothing is wrong that we can see from here")).to_be_visible()
    looked_at(page, "work-account-tried")
    page.goto("/authority/team/sign-in/change")
    looked_at(page, "work-account-change")
    page.goto("/confirm-it-is-you")
    looked_at(page, "work-account-prove")
    council.provider.tell(person=claims_of(manager, auth_time=None))
    page.get_by_role("button", name="Continue with your work account").or_(
        page.get_by_role("link", name="Continue with your work account")
    ).click()
    page.get_by_role("button", name="Sign in here").click()
    expect(page.get_by_role("heading", name="It is not confirmed")).to_be_visible()
    looked_at(page, "work-account-not-confirmed")
