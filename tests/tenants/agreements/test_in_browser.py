"""The signing of an agreement in a real browser: a parent's telephone and an officer's screen.

Set SCREENSHOTS to a folder to look at the pages.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.access_links.family_links import family_of, make_link
from tests.accessibility import violations
from tests.chromium import serving, sign_in, started
from tests.factories import Someone, actor, make_person
from tests.tenants.agreements.makers import (
    Agreed,
    agreed_case,
    signers_with,
    write_and_send,
)

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 900}

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("standing_clock")]


@pytest.fixture(name="address")
def served(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture(name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


class Screen:
    """One person's screen; every page it shows is looked over."""

    def __init__(self, browser: Browser, address: str, size: dict[str, int], who: str) -> None:
        # axe is an inline script, which the policy would refuse.
        context = browser.new_context(bypass_csp=True, viewport=size)  # type: ignore[arg-type]
        self.page: Page = context.new_page()
        self.address, self.who, self.width = address, who, size["width"]
        self.shots = 0

    def go(self, path: str) -> None:
        self.page.goto(self.address + path)

    def looked_at(self, name: str) -> None:
        """No fault that axe finds, nothing wider than the screen."""
        assert violations(self.page) == [], f"{self.who}, {name}"
        assert self.page.evaluate("document.documentElement.scrollWidth") <= self.width, name
        folder = os.environ.get("SCREENSHOTS")
        if folder:
            self.shots += 1
            path = Path(folder) / f"{self.who}-{self.shots}-{name}-{self.width}.png"
            self.page.screenshot(path=path, full_page=True)

    def sign_in(self, someone: Someone) -> None:
        sign_in(self.page, someone, address=self.address)

    def press(self, name: str) -> None:
        self.page.get_by_role("button", name=name).first.click()

    def follow(self, name: str) -> None:
        self.page.get_by_role("link", name=name).first.click()


def draft_and_send(screen: Screen, agreed: Agreed) -> None:
    page = screen.page
    screen.go(f"{agreed.case}/agreement")
    page.get_by_label("What was agreed, in the participants' own words").fill(
        "We agreed that the needs have changed since the decision."
    )
    screen.press("Keep the words")
    screen.follow("Add a step")
    page.get_by_label("What will be done").fill(
        "The authority will carry out an assessment of needs and ask the school for its advice."
    )
    page.get_by_label("Local authority", exact=True).check()
    page.get_by_label("Who of them").fill("Sam Officer")
    page.get_by_label("What kind of step it is").select_option("assess")
    screen.looked_at("step")
    screen.press("Keep the step")
    screen.follow("Add a step")
    page.get_by_label("What will be done").fill("The family will send the therapist's report.")
    page.get_by_label("Family", exact=True).check()
    page.get_by_label("What kind of step it is").select_option("other")
    for part, value in (("Day", "3"), ("Month", "7"), ("Year", "2026")):
        page.get_by_label(part).fill(value)
    page.get_by_label("The agreement itself says this date").check()
    screen.press("Keep the step")
    screen.looked_at("draft")
    screen.follow("Check it and send it to be signed")
    screen.looked_at("sending")
    screen.press("Send it to be signed")
    screen.looked_at("sent")


def test_a_parent_and_an_officer_sign_on_their_own_screens(
    app: Flask, browser: Browser, address: str
) -> None:
    agreed = agreed_case(app)
    desk = Screen(browser, address, DESK, "coordinator")
    officer = Screen(browser, address, DESK, "officer")
    parent = Screen(browser, address, PHONE, "parent")
    desk.sign_in(make_person(app, role=ProviderRole.COORDINATOR, name="Casey Coordinator"))
    officer.sign_in(
        make_person(app, tenant=agreed.tenant, role=AuthorityRole.OFFICER, name="Sam Officer")
    )
    desk.go(f"{agreed.case}/links")
    desk.press("Show a link to hand over")
    desk.looked_at("links")
    link = desk.page.get_by_label("Link", exact=True).input_value()
    draft_and_send(desk, agreed)

    parent.page.goto(link)
    parent.looked_at("case")
    parent.follow("Read and sign the agreement")
    parent.looked_at("agreement")
    parent.press("Sign the agreement")
    expect(parent.page.locator(".govuk-error-summary")).to_be_visible()
    parent.looked_at("mistakes")
    parent.page.get_by_label("I have read it and I agree to it").check()
    parent.page.get_by_label("Your full name").fill("Jo Example")
    parent.press("Sign the agreement")
    assert "You have signed" in parent.page.inner_text("main")
    parent.looked_at("signed")

    officer.go(f"{agreed.own_case}/agreement")
    officer.looked_at("agreement")
    officer.page.get_by_label("I have read it").check()
    officer.page.get_by_label("Your full name").fill("Sam Officer")
    officer.press("Sign the agreement")
    assert "Signed by everyone" in officer.page.inner_text("main")
    officer.looked_at("signed")
    officer.go("/authority/steps?view=ahead")
    officer.looked_at("steps")
    officer.follow("Done")
    officer.page.get_by_label("What shows it").fill("Letter to the family of today")
    officer.looked_at("done")
    officer.press("Record the step as done")
    officer.looked_at("check")
    officer.press("Yes, record it as done")
    officer.looked_at("case")

    desk.go(f"{agreed.case}/agreement")
    desk.looked_at("made")
    desk.go(agreed.case)
    desk.looked_at("case")
    desk.go("/provider/steps?view=ahead")
    desk.looked_at("steps")
    parent.go(agreed.family_page)
    done = parent.page.locator("#steps ~ table tbody tr").first.inner_text()
    assert "done" in done and "done late" not in done
    parent.looked_at("case")


def test_a_link_that_is_over_says_what_to_do_on_a_telephone(
    app: Flask, browser: Browser, address: str
) -> None:
    parent = Screen(browser, address, PHONE, "stranger")
    parent.go("/family/no-such-link/")
    assert "This link no longer works" in parent.page.inner_text("main")
    parent.looked_at("over")


def test_the_pages_of_a_new_case_fit_a_telephone(
    app: Flask, browser: Browser, address: str
) -> None:
    agreed = agreed_case(app)
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        ((party_id, _),) = family_of(session, agreed.case_id)
        token = make_link(session, agreed.case_id, party_id, by=actor()).token
    parent = Screen(browser, address, PHONE, "newcomer")
    parent.go(f"/family/{token}/")
    parent.looked_at("case")


def test_health_signs_by_the_link_that_a_coordinator_hands_over(
    app: Flask, browser: Browser, address: str
) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed, signers_with(agreed, "health"))
    desk = Screen(browser, address, DESK, "coordinator")
    desk.sign_in(make_person(app, role=ProviderRole.COORDINATOR, name="Casey Coordinator"))
    desk.go(f"{agreed.case}/agreement")
    desk.looked_at("out")
    desk.follow("Links to sign by")
    desk.looked_at("links")
    desk.press("Show a link to hand over")
    desk.looked_at("link-made")
    link = urlsplit(desk.page.get_by_label("Link", exact=True).input_value()).path

    health = Screen(browser, address, PHONE, "health")
    health.go(link)
    health.looked_at("to-sign")
    health.press("Sign the agreement")
    health.looked_at("refused")
    # By the keyboard alone.
    health.page.get_by_label("I have read it and I agree to it").focus()
    health.page.keyboard.press("Space")
    health.page.keyboard.press("Tab")
    health.page.keyboard.type("Dr Morgan Health")
    health.page.keyboard.press("Enter")
    health.page.get_by_text("You have signed. Thank you.").wait_for()
    health.looked_at("signed")
