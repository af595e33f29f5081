"""Every page behind every door: axe at two widths, and nothing wider than the screen.

Driven by the routes: a page that is added is looked at without anybody asking for it.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Error, Page, expect

from saas.service import find_signed_in
from saas.web.access import NO_SIGN_IN
from saas.web.frame import Door
from tests.accessibility import violations
from tests.browser.conftest import OpenAs
from tests.chromium import HEIGHT, NARROW, WIDE
from tests.factories import Someone
from tests.walls.places import World
from tests.walls.walk import access_of, address, arguments_of, routes

pytestmark = pytest.mark.browser

# In this order: whoever of these may open a page first is the one who looks at it.
LOOKERS = ("officer", "manager", "finance")
PROVIDERS = ("coordinator", "manager", "finance", "admin")
NO_PAGES = (
    *(".csv", ".xlsx", ".pdf", ".svg", ".xml", ".json", ".ics", ".zip"),
    *("/pdf", "/xml", "/live", "/ready"),
)


Looked = tuple[Someone | None, str, tuple[int, ...]]


def pages_of(world: World, door: Door | None) -> Iterator[Looked]:
    """The pages behind a door, each with one who may open it, and the widths to look at it.

    The forms of a case are all set in one frame, so they are looked at where it is narrow.
    """
    for rule in routes(world.app):
        access = access_of(world.app, rule)
        if access.door is not door or "GET" not in (rule.methods or ()):
            continue
        path = address(rule, arguments_of(rule, world.here))
        if path.partition("?")[0].endswith(NO_PAGES) or rule.rule.startswith("/api/"):
            continue
        widths = (NARROW,) if "POST" in (rule.methods or ()) else (WIDE, NARROW)
        if access.permission in NO_SIGN_IN:
            yield None, path, widths
            continue
        people = [world.here.people[role] for role in LOOKERS]
        people += [world.provider[role] for role in PROVIDERS]
        for someone in people:
            found = find_signed_in(someone.id)
            if (
                found is not None
                and found.may(access.permission)
                and (door is not Door.AUTHORITY or found.tenancy is not None)
            ):
                yield someone, path, widths
                break


# What stands past the edge: boxes, and text that its box does not hold.
WIDER = """width => {
    const past = [], range = document.createRange();
    for (const one of document.querySelectorAll('body *')) {
        if (one.closest('thead, .govuk-visually-hidden')) continue;
        range.selectNodeContents(one);
        const right = Math.max(one.getBoundingClientRect().right,
                               range.getBoundingClientRect().right);
        if (right > width + 0.2) past.push(one.outerHTML.slice(0, 160));
    }
    return past.slice(-2);
}"""


def faults_of(page: Page, width: int) -> list[str]:
    """What is wrong with the page that is open, in words."""
    found = []
    wide = page.evaluate("document.documentElement.scrollWidth")
    if wide > width:
        culprits = page.evaluate(WIDER, width)
        found.append(f"is {wide} wide on a screen of {width}: {culprits}")
    return found + violations(page)


@pytest.mark.parametrize("door", [None, *Door])
def test_every_page_can_be_used_by_everyone(
    world: World, open_as: OpenAs, door: Door | None
) -> None:
    windows: dict[str, Page] = {}
    wrong: list[str] = []
    for someone, path, widths in pages_of(world, door):
        whose = someone.email if someone else ""
        if whose not in windows:
            windows[whose] = open_as(someone, axe=True)
        page = windows[whose]
        page.set_viewport_size({"width": widths[0], "height": HEIGHT})
        try:
            answer = page.goto(path)
        except Error as refused:
            if "Download is starting" not in str(refused):
                raise
            continue  # a file
        assert answer is not None, path
        if not answer.headers.get("content-type", "").startswith("text/html"):
            continue  # a file
        for width in widths:
            page.set_viewport_size({"width": width, "height": HEIGHT})
            wrong += [f"{path} at {width}: {fault}" for fault in faults_of(page, width)]
    assert not wrong, "\n" + "\n".join(wrong)


FILTERED = (
    ("officer", "/authority/?due=overdue&stage=met&closed=yes&text=a"),
    ("officer", "/authority/to-do?due=soon&task=do_step&text=a"),
    ("manager", "/authority/statistics/sen2?year=2026"),
    ("coordinator", "/provider/?due=overdue&stage=met&view=all"),
)


@pytest.mark.parametrize(("role", "path"), FILTERED)
def test_a_list_that_was_narrowed_can_be_used_by_everyone(
    world: World, open_as: OpenAs, role: str, path: str
) -> None:
    people = world.here.people if path.startswith("/authority/") else world.provider
    for width in (WIDE, NARROW):
        page = open_as(people[role], width=width, axe=True)
        page.goto(path)
        assert faults_of(page, width) == []


def test_a_long_word_in_a_table_does_not_widen_the_page(world: World, open_as: OpenAs) -> None:
    page = open_as(world.here.people["officer"], width=NARROW)
    page.goto("/authority/")
    page.evaluate(
        "document.querySelector('main td').textContent = 'ReassessmentMediationTribunal'.repeat(3)"
    )
    assert page.evaluate("document.documentElement.scrollWidth") == NARROW


def test_the_way_back_to_a_form_with_errors_asks_nothing(world: World, open_as: OpenAs) -> None:
    page = open_as(world.provider["coordinator"])
    tenancy, case_id = world.here.tenancy, world.here.case_id
    form = f"/provider/{tenancy.slug}/cases/{case_id}/child"
    page.goto(form)
    page.get_by_role("main").locator("button[type=submit]").last.click()
    page.get_by_role("alert").first.wait_for()
    page.goto("/provider/")
    answer = page.go_back()
    assert answer is not None
    assert (answer.request.method, answer.status) == ("GET", 200)


def test_a_call_is_kept_while_it_is_typed(world: World, open_as: OpenAs) -> None:
    page = open_as(world.provider["coordinator"])
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto("/provider/call")
    page.get_by_label("Who calls").fill("Jo Kept")
    page.locator(".app-kept-note", has_text="Kept at").wait_for(timeout=15_000)
    page.goto("/provider/call")
    assert page.get_by_label("Who calls").input_value() == "Jo Kept"
    page.get_by_role("button", name="Throw it away").click()
    expect(page.get_by_label("Who calls")).to_have_value("")
    assert said == []
