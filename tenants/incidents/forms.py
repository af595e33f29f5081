"""The forms of a breach: moments are a day and a time, in London."""

from __future__ import annotations

import datetime as dt

from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import IntegerField, TextAreaField
from wtforms.validators import InputRequired, NumberRange

from saas.reference.today import LONDON
from saas.web.field_shapes import choice_field, date_field, line_field, text_field, time_field
from tenants.casework.forms import CaseForm
from tenants.incidents.models import KINDS, Incident

NAME_NOBODY = (
    "What happened, to what kind of data, what was done at once. Name no child and no family."
)


def _people_field() -> IntegerField:
    return IntegerField(
        "About how many people it concerns",
        widget=GovTextInput(),
        validators=[
            InputRequired("Enter a number: 0 if nobody is concerned"),
            NumberRange(min=0, max=1_000_000, message="Enter a number from 0 to 1,000,000"),
        ],
    )


def _words_field() -> TextAreaField:
    return text_field(
        "What happened",
        longest=4_000,
        needed="Say what happened",
        hint=NAME_NOBODY,
        keep_lines=True,
    )


class MomentsForm(CaseForm):
    """A form with days that have a time beside them."""

    def moment(self, name: str) -> dt.datetime | None:
        """The moment of a day and its time; midnight where no time was entered."""
        day = self[f"{name}_on"].data
        if day is None:
            return None
        time = dt.time.fromisoformat(self[f"{name}_time"].data or "00:00")
        return dt.datetime.combine(day, time, LONDON).astimezone(dt.UTC)


class IncidentForm(MomentsForm):
    happened_on = date_field("When it happened", needed="Enter the day on which it happened")
    happened_time = time_field("Time, as far as it is known")
    aware_on = date_field(
        "When somebody first knew of it",
        needed="Enter the day on which somebody first knew",
        hint="The 72 hours run from then.",
    )
    aware_time = time_field("Time at which somebody first knew", needed="Enter the time: 10:30")
    kind = choice_field("What kind of breach it is", list(KINDS.items()), needed="Choose the kind")
    words = text_field(
        "What happened",
        longest=4_000,
        needed="Say what happened",
        hint=NAME_NOBODY,
        keep_lines=True,
    )
    people = _people_field()


class FollowUpForm(MomentsForm):
    words = text_field(
        "What happened",
        longest=4_000,
        needed="Say what happened",
        hint=NAME_NOBODY,
        keep_lines=True,
    )
    people = _people_field()
    authority_told_on = date_field("When the authority was told")
    authority_told_time = time_field("Time at which the authority was told")
    commissioner_told_on = date_field("When the Commissioner (ICO) was told")
    commissioner_told_time = time_field("Time at which the Commissioner was told")
    commissioner_reference = line_field("The Commissioner's reference", longest=60)
    late_because = text_field("Why it was later than 72 hours, if it was", longest=1_000)
    no_risk_because = text_field(
        "Or why the Commissioner need not be told",
        longest=1_000,
        hint="Only where a risk to people is unlikely.",
    )
    people_told_on = date_field("When the people concerned were told, if the risk is high")
    people_told_time = time_field("Time at which they were told")

    FIELD_OF = {  # noqa: RUF012
        "commissioner_told": "commissioner_told_on",
        "authority_told": "authority_told_on",
        "people_told": "people_told_on",
    }

    @classmethod
    def of(cls, incident: Incident) -> FollowUpForm:
        """The form as the breach stands."""
        known: dict[str, object] = {
            name: getattr(incident, name)
            for name in (
                "words", "people", "commissioner_reference", "late_because", "no_risk_because",
            )
        }  # fmt: skip
        for name in ("authority_told", "commissioner_told", "people_told"):
            moment = getattr(incident, f"{name}_at")
            if moment is not None:
                there = moment.astimezone(LONDON)
                known[f"{name}_on"], known[f"{name}_time"] = there.date(), f"{there:%H:%M}"
        return cls(data=known)


class LessonForm(CaseForm):
    lesson = text_field(
        "What was learned, and what is different now",
        longest=2_000,
        needed="Say what was learned, and what is different now",
    )
