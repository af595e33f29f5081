"""The whole form in a real Chromium: phone and desktop, with and without script, by keyboard."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.call_backs.actions import add_hours
from tenants.call_backs.models import AdviserHours, CallBack
from tests.accessibility import violations
from tests.chromium import NARROW, WIDE, serving, started, window
from tests.factories import make_person
from tests.tenants.referring.journeys import PARENT, Clock

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module", name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    with serving(app) as where:
        yield where


@pytest.fixture(autouse=True)
def _somebody_is_free(app: Flask) -> Iterator[None]:
    adviser = make_person(app, role=ProviderRole.ADVISER)
    with scoped(Scope.panel(None)) as session:
        session.execute(sa.delete(AdviserHours))
        add_hours(session, adviser.id, 3, dt.time(9), dt.time(12), 6)
    yield
    with scoped(Scope.panel(None)) as session:
        session.execute(sa.delete(AdviserHours))


def answers_of(tenant: Tenancy, family: str) -> dict[str, dict[str, str]]:
    thursday = "2026-06-11"
    return {
        **{step: dict(fields) for step, fields in PARENT.items()},
        "child": {**PARENT["child"], "family_name": family},
        "where": {"council": tenant.slug},
        "call": {"day": thursday},
        "time": {"time": f"{thursday}T09:00:00+00:00"},
    }


def by_mouse(page: Page, fields: Mapping[str, str]) -> None:
    """Fill the page in and press its button."""
    for name, value in fields.items():
        one = page.locator(f"main [name='{name}']").first
        kind = one.evaluate("one => one.type")
        if kind == "radio":
            page.locator(f"main [name='{name}'][value='{value}']").check()
        elif kind == "select-one":
            one.select_option(value)
        else:
            one.fill(value)
    page.get_by_role("main").get_by_role("button").last.click()


def by_keyboard(page: Page, fields: Mapping[str, str]) -> None:
    """The same with Tab, arrows, letters and Enter alone."""
    for name, value in fields.items():
        tab_to(page, f"document.activeElement.name === '{name}'")
        kind = page.evaluate("document.activeElement.type")
        if kind == "radio":
            page.keyboard.press("Space")
            for _ in range(20):
                if page.evaluate("document.activeElement.value") == value:
                    break
                page.keyboard.press("ArrowDown")
        elif kind == "select-one":
            wanted = page.evaluate(
                f"[...document.activeElement.options].find(one => one.value === '{value}').text"
            )
            page.keyboard.type(wanted)
        else:
            page.keyboard.type(value)
    tab_to(page, "document.activeElement.matches('main button[type=submit]')")
    page.keyboard.press("Enter")


def tab_to(page: Page, condition: str) -> None:
    for _ in range(60):
        if page.evaluate(condition):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"no Tab leads to it: {condition}")


def faults(page: Page, *, script: bool) -> list[str]:
    """What axe and the edge of the screen find; axe itself is a script."""
    page.get_by_role("heading", level=1).wait_for()
    found = [f"{page.url}: {one}" for one in violations(page)] if script else []
    wide = page.evaluate("document.documentElement.scrollWidth - innerWidth")
    return [*found, f"{page.url} is {wide} too wide"] if wide > 0 else found


@pytest.mark.parametrize(
    ("width", "script", "keyboard"),
    [(NARROW, False, False), (WIDE, True, True), (NARROW, True, False), (WIDE, False, True)],
    ids=["phone, no script", "desktop, keyboard", "phone", "desktop, keyboard, no script"],
)
def test_a_parent_refers_its_child_and_chooses_a_call(
    app: Flask,
    browser: Browser,
    address: str,
    tenant: Tenancy,
    clock: Clock,
    width: int,
    script: bool,
    keyboard: bool,
) -> None:
    page = window(browser, app, address, None, width=width, script=script, axe=True)
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    answers = answers_of(tenant, f"Chromium{'abcd'[(width == WIDE) * 2 + script]}")
    fill = by_keyboard if keyboard else by_mouse
    wrong: list[str] = []
    page.goto("/refer")
    wrong += faults(page, script=script)
    page.get_by_role("button", name="Start now").or_(
        page.get_by_role("link", name="Start now")
    ).click()
    page.wait_for_url("**/refer/who")
    step = "who"
    while step != "check":
        wrong += faults(page, script=script)
        fill(page, answers[step])
        page.wait_for_url(re.compile(rf"/refer/(?!{step}$)"))
        clock.on(seconds=20)
        step = page.url.rpartition("/")[2]
    wrong += faults(page, script=script)
    # A mistake is said on top, and what was entered stays.
    page.get_by_role("link", name="Change date of birth").click()
    page.wait_for_url("**/refer/child")
    page.locator("[name='date_of_birth-year']").fill("")
    page.get_by_role("main").get_by_role("button").last.click()
    expect(page.get_by_role("alert").first).to_contain_text("must include a year")
    wrong += faults(page, script=script)
    by_mouse(page, answers["child"])
    page.wait_for_url("**/refer/check")
    page.get_by_role("button", name="Send it").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("We have it")
    expect(page.get_by_role("main")).to_contain_text("Thursday 11 June 2026 at 10am")
    wrong += faults(page, script=script)
    assert wrong == []
    assert [text for text in said if "Content Security Policy" in text] == []
    page.context.close()
    with scoped(Scope.provider(tenant.id, None)) as session:
        call = session.scalars(sa.select(CallBack)).one()
        assert call.starts_at == dt.datetime(2026, 6, 11, 9, tzinfo=dt.UTC)
