"""The forms of a meeting's arrangement."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    BooleanField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import URL, InputRequired, Length, Optional, Regexp

from saas.web.fields import DateNeeded, DatePartsField
from tenants.casework.forms import CaseForm, blank_first, choices, strip
from tenants.casework.kinds import OUTCOME_WORDS, SIDE_WORDS, DelayCause

CAUSE_WORDS = {
    DelayCause.AUTHORITY: "The local authority",
    DelayCause.FAMILY: "The family",
    DelayCause.PROVIDER: "The provider",
}
RESULT_WORDS = {
    "agreed_to_assess": "The authority agreed to assess",
    "back_to_panel": "It goes back to the authority's panel",
    "decision_stands": "The decision stands",
    "other_steps": "Other steps",
}
HEARD_WORDS = {
    "in_person": "The child or young person came to the meeting",
    "spoke_before": "They spoke with the mediator beforehand",
    "in_writing": "In writing, a drawing or a recording",
    "through_advocate": "Through an advocate",
    "through_family": "Through the family",
}
CLOCK_TIME = Regexp(r"^([01]\d|2[0-3]):[0-5]\d$", message="Enter the time like 10:30")


def _time(label: str, *, needed: str = "") -> StringField:
    return StringField(
        label,
        widget=GovTextInput(),
        description="For example, 10:30.",
        filters=[strip],
        validators=[InputRequired(needed) if needed else Optional(), CLOCK_TIME],
    )


class AppointForm(CaseForm):
    person = RadioField(
        "Whom to appoint",
        widget=GovRadioInput(),
        validators=[InputRequired("Choose whom to appoint")],
    )
    submit = SubmitField("Appoint", widget=GovSubmitInput())


class InformForm(CaseForm):
    family_on = DatePartsField(
        "When the family told the authority",
        subject="The date the family told the authority",
        description="Leave it empty if it is not known.",
    )
    adviser_on = DatePartsField(
        "When the adviser told the authority",
        subject="The date the adviser told the authority",
    )
    submit = SubmitField("Save", widget=GovSubmitInput())


class OfferForm(CaseForm):
    first_on = DatePartsField(
        "First date", subject="The first date", validators=[DateNeeded("Enter a date to offer")]
    )
    first_time = _time("Time of the first date", needed="Enter the time of the first date")
    second_on = DatePartsField("Second date", subject="The second date")
    second_time = _time("Time of the second date")
    third_on = DatePartsField("Third date", subject="The third date")
    third_time = _time("Time of the third date")
    submit = SubmitField("Offer these dates", widget=GovSubmitInput())

    FIELD_OF = {"dates": "first_on"}  # noqa: RUF012


class AnswerForm(CaseForm):
    can = SelectMultipleField(
        "Which of these dates suit",
        widget=GovCheckboxesInput(),
        description="Choose all that do. Those you leave do not suit.",
        validators=[Optional()],
    )
    submit = SubmitField("Send the answer", widget=GovSubmitInput())


class SideAnswerForm(AnswerForm):
    side = RadioField(
        "Whose answer it is",
        widget=GovRadioInput(),
        choices=choices([("family", "The family's"), ("authority", "The local authority's")]),
        validators=[InputRequired("Choose whose answer it is")],
    )


class FixForm(CaseForm):
    meeting_on = DatePartsField(
        "Date of the meeting",
        subject="The date of the meeting",
        validators=[DateNeeded("Enter the date of the meeting")],
    )
    time = _time("Time", needed="Enter the time of the meeting")
    place = StringField(
        "Place",
        widget=GovTextInput(),
        description="Neutral, and with the access that those who come need.",
        filters=[strip],
        validators=[Optional(), Length(max=300)],
    )
    video_link = StringField(
        "Link of the video meeting",
        widget=GovTextInput(),
        filters=[strip],
        validators=[
            Optional(),
            URL(message="Enter the whole link, with https://"),
            Length(max=500),
        ],
    )
    fixed_on = DatePartsField(
        "When everybody was told",
        subject="The date everybody was told",
        validators=[DateNeeded("Enter when everybody was told")],
    )
    consented_by = StringField(
        "Who of the family consented to short notice",
        widget=GovTextInput(),
        description="Needed only with less than 5 working days' notice.",
        filters=[strip],
        validators=[Optional(), Length(max=120)],
    )
    submit = SubmitField("Fix the meeting", widget=GovSubmitInput())


class RepresentativeForm(CaseForm):
    name = StringField(
        "Name",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter the name of the representative"), Length(max=120)],
    )
    role = StringField(
        "Role",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter the role of the representative"), Length(max=120)],
    )
    may_decide = BooleanField(
        "This person has the authority's power to decide at the meeting",
        widget=GovCheckboxInput(),
    )
    submit = SubmitField("Name them", widget=GovSubmitInput())


class ParticipantForm(CaseForm):
    name = StringField(
        "Name",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter the name"), Length(max=120)],
    )
    role = StringField(
        "Who they are",
        widget=GovTextInput(),
        description="For example, advocate, grandmother, interpreter, head teacher.",
        filters=[strip],
        validators=[InputRequired("Enter who they are"), Length(max=120)],
    )
    side = RadioField(
        "Who brings them",
        widget=GovRadioInput(),
        choices=choices((side.value, words) for side, words in SIDE_WORDS.items()),
        validators=[InputRequired("Choose who brings them")],
    )
    submit = SubmitField("Add to the list", widget=GovSubmitInput())


class HeardForm(CaseForm):
    how = RadioField(
        "How the child or young person was heard",
        widget=GovRadioInput(),
        choices=choices(HEARD_WORDS.items()),
        validators=[InputRequired("Choose how")],
    )
    on = DatePartsField("When", subject="The date", validators=[DateNeeded("Enter the date")])
    submit = SubmitField("Save", widget=GovSubmitInput())


class CancelForm(CaseForm):
    cancelled_by = RadioField(
        "Who cancelled",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in CAUSE_WORDS.items()),
        validators=[InputRequired("Choose who cancelled")],
    )
    on = DatePartsField(
        "On which day",
        subject="The day of cancelling",
        validators=[DateNeeded("Enter the day on which it was cancelled")],
    )
    time = _time("At what time", needed="Enter the time at which it was cancelled")
    reason = StringField(
        "Why",
        widget=GovTextInput(),
        description="The authority and the family can read this.",
        filters=[strip],
        validators=[InputRequired("Say why"), Length(max=300)],
    )
    submit = SubmitField("Record the cancellation", widget=GovSubmitInput())


class MeetingHeldForm(CaseForm):
    on = DatePartsField(
        "Date of the meeting",
        subject="The date of the meeting",
        validators=[DateNeeded("Enter the date of the meeting")],
    )
    started_at = _time("Started at", needed="Enter the time at which it started")
    ended_at = _time("Ended at", needed="Enter the time at which it ended")
    attended = SelectMultipleField("Who came", widget=GovCheckboxesInput(), validators=[Optional()])
    authority_attended = RadioField(
        "Did the authority attend?",
        widget=GovRadioInput(),
        choices=choices([("yes", "Yes"), ("no", "No")]),
        validators=[InputRequired("Say whether the authority attended")],
    )
    could_decide = RadioField(
        "Did its representative have the power to decide?",
        widget=GovRadioInput(),
        choices=choices([("yes", "Yes"), ("no", "No, or nobody came")]),
        validators=[InputRequired("Say whether its representative had the power to decide")],
    )
    voice_heard = RadioField(
        "Was the voice of the child or young person heard?",
        widget=GovRadioInput(),
        choices=choices([("yes", "Yes"), ("no", "No")]),
        validators=[InputRequired("Say whether the child's voice was heard")],
    )
    further = RadioField(
        "Was it adjourned to a further meeting?",
        widget=GovRadioInput(),
        choices=choices([("no", "No"), ("yes", "Yes, there will be a further meeting")]),
        validators=[InputRequired("Say whether there will be a further meeting")],
    )
    delay_cause = SelectField(
        "Where the delay was caused",
        widget=GovSelect(),
        choices=blank_first(((k.value, v) for k, v in CAUSE_WORDS.items()), "Choose"),
        description="Asked when the 30 days are missed.",
        validators=[Optional()],
    )
    submit = SubmitField("Record the meeting", widget=GovSubmitInput())


class ConcludeForm(CaseForm):
    on = DatePartsField(
        "Concluded on",
        subject="The date it concluded",
        validators=[DateNeeded("Enter when it concluded")],
    )
    value = RadioField(
        "Outcome",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in OUTCOME_WORDS.items()),
        validators=[InputRequired("Choose the outcome")],
    )
    result = RadioField(
        "What it came to",
        widget=GovRadioInput(),
        choices=choices(RESULT_WORDS.items()),
        validators=[InputRequired("Choose what it came to")],
    )
    words = TextAreaField(
        "More about it",
        widget=GovTextArea(),
        description="Shared with both sides. What was said in the meeting stays there.",
        filters=[strip],
        validators=[Optional(), Length(max=1000)],
    )
    submit = SubmitField("Record the outcome", widget=GovSubmitInput())
