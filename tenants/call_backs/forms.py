"""The forms about calls and advisers' hours."""

from __future__ import annotations

import datetime as dt

from flask_babel import lazy_gettext as later
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from saas.web.field_shapes import (
    button,
    choice_field,
    choices,
    date_field,
    list_field,
    time_field,
)
from saas.web.languages import time_of_day
from tenants.casework.forms import CaseForm

WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday")


def time_choices(times: list[dt.datetime]) -> list[tuple[str, str]]:
    """Times of one day as the choices of a field."""
    return [(time.isoformat(), time_of_day(time)) for time in times]


class TimeForm(CaseForm):
    """One of the free times of a day; the page gives them."""

    time = choice_field(later("What time suits you?"), needed=later("Choose a time"))
    submit = button(later("Book the call"))

    def offer(self, times: list[dt.datetime]) -> TimeForm:
        self.time.choices = choices(time_choices(times))
        return self

    @property
    def chosen(self) -> dt.datetime:
        return dt.datetime.fromisoformat(self.time.data)


class StaffTimeForm(TimeForm):
    time = choice_field("Time", needed="Choose a time")
    party = choice_field("Whom we call", needed="Choose whom we call")


class HoursForm(CaseForm):
    adviser = list_field("Adviser", needed="Choose an adviser")
    weekday = list_field(
        "Day of the week",
        ((str(number), name) for number, name in enumerate(WEEKDAYS)),
        needed="Choose a day of the week",
    )
    from_time = time_field("From", needed="Enter when the hours begin")
    to_time = time_field("Until", needed="Enter when the hours end")
    most = IntegerField(
        "Most calls in these hours",
        widget=GovTextInput(),
        description="Each call has half an hour.",
        validators=[
            InputRequired("Enter the most calls as a whole number"),
            NumberRange(1, 18, "Enter between 1 and 18 calls"),
        ],
    )
    submit = button("Add these hours")


class AwayForm(CaseForm):
    adviser = list_field("Adviser", needed="Choose an adviser")
    first_day = date_field("First day", subject="The first day", needed="Enter the first day")
    last_day = date_field("Last day", subject="The last day", needed="Enter the last day")
    submit = button("Add these days")
