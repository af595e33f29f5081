"""The forms of an agreement and of what follows from it."""

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
from wtforms.validators import InputRequired, Length, ValidationError

from saas.documents.pdf import is_printable
from saas.web.fields import DateNeeded, DatePartsField
from tenants.casework.decisions import STEP_KINDS
from tenants.casework.forms import CaseForm, blank_first, choices, strip
from tenants.casework.kinds import SIDE_WORDS


class WordingForm(CaseForm):
    wording = TextAreaField(
        "What was agreed, in the participants' own words",
        widget=GovTextArea(),
        description="Steps with a date are added below. Nothing of what was said on the way"
        " belongs here.",
        validators=[Length(max=10_000)],
    )
    submit = SubmitField("Keep the words", widget=GovSubmitInput())


class StepForm(CaseForm):
    wording = TextAreaField(
        "What will be done",
        widget=GovTextArea(),
        description="One thing, so plain that everyone will know whether it was done.",
        filters=[strip],
        validators=[InputRequired("Write what will be done"), Length(max=2000)],
    )
    responsible = RadioField(
        "Who does it",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in SIDE_WORDS.items()),
        validators=[InputRequired("Choose who does it")],
    )
    who = StringField(
        "Who of them",
        widget=GovTextInput(),
        description="A name or a role, if it was said.",
        filters=[strip],
        validators=[Length(max=120)],
    )
    kind = SelectField(
        "What kind of step it is",
        widget=GovSelect(),
        choices=blank_first(STEP_KINDS.items(), "Choose"),
        description="It decides by when the Regulations want it done.",
        validators=[InputRequired("Choose what kind of step it is")],
    )
    due_on = DatePartsField(
        "Another date that was agreed",
        subject="The date",
        description="Leave it empty for the time in the Regulations.",
    )
    agreement_says_so = BooleanField(
        "The agreement itself says this date (regulation 42(5))", widget=GovCheckboxInput()
    )
    submit = SubmitField("Keep the step", widget=GovSubmitInput())


class SendingForm(CaseForm):
    signers = SelectMultipleField(
        "Who has to sign",
        widget=GovCheckboxesInput(),
        validators=[InputRequired("Choose who has to sign")],
    )
    dated = RadioField(
        "Which day is the day of the agreement",
        widget=GovRadioInput(),
        description="The times of the steps are counted from it.",
        default="last_signature",
        validators=[InputRequired("Choose the day of the agreement")],
    )
    submit = SubmitField("Send it to be signed", widget=GovSubmitInput())


class CallingBackForm(CaseForm):
    reason = TextAreaField(
        "Why it is called back",
        widget=GovTextArea(),
        description="Both sides can read it.",
        filters=[strip],
        validators=[InputRequired("Say why it is called back"), Length(max=1000)],
    )
    submit = SubmitField("Call it back", widget=GovSubmitInput())


class PaperForm(CaseForm):
    signer = RadioField(
        "Who signed on paper",
        widget=GovRadioInput(),
        validators=[InputRequired("Choose who signed")],
    )
    typed_name = StringField(
        "The name as it was signed",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter the name as it was signed"), Length(max=120)],
    )
    signed_on = DatePartsField(
        "The day of the signature",
        subject="The day of the signature",
        validators=[DateNeeded("Enter the day of the signature")],
    )
    submit = SubmitField("Record the signature", widget=GovSubmitInput())


class SignForm(CaseForm):
    """To sign a text. The name is printed, so it must have letters that can be."""

    agreed = BooleanField(
        "I have read it and I agree to it",
        widget=GovCheckboxInput(),
        validators=[InputRequired("Tick that you have read it and agree to it")],
    )
    typed_name = StringField(
        "Your full name",
        widget=GovTextInput(),
        description="Typing it here is your signature.",
        filters=[strip],
        validators=[InputRequired("Type your full name to sign"), Length(max=120)],
    )
    submit = SubmitField("Sign the agreement", widget=GovSubmitInput())

    def validate_typed_name(self, field: StringField) -> None:
        if field.data and not is_printable(field.data):
            raise ValidationError("Type your name in Latin letters as well: it is printed")


class CopiesForm(CaseForm):
    to = SelectMultipleField(
        "Who was sent a copy",
        widget=GovCheckboxesInput(),
        choices=choices((k.value, v) for k, v in SIDE_WORDS.items()),
        validators=[InputRequired("Choose who was sent a copy")],
    )
    way = RadioField(
        "How",
        widget=GovRadioInput(),
        choices=choices((w, w) for w in ("E-mail", "Post", "Handed over", "On their own page")),
        validators=[InputRequired("Choose how it was sent")],
    )
    on = DatePartsField(
        "When", subject="The date", validators=[DateNeeded("Enter when it was sent")]
    )
    submit = SubmitField("Record the copies", widget=GovSubmitInput())


class StepDoneForm(CaseForm):
    on = DatePartsField(
        "When it was done",
        subject="The date",
        validators=[DateNeeded("Enter when it was done")],
    )
    evidence = TextAreaField(
        "What shows it",
        widget=GovTextArea(),
        description="For example: plan sent by e-mail, reference of the letter. Both sides can"
        " read it.",
        filters=[strip],
        validators=[Length(max=1000)],
    )
    submit = SubmitField("Record the step as done", widget=GovSubmitInput())
