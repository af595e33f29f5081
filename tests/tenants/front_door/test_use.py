"""Issue 14: how families fare is counted without cookies or personal data."""

from __future__ import annotations

import datetime as dt
from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.page_counts.counting import count_step, counted_between
from tenants.front_door.use import fares
from tests.factories import TODAY, client_of, make_person
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")
YESTERDAY = TODAY - dt.timedelta(days=1)


def counted(first: dt.date, last: dt.date) -> list[tuple[str, str, int]]:
    with scoped(Scope.all_cases(None)) as session:
        return list(counted_between(session, first, last))


def test_steps_are_summed_over_days(fresh_app: Flask) -> None:
    for day, number in ((YESTERDAY, 2), (TODAY, 3)):
        for _ in range(number):
            count_step("referral", "started", today=day)
    count_step("referral", "finished", today=TODAY)
    assert counted(YESTERDAY, TODAY) == [("referral", "started", 5), ("referral", "finished", 1)]
    assert counted(YESTERDAY, YESTERDAY) == [("referral", "started", 2)]


def test_many_at_once_are_all_counted(fresh_app: Flask) -> None:
    def count(_: int) -> None:
        with fresh_app.app_context():
            count_step("guide", "started", today=TODAY)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count, range(40)))
    assert counted(TODAY, TODAY) == [("guide", "started", 40)]


def test_a_finding_says_how_many_left() -> None:
    found = fares([("guide", "started", 10), ("guide", "finished", 7), ("postcode", "found", 4)])
    assert [(one.page, one.left) for one in found] == [("guide", 3), ("postcode", None)]
    assert found[0].finding == "7 of 10 visits reached the end."
    assert found[1].finding == ""


def test_a_manager_sees_where_families_left(fresh_app: Flask) -> None:
    visitor = fresh_app.test_client()
    assert isinstance(visitor, PageClient)
    manager = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.MANAGER))
    assert "Nothing was counted" in manager.get("/manager/public-pages/use").text
    visitor.submit("/guide", {"decision": "something-else"}, action="/guide")
    visitor.submit("/guide", {}, action="/guide")
    said = manager.get("/manager/public-pages/use").text
    assert "Guide: 1 of 2 visits reached the end." in said
    assert "Corrected" in said
    columns = {"on_day", "page", "step", "number"}
    with scoped(Scope.all_cases(None)) as session:
        names = session.connection().exec_driver_sql("SELECT * FROM page_count").keys()
        assert set(names) == columns
