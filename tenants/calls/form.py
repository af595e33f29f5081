"""What an adviser writes down while a family is on the telephone, in the order of a call."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import IntegerField, ValidationError
from wtforms.validators import NumberRange, Optional

from saas.web.field_shapes import (
    button,
    choice_field,
    date_field,
    email_field,
    line_field,
    list_field,
    name_field,
    postcode_field,
    several_field,
    telephone_field,
    text_field,
    tick_field,
)
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import Choice
from tenants.casework.referral_forms import DECISION_CHOICES, SECTIONS

NOT_YET = "not_yet"


class CallForm(CaseForm):
    """Nothing is asked twice: the date is today's, the way the telephone, and who calls is whom the
    certificate names unless the right is the young person's own."""

    FIELD_OF = {"value": "choice", "minutes": "minutes", "route": "date_of_birth"}  # noqa: RUF012

    postcode = postcode_field("Postcode of the family's home", hint="It finds the authority.")
    authority = list_field("Or choose the authority", blank="Found by the postcode")
    contact_name = name_field("Who calls", needed="Enter the name of who calls", longest=120)
    contact_relation = line_field(
        "Relation to the child",
        hint="For example, mother. Write 'young person' if it is about themself.",
        needed="Enter the relation to the child",
        longest=60,
    )
    contact_telephone = telephone_field()
    contact_email = email_field()
    given_name = name_field("Given name", needed="Enter the given name", longest=100)
    family_name = name_field("Family name", needed="Enter the family name", longest=100)
    date_of_birth = date_field(
        "Date of birth", subject="The date of birth", needed="Enter the date of birth"
    )
    decision_type = list_field(
        "The authority's decision", DECISION_CHOICES, needed="Choose what the letter decides"
    )
    notice_sent = date_field(
        "Date of the letter",
        subject="The date of the letter",
        needed="Enter the date of the letter",
    )
    sections = several_field("Parts of the plan in dispute", SECTIONS)
    interpreter = line_field("Interpreter needed for", longest=60)
    adjustments = text_field("What they need, and when it is safe to call", longest=2000)
    minutes = IntegerField(
        "Minutes of information and advice",
        widget=GovTextInput(),
        description="Leave it empty if you have not given it yet.",
        validators=[Optional(), NumberRange(1, 480, "Enter between 1 and 480 minutes")],
    )
    choice = choice_field(
        "What the family chooses",
        [
            (NOT_YET, "Nothing yet: call back"),
            (Choice.MEDIATE.value, "To mediate"),
            (Choice.DECLINE.value, "Not to mediate"),
            (Choice.THINKING.value, "Time to think"),
        ],
        start=NOT_YET,
        needed="Choose what the family chooses",
    )
    tell_now = tick_field("Wants to mediate: tell the authority now")
    certificate_now = tick_field("Does not want to: issue the certificate now")
    another_case = tick_field("This is another matter: open a second case")
    submit = button("Finish the call")

    def validate_choice(self, field: object) -> None:
        if self.choice.data != NOT_YET and not self.minutes.data:
            raise ValidationError(
                "A choice follows information: enter how many minutes of it you gave"
            )

    def validate_certificate_now(self, field: object) -> None:
        if self.certificate_now.data and self.choice.data != Choice.DECLINE:
            raise ValidationError("A certificate follows when the family does not want mediation")

    def validate_tell_now(self, field: object) -> None:
        if self.tell_now.data and self.choice.data != Choice.MEDIATE:
            raise ValidationError("The authority is told when the family wants mediation")
