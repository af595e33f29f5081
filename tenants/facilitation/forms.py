"""The forms of facilitation."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import (
    GovRadioInput,
    GovSelect,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import RadioField, SelectField, StringField, SubmitField, TextAreaField
from wtforms.validators import Email, InputRequired, Length, Optional

from saas.web.fields import DateNeeded, DatePartsField
from tenants.casework.forms import CaseForm, blank_first, choices, strip
from tenants.casework.kinds import SIDE_WORDS
from tenants.facilitation.models import MEETING_WORDS

SIDES = [(side.value, words) for side, words in SIDE_WORDS.items()]


class MeetingForm(CaseForm):
    meeting_type = SelectField(
        "Which meeting",
        widget=GovSelect(),
        choices=blank_first(((k.value, v) for k, v in MEETING_WORDS.items()), "Choose"),
        validators=[InputRequired("Choose which meeting it is")],
    )
    purpose = TextAreaField(
        "What it is for",
        widget=GovTextArea(),
        filters=[strip],
        validators=[InputRequired("Say what the meeting is for"), Length(max=2000)],
    )
    requested_by = StringField(
        "Who asked for it",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter who asked for it"), Length(max=120)],
    )
    requested_by_side = RadioField(
        "On whose side",
        widget=GovRadioInput(),
        choices=choices(SIDES),
        validators=[InputRequired("Choose on whose side they are")],
    )
    submit = SubmitField("Keep it", widget=GovSubmitInput())


class InviteeForm(CaseForm):
    name = StringField(
        "Name",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter the name"), Length(max=120)],
    )
    role = StringField(
        "Role",
        widget=GovTextInput(),
        description="For example, SENCO, educational psychologist, grandmother.",
        filters=[strip],
        validators=[InputRequired("Enter the role"), Length(max=80)],
    )
    side = RadioField(
        "Side",
        widget=GovRadioInput(),
        choices=choices(SIDES),
        validators=[InputRequired("Choose the side")],
    )
    email = StringField(
        "E-mail address",
        widget=GovTextInput(),
        filters=[strip],
        validators=[
            Optional(),
            Email("Enter an e-mail address like name@example.com"),
            Length(max=254),
        ],
    )
    submit = SubmitField("Invite", widget=GovSubmitInput())


class PaperForm(CaseForm):
    FIELD_OF = {"on": "agreed_on", "share": "share"}  # noqa: RUF012

    text = TextAreaField(
        "Text",
        widget=GovTextArea(),
        validators=[InputRequired("Write the text"), Length(max=20_000)],
    )
    share = RadioField(
        "What to do with it",
        widget=GovRadioInput(),
        choices=choices([("draft", "Keep it as a draft"), ("share", "Share it with everyone")]),
        default="draft",
        validators=[InputRequired("Choose what to do with it")],
    )
    agreed_on = DatePartsField(
        "Date", subject="The date", validators=[DateNeeded("Enter the date")]
    )
    submit = SubmitField("Keep it", widget=GovSubmitInput())


class ActionPointForm(CaseForm):
    what = TextAreaField(
        "What will be done",
        widget=GovTextArea(),
        description="In the participants' own words.",
        filters=[strip],
        validators=[InputRequired("Enter what will be done"), Length(max=2000)],
    )
    who = StringField(
        "Who does it",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter who does it"), Length(max=120)],
    )
    side = RadioField(
        "On whose side",
        widget=GovRadioInput(),
        choices=choices(SIDES),
        validators=[InputRequired("Choose the side")],
    )
    agreed_on = DatePartsField(
        "When it was agreed", subject="The date", validators=[DateNeeded("Enter the date")]
    )
    due_on = DatePartsField("By when", subject="The date", validators=[DateNeeded("Enter by when")])
    submit = SubmitField("Record it", widget=GovSubmitInput())


class DoneForm(CaseForm):
    FIELD_OF = {"point": "done_on"}  # noqa: RUF012

    done_on = DatePartsField(
        "When it was done", subject="The date", validators=[DateNeeded("Enter the date")]
    )
    submit = SubmitField("Record it", widget=GovSubmitInput())
