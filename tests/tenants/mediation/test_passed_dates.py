"""Dates that were offered and have passed keep nobody waiting (issue 11, point 15)."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from tenants.casework.family_view import family_view
from tenants.casework.kinds import FactKind
from tenants.mediation import actions as meetings
from tenants.mediation.passed_dates import note_passed_dates
from tests.factories import TODAY, actor
from tests.tenants.mediation.arranged_case import Case, day


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """What is looked after goes over every authority of the database: here there are few."""
    return fresh_app


pytestmark = pytest.mark.usefixtures("standing_clock")
OFFERED = dt.date(2026, 6, 18)


def the_night_of(today: dt.date) -> None:
    at = dt.datetime.combine(today, dt.time(0, 5), tzinfo=dt.UTC)
    note_passed_dates(at=at, today=today)


@pytest.fixture
def offered(case: Case) -> Case:
    case.does("authority-told", **day("adviser_on", TODAY))
    case.does("appointment", person=str(case.mediator.id))
    case.does("dates", **day("first_on", OFFERED), first_time="10:00")
    return case


def test_while_a_date_is_ahead_its_answer_is_waited_for(offered: Case) -> None:
    the_night_of(OFFERED)
    assert offered.facts(FactKind.DATES_PASSED) == []
    assert offered.position() == ("Answer the dates offered", "authority")


def test_when_the_last_date_has_passed_whoever_arranges_is_on_turn(
    offered: Case,
) -> None:
    (one,) = offered.facts(FactKind.DATES_OFFERED)[0].detail["offers"]
    offered.authority.submit(f"{offered.own}/answer", {"can": [one["id"]]})
    with scoped(Scope.family(offered.tenant.id, offered.id)) as session:
        assert family_view(session, "Example").waits_for_family
    after = OFFERED + dt.timedelta(days=1)
    the_night_of(after)
    the_night_of(after)
    assert len(offered.facts(FactKind.DATES_PASSED)) == 1, "it is recorded once"
    assert offered.position() == ("Fix a date", "provider")
    with scoped(Scope.family(offered.tenant.id, offered.id)) as session:
        assert not family_view(session, "Example").waits_for_family
    page = offered.provider.get(f"/provider/{offered.tenant.slug}/cases/{offered.id}")
    assert "passed without an answer from everybody" in page.text


def test_new_dates_are_waited_for_again(offered: Case) -> None:
    after = OFFERED + dt.timedelta(days=1)
    the_night_of(after)
    with scoped(Scope.provider(offered.tenant.id, None)) as session:
        dates = [(dt.date(2026, 6, 25), "10:00")]
        meetings.offer_dates(session, offered.id, dates, by=actor(), today=after)
    the_night_of(after)
    assert offered.position() == ("Answer the dates offered", "authority")
