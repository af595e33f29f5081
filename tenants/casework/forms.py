"""The forms of casework. Dates are days in England; what a rule refuses is shown at its field."""

from __future__ import annotations

from collections.abc import Iterable

from flask_wtf import FlaskForm
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
    IntegerField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import (
    Email,
    InputRequired,
    Length,
    NumberRange,
    Optional,
    Regexp,
    ValidationError,
)

from saas.web.fields import DateNeeded, DatePartsField
from tenants.casework.decisions import ALL_DECISION_TYPES, NEEDS
from tenants.casework.kinds import (
    APPEAL_WORDS,
    CHOICE_WORDS,
    ROUTE_WORDS,
    SERVICE_WORDS,
    SIDE_WORDS,
    Route,
)
from tenants.casework.record import RuleBroken


def choices(pairs: Iterable[tuple[str, str]]) -> list[SelectChoice]:
    return [SelectChoice(value=value, label=label) for value, label in pairs]


def blank_first(pairs: Iterable[tuple[str, str]], blank: str) -> list[SelectChoice]:
    return choices([("", blank), *pairs])


def strip(text: str | None) -> str:
    return " ".join((text or "").split())


class CaseForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    """A form whose mistakes may also be found by the rules of a case."""

    def refuse(self, broken: RuleBroken) -> None:
        """Show what a rule refused at the field it names, or above the form."""
        field = self._fields.get(self.FIELD_OF.get(broken.field, broken.field))
        if field is None:
            self.form_errors.append(str(broken))
        else:
            field.errors = [*field.errors, str(broken)]

    # Where a rule's field has another name in the form.
    FIELD_OF: dict[str, str] = {}  # noqa: RUF012


DECISION_CHOICES = [(d.code, d.name) for d in ALL_DECISION_TYPES if d.effective_to is None]
COMMUNICATION = ["Telephone", "E-mail", "Text message", "Letter", "Video call", "In person"]
SECTIONS = [
    ("B", "B: special educational needs"),
    ("F", "F: special educational provision"),
    ("I", "I: the school, or the type of school"),
    ("C", "C: health needs"),
    ("G", "G: health provision"),
    ("D", "D: social care needs"),
    ("H", "H: social care provision"),
]
MIAS_WAYS = ["telephone", "video", "in person", "in writing"]


class AuthorityForm(FlaskForm):  # type: ignore[misc]
    """Whose case it is: found by the family's postcode, or chosen."""

    postcode = StringField(
        "Postcode of the family's home",
        widget=GovTextInput(),
        description="The authority is found from it. Leave it empty to choose from the list.",
        filters=[strip],
        validators=[Optional(), Length(max=12)],
    )
    authority = SelectField("Or choose the authority", widget=GovSelect(), validators=[Optional()])
    submit = SubmitField("Continue", widget=GovSubmitInput())


