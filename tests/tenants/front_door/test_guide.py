"""Issue 14: 'What can I do, by when?' agrees with the clocks, and says what is left."""

from __future__ import annotations

import datetime as dt
import os

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.front_door.guide import (
    HEALTH_OR_CARE,
    PLAN_AND_SCHOOL,
    SOMETHING_ELSE,
    GuideRefused,
    Question,
    guide,
)
from tenants.front_door.guide_words import CAN_DO, choices_on
from tenants.law.clocks import appeal_due, due
from tenants.law.decisions import ALL_DECISION_TYPES
from tests.factories import TODAY
from tests.page_client import PageClient

pytestmark = pytest.mark.usefixtures("standing_clock")

# GUIDE_EXAMPLES=10000 asks as many as the issue does; the suite asks fewer each time.
EXAMPLES = int(os.environ.get("GUIDE_EXAMPLES", "300"))
LAW_BEGAN = dt.date(2014, 9, 1)
NEED_NO_CERTIFICATE = {"PLACEMENT"}
CODES = [code for code, _ in choices_on(TODAY)]


@st.composite
def asked(draw: st.DrawFn) -> tuple[Question, dt.date]:
    """A question that can be, and the day on which it is asked."""
    notice = draw(st.dates(LAW_BEGAN, dt.date(2096, 12, 31)))
    certificate = draw(
        st.none() | st.integers(0, 400).map(lambda days: notice + dt.timedelta(days=days))
    )
    today = (certificate or notice) + dt.timedelta(days=draw(st.integers(0, 400)))
    return Question(draw(st.sampled_from(CODES)), notice, certificate), today


@settings(max_examples=EXAMPLES, deadline=None)
@given(asked())
def test_every_date_is_the_clocks_own(question_and_day: tuple[Question, dt.date]) -> None:
    question, today = question_and_day
    found = guide(question, today=today)
    notice, certificate = question.notice_sent, question.certificate_issued
    assert notice is not None
    if question.decision == SOMETHING_ELSE:
        assert found.contact is None and found.appeal is None and found.certificate is None
        assert found.is_resolution_left
        return
    assert found.contact is not None
    assert found.contact.due == due("K1", notice)
    assert found.contact_is_over == (due("K1", notice) < today)
    if question.decision == HEALTH_OR_CARE:
        assert found.beside_appeal_only and found.appeal is None and found.certificate is None
        return
    assert found.appeal is not None
    assert found.certificate is (question.decision not in NEED_NO_CERTIFICATE)
    first = bool(found.certificate) and certificate is None
    assert found.appeal.certificate_first is first
    last = appeal_due(notice, certificate)
    assert found.appeal.last_day == (None if first else last)
    assert found.earliest_end == (appeal_due(notice, today) if first else last)
    assert found.appeal_is_over == (not first and last < today)
    assert found.is_resolution_left == found.appeal_is_over
    assert found.appeal.reading.counted and found.contact.counted
    assert found.appeal.reading.source and found.source


def test_every_decision_of_the_law_is_asked_about_in_plain_words() -> None:
    offered = dict(choices_on(TODAY))
    for decision in ALL_DECISION_TYPES:
        assert offered[decision.code] != decision.name
        found = guide(Question(decision.code, TODAY), today=TODAY)
        assert found.certificate is decision.certificate_needed
        assert found.source == decision.source
        assert CAN_DO[decision.code]


def test_a_plan_and_its_school_together_need_a_certificate() -> None:
    assert guide(Question(PLAN_AND_SCHOOL, TODAY), today=TODAY).certificate is True
    assert guide(Question("PLACEMENT", TODAY), today=TODAY).certificate is False


@pytest.mark.parametrize(
    ("notice", "certificate", "field"),
    [
        (None, None, "notice_sent"),
        (TODAY + dt.timedelta(days=1), None, "notice_sent"),
        (dt.date(2014, 8, 31), None, "notice_sent"),
        (TODAY, TODAY + dt.timedelta(days=1), "certificate_issued"),
        (TODAY, TODAY - dt.timedelta(days=1), "certificate_issued"),
    ],
)
def test_a_date_that_cannot_be_is_refused_at_its_field(
    notice: dt.date | None, certificate: dt.date | None, field: str
) -> None:
    with pytest.raises(GuideRefused) as refused:
        guide(Question("RTA", notice, certificate), today=TODAY)
    assert refused.value.field == field


def parts(field: str, day: str, month: str, year: str) -> dict[str, str]:
    return {f"{field}-day": day, f"{field}-month": month, f"{field}-year": year}


def ask(client: PageClient, **fields: str) -> int:
    return client.submit("/guide", fields, action="/guide").status_code


def words(client: PageClient) -> str:
    return client.page.all("main")[0].text


@pytest.fixture
def visitor(app: object) -> PageClient:
    client = app.test_client()  # type: ignore[attr-defined]
    assert isinstance(client, PageClient)
    return client


def test_the_page_says_what_can_be_done_and_how_it_was_counted(visitor: PageClient) -> None:
    asked = {"decision": "RTA", **parts("notice_sent", "1", "2", "2026")}
    assert ask(visitor, **asked, **parts("certificate_issued", "20", "3", "2026")) == 200
    said = words(visitor)
    assert "Last day to get in touch with an adviser Wednesday 1 April 2026" in said
    assert "Last day to appeal Monday 20 April 2026" in said
    assert "The later counts: Mon 20 April 2026." in said
    assert "HESC" in said and "s.51(2)(a)" in said
    # Both have passed on the suite's day.
    assert "You can ask the Tribunal to take a late appeal" in said
    assert "What is left: disagreement resolution" in said


def test_whoever_has_no_certificate_is_told_of_no_last_day(visitor: PageClient) -> None:
    asked = {"decision": "CONTENT", **parts("notice_sent", "28", "5", "2026")}
    assert ask(visitor, **asked) == 200
    said = words(visitor)
    assert "You need a certificate first" in said
    assert "It does not end before Tuesday 28 July 2026" in said
    assert "What is left" not in said


def test_the_school_alone_needs_no_certificate(visitor: PageClient) -> None:
    asked = {"decision": "PLACEMENT", **parts("notice_sent", "28", "5", "2026")}
    assert ask(visitor, **asked) == 200
    assert "No. It is about the school alone (section I of the plan)." in words(visitor)
    assert "Tuesday 28 July 2026" in words(visitor)


def test_without_a_letter_disagreement_resolution_is_left(visitor: PageClient) -> None:
    assert ask(visitor, decision=SOMETHING_ELSE) == 200
    assert "What is left: disagreement resolution" in words(visitor)


@pytest.mark.parametrize(
    ("day", "month", "year", "error"),
    [
        ("30", "2", "2026", "must be a real date"),
        ("11", "6", "2026", "must be today or in the past"),
        ("1", "6", "2014", "Check the year"),
        ("", "", "", "Enter the date on the council's letter"),
    ],
)
def test_a_wrong_date_is_said_beside_it_and_kept(
    visitor: PageClient, day: str, month: str, year: str, error: str
) -> None:
    assert ask(visitor, decision="RTA", **parts("notice_sent", day, month, year)) == 422
    links = [one for one in visitor.page.all("a") if error in one.text]
    assert [one.get("href") for one in links] == ["#notice_sent-day"]
    entered = {one.get("name"): one.get("value") for one in visitor.page.all("input")}
    assert entered["notice_sent-day"] == day
