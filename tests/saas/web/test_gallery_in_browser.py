"""The components in a real browser: what no parser can see."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from saas.web.frame import Door, PageFrame
from tests.accessibility import violations
from tests.chromium import NARROW, WIDE, serving, started
from tests.saas.web.gallery import NAVIGATION, gallery_app

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", name="address")
def served_gallery() -> Iterator[str]:
    door = {"now": Door.AUTHORITY}

    def frame() -> PageFrame:
        return PageFrame(
            door=door["now"],
            place="Trafford",
            navigation=NAVIGATION,
            signed_in_name="Nadia Osei",
            account_href="/account",
            sign_out_href="/sign-out",
        )

    app = gallery_app(frame, demo=True)

    @app.get("/door/<name>")
    def choose(name: str) -> str:
        door["now"] = Door(name)
        return "chosen"

    with serving(app) as address:
        yield address


@pytest.fixture(scope="module", name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


@pytest.fixture(name="page")
def fresh_page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context()
    yield context.new_page()
    context.close()


@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_the_page_fits_the_width_and_breaks_no_policy(page: Page, address: str, width: int) -> None:
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.on("pageerror", lambda error: said.append(str(error)))
    page.set_viewport_size({"width": width, "height": 900})
    page.goto(address)
    assert page.evaluate("document.documentElement.scrollWidth") == width
    assert [text for text in said if "Content Security Policy" in text or "rror" in text] == []


def test_on_a_telephone_a_row_is_a_card_and_the_filter_is_closed(page: Page, address: str) -> None:
    page.set_viewport_size({"width": NARROW, "height": 900})
    page.goto(address)
    cell = page.locator("td[data-label='Stage']").first
    assert cell.evaluate("one => getComputedStyle(one).display") == "grid"
    assert cell.evaluate("one => getComputedStyle(one, '::before').content") == '"Stage"'
    assert page.locator("details.app-filter").get_attribute("open") is None
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.goto(address)
    assert cell.evaluate("one => getComputedStyle(one).display") == "table-cell"
    assert page.locator("details.app-filter").get_attribute("open") is not None


def test_after_a_mistake_the_summary_has_the_focus_and_leads_to_the_field(
    page: Page, address: str
) -> None:
    page.goto(address)
    page.get_by_label("Day").fill("20")
    page.get_by_role("button", name="Record the contact").click()
    page.wait_for_function("document.activeElement.matches('.govuk-error-summary')")
    page.get_by_role("link", name="must include a month and a year").click()
    expect(page.locator("#sent_on-month")).to_be_focused()
    expect(page.get_by_label("Day")).to_have_value("20")


@pytest.mark.parametrize("door", Door)
def test_axe_finds_nothing_behind_any_door(browser: Browser, address: str, door: Door) -> None:
    # axe is an inline script, which the policy would refuse.
    context = browser.new_context(bypass_csp=True, viewport={"width": WIDE, "height": 900})
    page = context.new_page()
    page.goto(f"{address}/door/{door.value}")
    page.goto(address)
    for details in page.locator("details").all():
        details.evaluate("one => { one.open = true; }")
    found = violations(page)
    context.close()
    assert found == []


def test_axe_finds_nothing_on_a_telephone_with_mistakes(browser: Browser, address: str) -> None:
    context = browser.new_context(bypass_csp=True, viewport={"width": NARROW, "height": 900})
    page = context.new_page()
    page.goto(address)
    page.get_by_role("button", name="Record the contact").click()
    page.wait_for_selector(".govuk-error-summary")
    found = violations(page)
    context.close()
    assert found == []
