"""The first page and the families' pages as people see them who enlarge, choose their own colours,
want nothing to move, or read from the right."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.accessibility import violations
from tests.chromium import PATIENCE_MS
from tests.walls.places import World

# A window of 1280 at 400% is one of 320 (WCAG 2.2, 1.4.10).
AT_400 = {"width": 320, "height": 256}
WIDE = {"width": 1280, "height": 900}
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@pytest.fixture(params=["", "?lang=ar", "?lang=pl"], ids=["english", "arabic", "polish"])
def path(world: World, request: pytest.FixtureRequest) -> str:
    return f"/family/{world.here.family_token}/{request.param}"


@pytest.fixture(name="look")
def looking(browser: Browser, address: str) -> Iterator[object]:
    contexts = []

    def look(path: str, **how: object) -> Page:
        context = browser.new_context(base_url=address, **how)  # type: ignore[arg-type]
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.goto(path)
        return page

    yield look
    for context in contexts:
        context.close()


def kept(page: Page, name: str) -> None:
    """A picture of the page, where somebody asks for one (PICTURES=folder)."""
    folder = os.environ.get("PICTURES")
    if folder:
        page.screenshot(path=Path(folder) / f"{name}.png", full_page=True)


def wider_than_the_window(page: Page) -> int:
    return int(
        page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    )


def test_nothing_is_lost_at_400_per_cent(look, path: str) -> None:  # type: ignore[no-untyped-def]
    page = look(path, viewport=AT_400)
    assert wider_than_the_window(page) <= 0
    assert page.locator("h1").is_visible()
    kept(page, f"400-{path[-2:].strip('/')}")


def test_the_first_page_loses_nothing_at_400_per_cent(look) -> None:  # type: ignore[no-untyped-def]
    assert wider_than_the_window(look("/", viewport=AT_400)) <= 0


@pytest.mark.parametrize("first", ["/", "family"])
def test_in_colours_of_ones_own_buttons_and_tags_keep_an_edge(  # type: ignore[no-untyped-def]
    look, world: World, first: str
) -> None:
    where = first if first == "/" else f"/family/{world.here.family_token}/"
    page = look(where, viewport=WIDE, forced_colors="active")
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    for one in page.locator(".govuk-button, .app-tag, .app-badge").all():
        edge = one.evaluate(
            "e => { const s = getComputedStyle(e); return [s.borderTopStyle, s.outlineStyle,"
            " s.borderInlineStartStyle] }"
        )
        assert set(edge) != {"none"}, one.inner_text()
    kept(page, f"forced-{first.strip('/') or 'first'}")


@pytest.mark.parametrize("first", ["/", "family"])
def test_nothing_moves_for_who_wants_no_movement(  # type: ignore[no-untyped-def]
    look, world: World, first: str
) -> None:
    where = first if first == "/" else f"/family/{world.here.family_token}/"
    page = look(where, viewport=WIDE, reduced_motion="reduce")
    moving = page.evaluate(
        "[...document.querySelectorAll('*')].filter(e => { const s = getComputedStyle(e);"
        " return parseFloat(s.animationDuration) > 0.01 || s.scrollBehavior === 'smooth' })"
        ".map(e => e.className)"
    )
    assert moving == []


def test_arabic_is_read_from_the_right(look, world: World) -> None:  # type: ignore[no-untyped-def]
    page = look(f"/family/{world.here.family_token}/?lang=ar", viewport=WIDE)
    assert page.evaluate("getComputedStyle(document.querySelector('h1')).direction") == "rtl"
    box = page.locator("h1").bounding_box()
    assert box is not None and box["x"] + box["width"] > WIDE["width"] / 2
    for name in ("h1", "p.govuk-body"):
        assert page.locator(name).first.evaluate("e => getComputedStyle(e).textAlign") in (
            "start", "right",
        )  # fmt: skip
    kept(page, "arabic")


@pytest.mark.parametrize("code", ["ar", "ur", "pl"])
def test_a_translated_page_keeps_the_rules(  # type: ignore[no-untyped-def]
    look, world: World, code: str
) -> None:
    page = look(f"/family/{world.here.family_token}/?lang={code}", viewport=WIDE, bypass_csp=True)
    assert violations(page, runOnly={"type": "tag", "values": TAGS}) == []
