"""The main job, as an officer does it: sign in, open a case, read the statistics."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import OpenAs
from tests.chromium import NARROW, WIDE
from tests.factories import PASSWORD
from tests.walls.places import World

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("script", [True, False], ids=["with scripts", "without scripts"])
@pytest.mark.parametrize("width", [WIDE, NARROW])
def test_an_officer_signs_in_opens_a_case_and_reads_the_statistics(
    world: World, open_as: OpenAs, width: int, script: bool
) -> None:
    officer = world.here.people["officer"]
    (case,) = [row for row in world.here.rows["sen_case"] if row["id"] == world.here.case_id]
    page = open_as(None, width=width, script=script)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))

    page.goto("/authority/")
    expect(page).to_have_title("Sign in - SEND mediation")
    page.get_by_label("E-mail address").fill(officer.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()

    # She comes to what she asked for, and the page says whose place it is.
    expect(page.get_by_role("banner")).to_contain_text(world.here.tenancy.name)
    page.goto(f"/authority/?text={case['reference']}")
    page.locator(f"a[href='/authority/cases/{case['id']}']").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text(case["reference"])
    expect(page.get_by_role("main")).to_contain_text("Meeting held")

    page.goto("/authority/statistics?year=2026")
    expect(page.get_by_role("heading", level=1)).to_be_visible()
    expect(page.get_by_role("main")).to_contain_text("Mediations held")
    assert [text for text in said if "Content Security Policy" in text] == []


def test_the_first_key_shows_a_way_past_the_navigation(world: World, open_as: OpenAs) -> None:
    page = open_as(world.here.people["officer"])
    page.goto("/authority/")
    page.keyboard.press("Tab")
    skip = page.get_by_role("link", name="Skip to main content")
    expect(skip).to_be_focused()
    expect(skip).to_be_in_viewport()
    page.keyboard.press("Enter")
    expect(page.locator("#main-content")).to_be_focused()
    # Every further stop can be seen: it is ringed or coloured, unlike before.
    page.goto("/authority/")
    for _ in range(12):
        page.keyboard.press("Tab")
        shown = page.evaluate(
            """() => {
                const one = document.activeElement, style = getComputedStyle(one);
                const box = one.getBoundingClientRect();
                return {name: one.outerHTML.slice(0, 80), width: box.width,
                        ring: style.outlineStyle !== 'none' || style.boxShadow !== 'none'};
            }"""
        )
        assert shown["ring"] and shown["width"] > 0, f"{shown['name']} does not show its focus"
