"""Point 21: every page prints; a case takes at most three sheets, that for a meeting one."""

from __future__ import annotations

import io
from typing import Any

import pytest
from playwright.sync_api import Page
from pypdf import PdfReader

from saas.database.scope import Scope, scoped
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tests.browser.conftest import OpenAs
from tests.factories import TODAY, actor, make_case
from tests.walls.places import World

pytestmark = pytest.mark.browser


def sheets(page: Page) -> list[str]:
    return [one.extract_text() for one in PdfReader(io.BytesIO(page.pdf(format="A4"))).pages]


@pytest.mark.parametrize("door", ["authority", "provider"])
def test_a_case_takes_at_most_three_sheets_and_no_buttons(
    world: World, open_as: OpenAs, door: str
) -> None:
    tenancy, case_id = world.here.tenancy, world.here.case_id
    who = world.here.people["officer"] if door == "authority" else world.provider["coordinator"]
    page = open_as(who)
    place = "/authority" if door == "authority" else f"/provider/{tenancy.slug}"
    page.goto(f"{place}/cases/{case_id}")
    printed = sheets(page)
    assert len(printed) <= 3
    text = " ".join(printed)
    assert "Timeline" in text
    assert "Sign out" not in text and "/cases/" not in text, "nothing to press, no addresses"


def test_the_sheet_for_a_meeting_is_one(world: World, open_as: OpenAs) -> None:
    tenancy = world.here.tenancy
    case_id, _ = make_case(world.app, tenancy)
    with scoped(Scope.provider(tenancy.id, None)) as session:
        said: tuple[tuple[FactKind, dict[str, Any]], ...] = (
            (FactKind.MIAS_HELD, {}),
            (FactKind.CHOICE_MADE, {"value": "mediate"}),
            (FactKind.ADVISER_INFORMED_AUTHORITY, {}),
            (FactKind.MEETING_FIXED, {"detail": {"meeting_on": "2026-06-24", "time": "10:00"}}),
        )
        for kind, more in said:
            actions.add_fact(session, case_id, kind, TODAY, by=actor(), today=TODAY, **more)
    page = open_as(world.here.people["officer"])
    page.goto(f"/authority/cases/{case_id}/meetings/sheet")
    (only,) = sheets(page)
    assert "Wednesday 24 June 2026, 10:00" in only
    assert "Who comes for the authority must be able to decide there" in only
    assert "within 2 weeks" in only or "within 5 weeks" in only
