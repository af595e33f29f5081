"""The form of an evaluation."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
    GovSubmitInput,
    GovTextArea,
)
from wtforms import BooleanField, RadioField, SelectField, SubmitField, TextAreaField
from wtforms.validators import InputRequired, Length

from saas.web.field_shapes import blank_first, choices
from saas.web.fields import DateNeeded, DatePartsField
from tenants.casework.forms import CaseForm
from tenants.feedback.models import Participant

PARTICIPANT_CHOICES = [
    (Participant.PARENT.value, "Parent or carer"),
    (Participant.YOUNG_PERSON.value, "Young person"),
    (Participant.AUTHORITY.value, "Officer of the authority"),
    (Participant.SCHOOL.value, "School"),
    (Participant.HEALTH.value, "Health (ICB)"),
    (Participant.OTHER.value, "Someone else"),
]
RATINGS = [("5", "5 - very good"), ("4", "4"), ("3", "3"), ("2", "2"), ("1", "1 - very poor")]


class EvaluationForm(CaseForm):
    participant = SelectField(
        "Who answered",
        widget=GovSelect(),
        choices=blank_first(PARTICIPANT_CHOICES, "Choose"),
        validators=[InputRequired("Choose who answered")],
    )
    given_on = DatePartsField(
        "When they answered", subject="The day", validators=[DateNeeded("Enter the day")]
    )
    rating = RadioField(
        "How they rate the service",
        widget=GovRadioInput(),
        choices=choices(RATINGS),
        validators=[InputRequired("Choose the rating from 1 to 5")],
    )
    comment = TextAreaField(
        "What they said, in their own words (optional)",
        widget=GovTextArea(),
        validators=[Length(max=5_000)],
    )
    may_quote = BooleanField(
        "They agree that we quote this without their name", widget=GovCheckboxInput()
    )
    submit = SubmitField("Record the evaluation", widget=GovSubmitInput())
