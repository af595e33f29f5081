"""A mediation from the referral to its agreement, on a coordinator's and an officer's screens."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from playwright.sync_api import Browser, Page, expect

from saas.identity.permissions import AuthorityRole, ProviderRole
from tests.chromium import serving, started, window
from tests.factories import Someone, make_person, make_tenant
from tests.tenants.panel.panel_members import make_member
from tests.tenants.scenarios.stage import COORDINATOR, OFFICER, PARENT, Stage

pytestmark = pytest.mark.browser


@pytest.fixture(name="address")
def served(app: Flask) -> Iterator[str]:
    with serving(app) as address:
        yield address


@pytest.fixture(name="browser")
def started_browser(chromium: Path) -> Iterator[Browser]:
    with started(chromium) as browser:
        yield browser


def screen(browser: Browser, app: Flask, address: str, someone: Someone | None) -> Page:
    return window(browser, app, address, someone)


def enter_day(page: Page, legend: str, on: dt.date) -> None:
    group = page.get_by_role("group", name=legend, exact=True)
    for part, number in (("Day", on.day), ("Month", on.month), ("Year", on.year)):
        group.get_by_label(part, exact=True).fill(str(number))


def follow(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("link", name=name, exact=True).first.click()


def press(page: Page, name: str) -> None:
    page.get_by_role("main").get_by_role("button", name=name, exact=True).click()


def refer(desk: Page, authority: str) -> str:
    """The coordinator takes the referral; the address of the case."""
    desk.goto("/provider/cases/new")
    desk.get_by_label("Or choose the authority").select_option(authority)
    press(desk, "Continue")
    desk.get_by_label("Mediation", exact=True).check()
    desk.get_by_label("Who referred").select_option("parent")
    desk.get_by_label("Given name").fill("Zadie")
    desk.get_by_label("Family name").fill("Marker")
    enter_day(desk, "Date of birth", dt.date(2016, 3, 9))
    desk.get_by_label("The authority's decision").select_option("RTA")
    enter_day(desk, "Date the authority sent its notice", dt.date(2026, 4, 20))
    desk.get_by_label("Name of the parent, carer or young person").fill(PARENT)
    desk.get_by_label("Relation to the child").fill("Mother")
    press(desk, "Open the case")
    expect(desk.get_by_role("heading", level=1)).to_contain_text("Case ")
    return desk.url.partition("?")[0]


def test_a_coordinator_and_an_officer_bring_a_mediation_to_its_agreement(
    app: Flask, stage: Stage, browser: Browser, address: str
) -> None:
    stage.today(dt.date(2026, 5, 5))
    tenant = make_tenant(app)
    officer_ = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name=OFFICER)
    coordinator = make_person(app, role=ProviderRole.COORDINATOR, name=COORDINATOR)
    mediator = make_member(app, f"Mo Mediator {tenant.id.hex[-5:]}")
    desk = screen(browser, app, address, coordinator)
    officer = screen(browser, app, address, officer_)

    case = refer(desk, tenant.slug)
    own_case = f"/authority/cases/{case.rpartition('/')[2]}"
    follow(desk, "Record information and choice")
    desk.get_by_label("Telephone", exact=True).check()
    desk.get_by_label("How many minutes it took").fill("20")
    desk.get_by_label("To mediate", exact=True).check()
    press(desk, "Record it")
    desk.goto(f"{case}/meetings/authority-told")
    press(desk, "Save")
    desk.goto(f"{case}/meetings/appointment")
    desk.get_by_label(mediator.name).check()
    press(desk, "Appoint")
    desk.goto(f"{case}/meetings/dates")
    enter_day(desk, "First date", dt.date(2026, 5, 20))
    desk.get_by_label("Time of the first date").fill("10:00")
    press(desk, "Offer these dates")

    officer.goto(own_case)
    follow(officer, "Answer the dates offered")
    officer.get_by_label("20 May 2026").check()
    press(officer, "Send the answer")
    follow(officer, "Name a representative who may decide")
    officer.get_by_label("Name", exact=True).fill("Ray Deci")
    officer.get_by_label("Role", exact=True).fill("Head of SEN")
    officer.get_by_label("This person has the authority's power").check()
    press(officer, "Name them")

    desk.goto(f"{case}/meetings")
    expect(desk.get_by_role("main")).to_contain_text("Suits")
    expect(desk.get_by_role("main")).to_contain_text("Ray Deci")
    desk.goto(f"{case}/meetings/answers")
    desk.get_by_label("The family's").check()
    desk.get_by_label("20 May 2026").check()
    press(desk, "Send the answer")
    desk.goto(f"{case}/meetings/fixing")
    desk.get_by_label("Place", exact=True).fill("The library, Example Street")
    press(desk, "Fix the meeting")
    officer.goto(f"{own_case}/meetings")
    expect(officer.get_by_role("main")).to_contain_text("The library, Example Street")

    stage.today(dt.date(2026, 5, 20))
    desk.goto(f"{case}/meetings/held")
    desk.get_by_label("Ended at").fill("12:00")
    for asked in ("Did the authority attend?", "Did its representative have the power to decide?",
                  "Was the voice of the child or young person heard?"):  # fmt: skip
        desk.get_by_role("group", name=asked).get_by_label("Yes", exact=True).check()
    press(desk, "Record the meeting")
    desk.goto(f"{case}/meetings/outcome")
    desk.get_by_label("Full agreement").check()
    desk.get_by_label("The authority agreed to assess").check()
    press(desk, "Record the outcome")
    desk.goto(f"{case}/agreement/steps/new")
    desk.get_by_label("What will be done").fill("The authority will assess what is needed")
    desk.get_by_label("Local authority", exact=True).check()
    desk.get_by_label("What kind of step it is").select_option("assess")
    press(desk, "Keep the step")
    follow(desk, "Check it and send it to be signed")
    press(desk, "Send it to be signed")
    desk.goto(f"{case}/agreement/paper-signature")
    desk.get_by_label(PARENT).check()
    desk.get_by_label("The name as it was signed").fill(PARENT)
    press(desk, "Record the signature")

    officer.goto(own_case)
    follow(officer, "Read and sign the agreement")
    officer.get_by_label("I have read it").check()
    officer.get_by_label("Your full name").fill(OFFICER)
    press(officer, "Sign the agreement")
    expect(officer.get_by_role("main")).to_contain_text("Signed by everyone")
    for page, where in ((desk, case), (officer, own_case)):
        page.goto(where)
        steps = page.get_by_role("table", name="Agreed steps")
        expect(steps).to_contain_text("Wed 3 Jun")
        expect(steps).to_contain_text("Wed 26 Aug")