class ReferralForm(CaseForm):
    FIELD_OF = {"permission_on": "permission_on"}  # noqa: RUF012

    service = RadioField(
        "What is asked for",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in SERVICE_WORDS.items()),
        validators=[InputRequired("Choose what is asked for")],
    )
    route = SelectField(
        "Who referred",
        widget=GovSelect(),
        choices=blank_first(((k.value, v) for k, v in ROUTE_WORDS.items()), "Choose"),
        validators=[InputRequired("Choose who referred")],
    )
    opened_on = DatePartsField(
        "Date of the referral",
        subject="The date of the referral",
        validators=[DateNeeded("Enter the date of the referral")],
    )
    permission_on = DatePartsField(
        "When the family gave its permission",
        subject="The date of the permission",
        description="Needed unless the family refers itself.",
    )
    permission_by = StringField(
        "Who gave it", widget=GovTextInput(), filters=[strip], validators=[Length(max=120)]
    )
    permission_how = StringField(
        "How it was given",
        widget=GovTextInput(),
        description="For example, by telephone or by e-mail.",
        filters=[strip],
        validators=[Length(max=120)],
    )
    capacity = RadioField(
        "If the young person is 16 or over: who decides?",
        widget=GovRadioInput(),
        choices=choices(
            [
                ("", "Not asked yet, or under 16"),
                ("own", "The young person, in their own right"),
                ("represented", "Somebody for them, because they lack capacity"),
            ]
        ),
        default="",
        validators=[Optional()],
    )
    given_name = StringField(
        "Given name",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter the given name"), Length(max=100)],
    )
    family_name = StringField(
        "Family name",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter the family name"), Length(max=100)],
    )
    date_of_birth = DatePartsField(
        "Date of birth",
        subject="The date of birth",
        validators=[DateNeeded("Enter the date of birth")],
    )
    upn = StringField(
        "Unique pupil number (UPN)",
        widget=GovTextInput(),
        description="A letter and 12 characters, if it is known.",
        filters=[lambda text: strip(text).upper()],
        validators=[
            Optional(),
            Regexp(r"^[A-Z]\d{11}[0-9A-Z]$", message="A UPN is a letter and 12 characters"),
        ],
    )
    primary_need = SelectField(
        "Main need",
        widget=GovSelect(),
        choices=blank_first(NEEDS.items(), "Not known yet"),
        validators=[Optional()],
    )
    decision_type = SelectField(
        "The authority's decision",
        widget=GovSelect(),
        choices=blank_first(DECISION_CHOICES, "None that can be appealed"),
        description="Needed for mediation.",
        validators=[Optional()],
    )
    notice_sent = DatePartsField(
        "Date the authority sent its notice",
        subject="The date of the notice",
        description="It stands on the letter. The two months are counted from it.",
    )
    authority_reference = StringField(
        "The authority's own reference",
        widget=GovTextInput(),
        filters=[strip],
        validators=[Length(max=60)],
    )
    sections = SelectMultipleField(
        "Parts of the plan in dispute",
        widget=GovCheckboxesInput(),
        choices=choices(SECTIONS),
        validators=[Optional()],
    )
    health_issue = BooleanField("Health is an issue too", widget=GovCheckboxInput())
    social_care_issue = BooleanField("Social care is an issue too", widget=GovCheckboxInput())
    contact_name = StringField(
        "Name of the parent, carer or young person",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter the name of the person we speak with"), Length(max=120)],
    )
    contact_relation = StringField(
        "Relation to the child",
        widget=GovTextInput(),
        description="For example, mother, father, foster carer, the young person.",
        filters=[strip],
        validators=[InputRequired("Enter the relation to the child"), Length(max=60)],
    )
    contact_email = StringField(
        "E-mail address",
        widget=GovTextInput(),
        filters=[strip],
        validators=[
            Optional(),
            Email("Enter an e-mail address like name@example.com"),
            Length(max=254),
        ],
    )
    contact_telephone = StringField(
        "Telephone", widget=GovTextInput(), filters=[strip], validators=[Length(max=40)]
    )
    contact_postcode = StringField(
        "Postcode", widget=GovTextInput(), filters=[strip], validators=[Length(max=12)]
    )
    preferred_communication = SelectField(
        "How they would like to be reached",
        widget=GovSelect(),
        choices=blank_first(((w, w) for w in COMMUNICATION), "Not said"),
        validators=[Optional()],
    )
    adjustments = TextAreaField(
        "Reasonable adjustments",
        widget=GovTextArea(),
        filters=[strip],
        validators=[Length(max=2000)],
    )
    interpreter = StringField(
        "Interpreter needed for",
        widget=GovTextInput(),
        description="The language, or British Sign Language.",
        filters=[strip],
        validators=[Length(max=60)],
    )
    another_case = BooleanField(
        "This is another matter: open a second case", widget=GovCheckboxInput()
    )
    submit = SubmitField("Open the case", widget=GovSubmitInput())

    def validate_route(self, field: SelectField) -> None:
        if field.data == Route.YOUNG_PERSON and self.capacity.data != "own":
            raise ValidationError(
                "A young person refers in their own right: say below that they decide"
            )


