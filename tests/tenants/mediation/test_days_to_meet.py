"""Days on which people are asked to meet: refused, asked about once more, or taken."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from tenants.access_links.family_links import family_of, make_link
from tenants.casework.kinds import FactKind
from tests.factories import TODAY, actor
from tests.page_client import PageClient
from tests.tenants.mediation.arranged_case import Case, day

pytestmark = pytest.mark.usefixtures("standing_clock")
GOOD = dt.date(2026, 6, 18)  # a Thursday


def offer(case: Case, on: dt.date, time: str = "10:00") -> dict[str, str]:
    if not case.facts(FactKind.ADVISER_INFORMED_AUTHORITY):
        case.does("authority-told", **day("adviser_on", TODAY))
    return {**day("first_on", on), "first_time": time}


def asked(client: PageClient, address: str, fields: dict[str, str]) -> str:
    """What the page asks once more; empty where it asks nothing."""
    client.get(address)
    token = next(
        one.get("value")
        for one in client.page.all("input")
        if one.get("name") == "csrf_token" and one.inside("header") is None
    )
    answer = client.post(address, data={**fields, "csrf_token": token})
    return answer.text if answer.status_code == 200 else ""


@pytest.mark.parametrize(
    ("on", "time", "says"),
    [
        (dt.date(2026, 6, 20), "10:00", "Saturday 20 June 2026 is at a weekend"),
        (dt.date(2026, 8, 31), "10:00", "Monday 31 August 2026 is a bank holiday ("),
        (GOOD, "22:00", "22:00 on Thursday 18 June 2026 is outside working hours"),
        (dt.date(2026, 7, 20), "10:00", "the last of the 30 days in which the mediation is due"),
    ],
)
def test_an_unusual_day_is_asked_about_by_both(
    case: Case, on: dt.date, time: str, says: str
) -> None:
    fields = offer(case, on, time)
    for client, page in (
        (case.provider, f"{case.meetings}/dates"),
        (case.authority, f"{case.own}/dates"),
    ):
        assert says in asked(client, page, fields)
    assert case.facts(FactKind.DATES_OFFERED) == [], "nothing is recorded before the answer"
    case.does("dates", **fields)
    assert len(case.facts(FactKind.DATES_OFFERED)) == 1


@pytest.mark.parametrize(
    ("on", "says"),
    [
        (TODAY, "must be in the future"),
        (dt.date(2027, 6, 19), "more than a year ahead: check the year"),
    ],
)
def test_a_past_day_and_one_far_ahead_are_refused(case: Case, on: dt.date, says: str) -> None:
    fields = offer(case, on)
    for client, page in (
        (case.provider, f"{case.meetings}/dates"),
        (case.authority, f"{case.own}/dates"),
    ):
        refused = client.submit(page, fields)
        assert refused.status_code == 422 and says in refused.text
        assert asked(client, page, fields) == "", "what is refused is not asked about first"
    assert case.facts(FactKind.DATES_OFFERED) == []


def test_a_time_is_read_as_it_is_written(case: Case) -> None:
    case.does("dates", **offer(case, GOOD, "10.30am"))
    (fact,) = case.facts(FactKind.DATES_OFFERED)
    assert fact.detail["offers"][0]["time"] == "10:30"


def test_an_answer_with_nothing_ticked_is_asked_about(app: Flask, case: Case) -> None:
    case.does("dates", **offer(case, GOOD))
    assert "Does none of these dates suit?" in asked(case.authority, f"{case.own}/answer", {})
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        ((party_id, _),) = family_of(session, case.id)
        token = make_link(session, case.id, party_id, by=actor()).token
    family = app.test_client()
    assert isinstance(family, PageClient)
    page = f"/family/{token}/dates"
    assert "Does none of these dates suit?" in asked(family, page, {})
    assert case.facts(FactKind.DATES_ANSWERED) == []
    answered = family.submit(page, {})
    assert answered.status_code == 302
    assert case.facts(FactKind.DATES_ANSWERED)[0].detail["can"] == []


def test_dates_that_have_all_passed_ask_for_new_ones(
    case: Case, monkeypatch: pytest.MonkeyPatch
) -> None:
    case.does("dates", **offer(case, GOOD))
    assert "have passed" not in case.provider.get(case.meetings).text
    later = dt.datetime(2026, 6, 19, 9, 30, tzinfo=dt.UTC)
    monkeypatch.setattr("saas.web.today.clock", lambda: later)
    for client, page in ((case.provider, case.meetings), (case.authority, case.own)):
        assert (
            "All dates that were offered have passed: new ones are needed" in client.get(page).text
        )
