"""Issue 14: news from a draft to its sending in a real browser, with and without script; and the
question of a referral about what looks like a slip.

Set SCREENSHOTS to a folder to look at the pages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from tenants.front_door.mailing.models import MailingAddress
from tests.accessibility import violations
from tests.chromium import NARROW, WIDE, serving, started, window
from tests.factories import NOW, make_person

pytestmark = pytest.mark.browser


@pytest.fixture(name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


@pytest.fixture
def address(fresh_app: Flask) -> Iterator[str]:
    with scoped(Scope.identity()) as session:
        session.add_all(
            MailingAddress(
                email=f"{name}@family.example", source_key="", asked_at=NOW, confirmed_at=NOW
            )
            for name in ("ada", "ben")
        )
    with serving(fresh_app) as where:
        yield where


def looked_at(page: Page, name: str, *, script: bool) -> None:
    if script:
        assert violations(page) == []
    width = page.evaluate("document.documentElement.scrollWidth") if script else 0
    assert width <= (page.viewport_size or {"width": WIDE})["width"]
    folder = os.environ.get("SCREENSHOTS")
    if folder:
        page.screenshot(path=Path(folder) / f"news-{name}.png", full_page=True)


@pytest.mark.parametrize(
    ("width", "script"), [(WIDE, True), (NARROW, True), (WIDE, False)], ids=str
)
def test_news_goes_from_a_draft_to_the_list(
    fresh_app: Flask, browser: Browser, address: str, *, width: int, script: bool
) -> None:
    manager = make_person(fresh_app, role=ProviderRole.MANAGER)
    page = window(browser, fresh_app, address, manager, width=width, script=script, axe=script)
    page.goto("/manager/public-pages/news")
    looked_at(page, f"empty-{width}", script=script)
    page.locator("main").get_by_text("Write news").click()
    page.get_by_label("Subject of the e-mail").fill("News of June")
    page.get_by_label("The text").fill("## Open\n\nWe are **open** on Saturdays.")
    page.get_by_role("button", name="Look at it first").click()
    expect(page.get_by_text("Nothing is kept or sent yet")).to_be_visible()
    looked_at(page, f"form-{width}", script=script)
    page.get_by_role("button", name="Keep the draft").click()
    expect(page.get_by_text("2 people are on the list")).to_be_visible()
    looked_at(page, f"draft-{width}", script=script)
    page.locator("main").get_by_text("Send it to the list").click()
    expect(page.get_by_role("heading", name="Send this to 2 people?")).to_be_visible()
    looked_at(page, f"question-{width}", script=script)
    page.get_by_role("button", name="Send it to 2 people").click()
    expect(page.get_by_text("It begins within a minute")).to_be_visible()
    looked_at(page, f"sending-{width}", script=script)
    page.goto("/manager/public-pages/news")
    looked_at(page, f"list-{width}", script=script)


def test_a_slip_is_asked_about_on_the_page_itself(
    fresh_app: Flask, browser: Browser, address: str
) -> None:
    for width in (WIDE, NARROW):
        page = window(browser, fresh_app, address, None, width=width, axe=True)
        page.goto("/refer/contact")
        page.get_by_label("Your name").fill("Jo Doorwell")
        page.get_by_label("Who you are to the child").fill("Mother")
        page.get_by_label("Your e-mail address").fill("jo@gmial.com")
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("Did you mean jo@gmail.com?")).to_be_visible()
        looked_at(page, f"slip-{width}", script=True)
        page.get_by_role("button", name="Continue").click()
        expect(page.get_by_text("Did you mean jo@gmail.com?")).to_be_hidden()
