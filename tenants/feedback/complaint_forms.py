"""The forms of a complaint."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import GovRadioInput, GovSelect, GovTextArea, GovTextInput
from wtforms import RadioField, SelectField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from saas.web.field_shapes import blank_first, choices
from saas.web.fields import DateNeeded, DatePartsField
from tenants.casework.forms import CaseForm
from tenants.feedback.complaint_rules import ABOUT_WORDS, ENDING_WORDS
from tenants.feedback.forms import PARTICIPANT_CHOICES


class WhoseComplaintForm(CaseForm):
    authority = SelectField(
        "The authority whose service it is about",
        widget=GovSelect(),
        validators=[InputRequired("Choose the authority")],
    )


class ComplaintForm(CaseForm):
    received_on = DatePartsField(
        "When it came", subject="The day it came", validators=[DateNeeded("Enter the day it came")]
    )
    from_whom = SelectField(
        "Who complains",
        widget=GovSelect(),
        choices=blank_first(PARTICIPANT_CHOICES, "Choose"),
        validators=[InputRequired("Choose who complains")],
    )
    about = RadioField(
        "What it is about",
        widget=GovRadioInput(),
        choices=choices((key.value, words) for key, words in ABOUT_WORDS.items()),
        validators=[InputRequired("Choose what it is about")],
    )
    case_reference = StringField(
        "Case, if it is about one (optional)",
        description="Its reference, such as TRA-2026-0042.",
        widget=GovTextInput(),
        validators=[Length(max=20)],
    )
    words = TextAreaField(
        "What they say",
        description="As they say it. Only the provider reads this.",
        widget=GovTextArea(),
        validators=[InputRequired("Enter what they say"), Length(max=10_000)],
    )


class AcknowledgementForm(CaseForm):
    acknowledged_on = DatePartsField(
        "When you acknowledged it", subject="The day", validators=[DateNeeded("Enter the day")]
    )


class AnswerForm(CaseForm):
    answered_on = DatePartsField(
        "When you answered it", subject="The day", validators=[DateNeeded("Enter the day")]
    )
    ending = RadioField(
        "How it ended",
        widget=GovRadioInput(),
        choices=choices((key.value, words) for key, words in ENDING_WORDS.items()),
        validators=[InputRequired("Choose how it ended")],
    )
    answer = TextAreaField(
        "What you found and will do (optional)",
        widget=GovTextArea(),
        validators=[Length(max=10_000)],
    )