class MiasForm(CaseForm):
    FIELD_OF = {"on": "held_on", "value": "choice"}  # noqa: RUF012

    held_on = DatePartsField(
        "Date of the conversation",
        subject="The date of the conversation",
        validators=[DateNeeded("Enter the date of the conversation")],
    )
    way = RadioField(
        "How it was given",
        widget=GovRadioInput(),
        choices=choices((w, w.capitalize()) for w in MIAS_WAYS),
        validators=[InputRequired("Choose how it was given")],
    )
    minutes = IntegerField(
        "How many minutes it took",
        widget=GovTextInput(),
        validators=[
            InputRequired("Enter the minutes as a whole number"),
            NumberRange(1, 480, "Enter between 1 and 480 minutes"),
        ],
    )
    choice = RadioField(
        "What the family chose",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in CHOICE_WORDS.items()),
        validators=[InputRequired("Choose what the family chose")],
    )
    choice_on = DatePartsField(
        "Date of the choice",
        subject="The date of the choice",
        validators=[DateNeeded("Enter the date of the choice")],
    )
    submit = SubmitField("Record it", widget=GovSubmitInput())


class ChoiceForm(CaseForm):
    FIELD_OF = {"on": "choice_on", "value": "choice"}  # noqa: RUF012

    choice = RadioField(
        "What the family chooses now",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in CHOICE_WORDS.items()),
        validators=[InputRequired("Choose what the family chose")],
    )
    choice_on = DatePartsField(
        "Date it told us",
        subject="The date",
        validators=[DateNeeded("Enter the date")],
    )
    submit = SubmitField("Record the choice", widget=GovSubmitInput())


class CertificateForm(CaseForm):
    FIELD_OF = {"on": "issued_on"}  # noqa: RUF012

    issued_on = DatePartsField(
        "Date of the certificate",
        subject="The date of the certificate",
        validators=[DateNeeded("Enter the date of the certificate")],
    )
    submit = SubmitField("Issue the certificate", widget=GovSubmitInput())


class SentForm(CaseForm):
    FIELD_OF = {"on": "sent_on", "value": "to"}  # noqa: RUF012

    to = StringField(
        "Who received it",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter who received it"), Length(max=120)],
    )
    how = RadioField(
        "How it was sent",
        widget=GovRadioInput(),
        choices=choices((w, w.capitalize()) for w in ("e-mail", "post", "by hand", "download")),
        validators=[InputRequired("Choose how it was sent")],
    )
    sent_on = DatePartsField(
        "When it was sent", subject="The date", validators=[DateNeeded("Enter the date")]
    )
    submit = SubmitField("Record it", widget=GovSubmitInput())


class WithdrawalForm(CaseForm):
    FIELD_OF = {"on": "withdrawn_on"}  # noqa: RUF012

    reason = TextAreaField(
        "Why it is withdrawn",
        widget=GovTextArea(),
        description="It is printed on the withdrawn certificate.",
        filters=[strip],
        validators=[InputRequired("Say why it is withdrawn"), Length(max=400)],
    )
    withdrawn_on = DatePartsField(
        "Date of the withdrawal", subject="The date", validators=[DateNeeded("Enter the date")]
    )
    submit = SubmitField("Withdraw the certificate", widget=GovSubmitInput())


class ConsentForm(CaseForm):
    FIELD_OF = {"on": "answered_on", "value": "side"}  # noqa: RUF012

    side = RadioField(
        "Which side answered",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in SIDE_WORDS.items()),
        validators=[InputRequired("Choose which side answered")],
    )
    answer = RadioField(
        "Does it take part?",
        widget=GovRadioInput(),
        choices=choices([("yes", "Yes, it consents"), ("no", "No")]),
        validators=[InputRequired("Choose what it answered")],
    )
    by = StringField(
        "Who answered",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Enter who answered"), Length(max=120)],
    )
    how = StringField(
        "How",
        widget=GovTextInput(),
        description="For example, by telephone or by e-mail.",
        filters=[strip],
        validators=[InputRequired("Enter how it was given"), Length(max=60)],
    )
    answered_on = DatePartsField(
        "When", subject="The date", validators=[DateNeeded("Enter the date")]
    )
    submit = SubmitField("Record the answer", widget=GovSubmitInput())


