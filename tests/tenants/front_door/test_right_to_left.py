"""The guide in Chromium from right to left: every part at its side, printed with its note."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Page, expect

from saas.web.languages import catalogue
from tests.accessibility import violations
from tests.chromium import WIDE, serving, started, window

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("standing_clock")]

PHONE = 375
NOTE = (
    "These words were translated by a machine and wait to be reviewed by a person. If something is"
    " unclear, read the English page or call us."
)


def faults(page: Page) -> list[str]:
    """What axe finds, and what is wider than the screen."""
    found = violations(page)
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, f"{wide} too wide"] if wide > 0 else found


def start_of(page: Page, selector: str) -> float:
    """The right edge of what is shown first: where a line begins."""
    box = page.locator(selector).first.bounding_box()
    assert box is not None
    return box["x"] + box["width"]


def test_arabic_and_urdu_stand_at_the_right_on_a_phone_and_a_desktop(
    app: Flask, chromium: Path
) -> None:
    with serving(app) as address, started(chromium) as browser:
        for code in ("ar", "ur"):
            for width in (PHONE, WIDE):
                page = window(browser, app, address, None, width=width, axe=True)
                page.goto(f"/guide?lang={code}")
                # The ring is drawn at the edge of its label, and its button lies over it.
                ring = (
                    "getComputedStyle(document.querySelector('.govuk-radios__label'), '::before')"
                )
                assert page.evaluate(f"{ring}.right") == "2px"
                assert start_of(page, ".govuk-radios__input") > start_of(
                    page, ".govuk-radios__label"
                )
                page.check("input[value=RTA]")
                page.fill("#notice_sent-day", "31")
                page.click("main button[type=submit]")
                wrong = page.locator(".govuk-form-group--error").first
                expect(wrong).to_have_css("border-right-width", "5px")
                expect(wrong).to_have_css("border-left-width", "0px")
                assert faults(page) == []
                for part, value in (("day", "28"), ("month", "5"), ("year", "2026")):
                    page.fill(f"#notice_sent-{part}", value)
                page.click("main button[type=submit]")
                assert faults(page) == []
                assert start_of(page, "main h1") > width / 2
                note = catalogue(code).get(NOTE)
                page.emulate_media(media="print")
                assert note is not None
                assert page.locator(".app-languages__note").inner_text() == str(note.string)
                assert not page.locator(".app-languages nav").is_visible()
                page.context.close()
