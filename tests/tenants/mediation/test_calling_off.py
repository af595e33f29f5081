"""A meeting that does not take place: at what time, how late it is, and who is told to act."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from saas.config import Settings
from tenants.casework.kinds import FactKind
from tests.factories import TODAY
from tests.tenants.access_links.test_family_links import make_family_link
from tests.tenants.mediation.arranged_case import Case, day

pytestmark = pytest.mark.usefixtures("standing_clock")

MEETING = dt.date(2026, 6, 12)


def fix_a_meeting(case: Case) -> None:
    case.does("authority-told", **day("adviser_on", dt.date(2026, 5, 21)))
    case.does(
        "fixing",
        **day("fixed_on", dt.date(2026, 6, 1)),
        **day("meeting_on", MEETING),
        time="10:00",
        place="Library",
    )


def test_the_time_that_is_suggested_is_that_of_the_wall_clock_in_england(case: Case) -> None:
    fix_a_meeting(case)
    assert case.provider.get(f"{case.meetings}/cancellation").status_code == 200
    (time,) = [one for one in case.provider.page.all("input") if one.get("name") == "time"]
    # The tests' clock stands at 9:30 UTC in June.
    assert time.get("value") == "10:30"


@pytest.mark.parametrize(("working_days", "late"), [(2, False), (3, True)])
def test_from_when_a_cancellation_is_late_is_a_setting(
    app: Flask, case: Case, monkeypatch: pytest.MonkeyPatch, working_days: int, late: bool
) -> None:
    settings: Settings = app.extensions["settings"]
    changed = settings.model_copy(update={"late_cancellation_working_days": working_days})
    monkeypatch.setitem(app.extensions, "settings", changed)
    fix_a_meeting(case)
    case.does(
        "cancellation",
        **day("on", TODAY),
        time="09:00",
        cancelled_by="family",
        reason="Somebody is ill",
    )
    ((_, detail),) = case.facts(FactKind.MEETING_CANCELLED)
    assert detail["late"] is late


def test_a_family_that_declines_after_a_date_is_fixed_is_told_that_it_need_not_come(
    app: Flask, case: Case
) -> None:
    fix_a_meeting(case)
    page = f"/family/{make_family_link(app, case.tenant, case.id)}/"
    family = app.test_client()
    assert "10:00" in family.get(page).text
    case_page = case.meetings.removesuffix("/meetings")
    changed = case.provider.submit(
        f"{case_page}/choice", {"choice": "decline", **day("choice_on", TODAY)}
    )
    assert changed.status_code == 302, changed.text

    assert case.position() == ("Call off the meeting, then issue the certificate", "provider")
    seen = family.get(page).text
    assert "The meeting of Friday 12 June 2026 does not take place. You need not come." in seen
    assert "Say who comes with you" not in seen
    assert "This meeting is to be called off" in case.provider.get(case.meetings).text
    assert "does not take place" in case.authority.get(case.own).text

    case.does(
        "cancellation", **day("on", TODAY), time="10:00", cancelled_by="family", reason="Declined"
    )
    assert case.position() == ("Issue the certificate", "provider")
    assert "No meeting is arranged now" in family.get(page).text
