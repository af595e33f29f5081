"""The forms of the panel."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovSelect,
    GovSubmitInput,
    GovTextArea,
    GovTextInput,
)
from wtforms import (
    IntegerField,
    SelectField,
    SelectMultipleField,
    StringField,
    SubmitField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from saas.web.field_shapes import blank_first, choices, strip
from saas.web.fields import DateNeeded, DatePartsField
from tenants.casework.forms import CaseForm
from tenants.panel.members import PART_WORDS, REGISTER_WORDS


class JoinForm(CaseForm):
    """Who joins the panel: one of the provider's mediators."""

    person = SelectField(
        "Who joins",
        widget=GovSelect(),
        description="A person with the role of mediator who is not on the panel yet.",
        validators=[InputRequired("Choose who joins")],
    )
    submit = SubmitField("Continue", widget=GovSubmitInput())


class PapersForm(CaseForm):
    """What is kept of a member. Expiry dates are the last day on which a paper holds."""

    parts = SelectMultipleField(
        "What this person does",
        widget=GovCheckboxesInput(),
        choices=choices((k.value, v) for k, v in PART_WORDS.items()),
        validators=[InputRequired("Choose what this person does")],
    )
    register_body = SelectField(
        "Register",
        widget=GovSelect(),
        choices=blank_first(((k.value, v) for k, v in REGISTER_WORDS.items()), "Choose"),
        validators=[InputRequired("Choose the register")],
    )
    register_number = StringField(
        "Number in the register",
        widget=GovTextInput(),
        filters=[strip],
        validators=[Optional(), Length(max=40)],
    )
    register_expires_on = DatePartsField(
        "Accreditation holds until", subject="The end of the accreditation"
    )
    cpd_hours = IntegerField(
        "Hours of CPD in the last 12 months",
        widget=GovTextInput(),
        default=0,
        validators=[
            InputRequired("Enter the hours of CPD, 0 if none"),
            NumberRange(0, 2000, "The hours must be from 0 to 2,000"),
        ],
    )
    cpd_on = DatePartsField("CPD counted on", subject="The day of the CPD count")
    dbs_on = DatePartsField("DBS certificate dated", subject="The date of the DBS certificate")
    dbs_expires_on = DatePartsField(
        "DBS check to be renewed by", subject="The day to renew the DBS check"
    )
    insurance_expires_on = DatePartsField(
        "Insurance holds until", subject="The end of the insurance"
    )
    languages = StringField(
        "Languages",
        widget=GovTextInput(),
        description="Beside English, such as Urdu, British Sign Language.",
        filters=[strip],
        validators=[Optional(), Length(max=200)],
    )
    public_employer = StringField(
        "Employed by a local authority, an ICB or NHS England",
        widget=GovTextInput(),
        description="Its name; leave empty if not. Such a person may not mediate.",
        filters=[strip],
        validators=[Optional(), Length(max=120)],
    )
    areas = SelectMultipleField(
        "Works for",
        widget=GovCheckboxesInput(),
        description="Choose none if everywhere.",
        validators=[Optional()],
    )
    left_on = DatePartsField("Left the panel on", subject="The day of leaving")
    submit = SubmitField("Save", widget=GovSubmitInput())


class AbsenceForm(CaseForm):
    first_day = DatePartsField(
        "First day away",
        subject="The first day away",
        validators=[DateNeeded("Enter the first day away")],
    )
    last_day = DatePartsField(
        "Last day away",
        subject="The last day away",
        validators=[DateNeeded("Enter the last day away")],
    )
    submit = SubmitField("Add these days", widget=GovSubmitInput())


class ConflictForm(CaseForm):
    case_reference = StringField(
        "Reference of the family's case",
        widget=GovTextInput(),
        description="Leave it empty if the conflict is with the authority itself.",
        filters=[strip],
        validators=[Optional(), Length(max=40)],
    )
    reason = TextAreaField(
        "What the conflict is",
        widget=GovTextArea(),
        description="Seen by the provider alone. Name no child.",
        filters=[strip],
        validators=[InputRequired("Say what the conflict of interest is"), Length(max=500)],
    )
    submit = SubmitField("Record the conflict", widget=GovSubmitInput())


class WhichAuthorityForm(CaseForm):
    authority = SelectField(
        "With which authority, or a family in it",
        widget=GovSelect(),
        validators=[InputRequired("Choose the authority")],
    )
    submit = SubmitField("Continue", widget=GovSubmitInput())
