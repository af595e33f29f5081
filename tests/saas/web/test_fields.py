from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict
from wtforms import Form

from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import error_entries
from tests.page_client import PageClient
from tests.saas.web.gallery import gallery_app


class NoticeForm(Form):
    sent_on = DatePartsField(
        "When was it sent?",
        [DateNeeded("Enter the date the notice was sent")],
        subject="The date the notice was sent",
    )


class OptionalForm(Form):
    held_on = DatePartsField("Held on")


def entered(day: str, month: str, year: str) -> MultiDict[str, str]:
    return MultiDict({"sent_on-day": day, "sent_on-month": month, "sent_on-year": year})


@given(st.dates(date(1900, 1, 1), date(2100, 12, 31)))
def test_every_date_comes_back(day: date) -> None:
    form = NoticeForm(entered(str(day.day), str(day.month), str(day.year)))
    assert form.validate()
    assert form.sent_on.data == day


@pytest.mark.parametrize("month", ["4", "04", "April", "apr", " APRIL "])
def test_the_month_may_be_a_word(month: str) -> None:
    form = NoticeForm(entered("20", month, "2026"))
    assert form.validate()
    assert form.sent_on.data == date(2026, 4, 20)


@pytest.mark.parametrize(
    ("parts", "error", "target"),
    [
        (("20", "", "2026"), "must include a month", "month"),
        (("20", "", ""), "must include a month and a year", "month"),
        (("", "4", "2026"), "must include a day", "day"),
        (("32", "4", "2026"), "must have a day from 1 to 31", "day"),
        (("3\N{SUPERSCRIPT TWO}", "4", "2026"), "must have a day from 1 to 31", "day"),
        (("20", "13", "2026"), "must have a month from 1 to 12, or its name", "month"),
        (("20", "Avril", "2026"), "must have a month from 1 to 12, or its name", "month"),
        (("20", "4", "26"), "must have a year with 4 digits, such as 2026", "year"),
        (("30", "2", "2026"), "must be a real date: that month is shorter", "day"),
        (("29", "2", "2026"), "must be a real date: that month is shorter", "day"),
    ],
)
def test_the_error_says_which_part_is_wrong(
    parts: tuple[str, str, str], error: str, target: str
) -> None:
    form = NoticeForm(entered(*parts))
    assert not form.validate()
    assert form.sent_on.errors == [f"The date the notice was sent {error}"]
    assert [entry.href for entry in error_entries(form)] == [f"#sent_on-{target}"]
    assert tuple(form.sent_on.entered.values()) == parts


def test_a_date_that_is_needed_is_asked_for() -> None:
    form = NoticeForm(entered("", "", ""))
    assert not form.validate()
    assert form.sent_on.errors == ["Enter the date the notice was sent"]
    assert [entry.href for entry in error_entries(form)] == ["#sent_on-day"]
    assert not NoticeForm(MultiDict({"other": "1"})).validate()


def test_a_date_that_is_not_needed_may_stay_empty() -> None:
    form = OptionalForm(MultiDict({"held_on-day": "", "held_on-month": "", "held_on-year": ""}))
    assert form.validate()
    assert form.held_on.data is None


def test_a_date_known_already_stands_in_the_inputs() -> None:
    form = NoticeForm(sent_on=date(2026, 4, 20))
    assert form.sent_on.entered == {"day": "20", "month": "4", "year": "2026"}


def test_a_wrong_date_stays_in_the_inputs_of_the_page() -> None:
    app = gallery_app()
    app.test_client_class = PageClient
    client = app.test_client()
    assert isinstance(client, PageClient)
    client.submit("/", {"sent_on-day": "31", "sent_on-month": "Feb"}, action="/contact")
    assert client.page is not None
    inputs = {one.get("id"): one for one in client.page.all("input")}
    assert inputs["sent_on-day"].get("value") == "31"
    assert inputs["sent_on-month"].get("value") == "Feb"
    marked = [name for name, one in inputs.items() if "govuk-input--error" in one.get("class")]
    assert "sent_on-year" in marked
    assert "sent_on-day" not in marked