class OwnConsentForm(CaseForm):
    """A side's own answer, on its own page: who, when and how are known."""

    answer = RadioField(
        "Do you take part?",
        widget=GovRadioInput(),
        choices=choices([("yes", "Yes, we consent"), ("no", "No")]),
        validators=[InputRequired("Choose whether you take part")],
    )
    submit = SubmitField("Send the answer", widget=GovSubmitInput())


class AppealForm(CaseForm):
    FIELD_OF = {"on": "registered_on"}  # noqa: RUF012

    registered_on = DatePartsField(
        "Date the Tribunal registered the appeal",
        subject="The date",
        validators=[DateNeeded("Enter the date")],
    )
    told_by = RadioField(
        "Who told us",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in SIDE_WORDS.items()),
        validators=[InputRequired("Choose who told us")],
    )
    submit = SubmitField("Record the appeal", widget=GovSubmitInput())


class AppealOutcomeForm(CaseForm):
    FIELD_OF = {"on": "decided_on", "value": "outcome"}  # noqa: RUF012

    outcome = RadioField(
        "What came of it",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in APPEAL_WORDS.items()),
        validators=[InputRequired("Choose what came of it")],
    )
    decided_on = DatePartsField(
        "When", subject="The date", validators=[DateNeeded("Enter the date")]
    )
    told_by = RadioField(
        "Who told us",
        widget=GovRadioInput(),
        choices=choices((k.value, v) for k, v in SIDE_WORDS.items()),
        validators=[InputRequired("Choose who told us")],
    )
    submit = SubmitField("Record it", widget=GovSubmitInput())


class ClosingForm(CaseForm):
    FIELD_OF = {"on": "closed_on"}  # noqa: RUF012

    closed_on = DatePartsField(
        "Date of closing", subject="The date", validators=[DateNeeded("Enter the date")]
    )
    why = StringField(
        "Why it is closed",
        widget=GovTextInput(),
        filters=[strip],
        validators=[InputRequired("Say why it is closed"), Length(max=200)],
    )
    submit = SubmitField("Close the case", widget=GovSubmitInput())


class CorrectionForm(CaseForm):
    what = RadioField(
        "What was wrong",
        widget=GovRadioInput(),
        choices=choices(
            [("date", "The date: put this one in its place"), ("retract", "It did not happen")]
        ),
        default="date",
        validators=[InputRequired("Choose what was wrong")],
    )
    on = DatePartsField(
        "The right date", subject="The date", validators=[DateNeeded("Enter the right date")]
    )
    reason = TextAreaField(
        "Why it is corrected",
        widget=GovTextArea(),
        filters=[strip],
        validators=[InputRequired("Say why this is corrected"), Length(max=400)],
    )
    submit = SubmitField("Record the correction", widget=GovSubmitInput())


class AssignmentForm(CaseForm):
    coordinator = SelectField(
        "Who looks after it",
        widget=GovSelect(),
        validators=[InputRequired("Choose who looks after it")],
    )
    submit = SubmitField("Assign it", widget=GovSubmitInput())


class NoteForm(CaseForm):
    text = TextAreaField(
        "Note",
        widget=GovTextArea(),
        validators=[InputRequired("Write the note"), Length(max=10_000)],
    )
    audience = RadioField(
        "Who may read it",
        widget=GovRadioInput(),
        choices=choices(
            [
                ("provider", "The provider only"),
                ("parties", "The provider, the family and the authority"),
            ]
        ),
        default="provider",
        validators=[InputRequired("Choose who may read it")],
    )
    submit = SubmitField("Keep the note", widget=GovSubmitInput())


class DayForm(CaseForm):
    """One day on which something happened; the page says what."""

    on = DatePartsField("Date", subject="The date", validators=[DateNeeded("Enter the date")])
    submit = SubmitField("Save", widget=GovSubmitInput())
