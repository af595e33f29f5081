"""The forms by which a case is opened: whose it is, and the referral."""

from __future__ import annotations

from flask_babel import lazy_gettext as later
from wtforms import SelectField
from wtforms.validators import ValidationError

from saas.reference.upn import read_upn
from saas.web.field_shapes import (
    button,
    choice_field,
    date_field,
    email_field,
    line_field,
    list_field,
    name_field,
    postcode_field,
    read_by,
    several_field,
    telephone_field,
    text_field,
    tick_field,
)
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import DECIDES, ROUTE_WORDS, SERVICE_WORDS, Route
from tenants.law.decisions import ALL_DECISION_TYPES, NEEDS

DECISION_CHOICES = [(d.code, d.name) for d in ALL_DECISION_TYPES if d.effective_to is None]
# Kept by its English word, shown in the reader's language.
COMMUNICATION = {
    "Telephone": later("Telephone"),
    "E-mail": later("E-mail"),
    "Text message": later("Text message"),
    "Letter": later("Letter"),
    "Video call": later("Video call"),
    "In person": later("In person"),
}
SECTIONS = [
    ("B", later("B: special educational needs")),
    ("F", later("F: special educational provision")),
    ("I", later("I: the school, or the type of school")),
    ("C", later("C: health needs")),
    ("G", later("G: health provision")),
    ("D", later("D: social care needs")),
    ("H", later("H: social care provision")),
]


class AuthorityForm(CaseForm):
    """Whose case it is: found by the family's postcode, or chosen."""

    postcode = postcode_field(
        "Postcode of the family's home",
        hint="The authority is found from it. Leave it empty to choose from the list.",
    )
    authority = list_field("Or choose the authority")
    submit = button("Continue")


class ReferralForm(CaseForm):
    service = choice_field(
        "What is asked for",
        ((k.value, v) for k, v in SERVICE_WORDS.items()),
        needed="Choose what is asked for",
    )
    route = list_field(
        "Who referred",
        ((k.value, v) for k, v in ROUTE_WORDS.items()),
        needed="Choose who referred",
    )
    opened_on = date_field(
        "Date of the referral",
        subject="The date of the referral",
        needed="Enter the date of the referral",
    )
    permission_on = date_field(
        "When the family gave its permission",
        subject="The date of the permission",
        hint="Needed unless the family refers itself.",
    )
    permission_by = line_field("Who gave it", longest=120)
    permission_how = line_field(
        "How it was given", hint="For example, by telephone or by e-mail.", longest=120
    )
    capacity = choice_field(
        "Who decides?", [("", "A parent, or not asked yet"), *DECIDES.items()], start=""
    )
    plan_maintained_until = date_field(
        "At 25: until when the authority maintains the plan", subject="The end of the plan"
    )
    given_name = name_field(later("Given name"), needed=later("Enter the given name"), longest=100)
    family_name = name_field(
        later("Family name"), needed=later("Enter the family name"), longest=100
    )
    date_of_birth = date_field(
        later("Date of birth"),
        subject=later("The date of birth"),
        needed=later("Enter the date of birth"),
    )
    upn = line_field(
        "Unique pupil number (UPN)",
        hint="A letter and 12 characters, if it is known.",
        longest=40,
        read=read_by(read_upn),
    )
    primary_need = list_field("Main need", NEEDS.items(), blank="Not known yet")
    decision_type = list_field(
        "The authority's decision",
        DECISION_CHOICES,
        blank="None that can be appealed",
        hint="Needed for mediation.",
    )
    notice_sent = date_field(
        "Date the authority sent its notice",
        subject="The date of the notice",
        hint="It stands on the letter. The two months are counted from it.",
    )
    authority_reference = line_field("The authority's own reference", longest=60)
    sections = several_field(later("Parts of the plan in dispute"), SECTIONS)
    health_issue = tick_field(later("Health is an issue too"))
    social_care_issue = tick_field(later("Social care is an issue too"))
    contact_name = name_field(
        "Name of the parent, carer or young person",
        needed="Enter the name of the person we speak with",
        longest=120,
    )
    contact_relation = line_field(
        "Relation to the child",
        hint="For example, mother, father, foster carer, the young person.",
        needed="Enter the relation to the child",
        longest=60,
    )
    contact_email = email_field()
    contact_telephone = telephone_field()
    contact_postcode = postcode_field()
    preferred_communication = list_field(
        later("How they would like to be reached"), COMMUNICATION.items(), blank=later("Not said")
    )
    adjustments = text_field("Reasonable adjustments", longest=2000)
    interpreter = line_field(
        "Interpreter needed for", hint="The language, or British Sign Language.", longest=60
    )
    another_case = tick_field("This is another matter: open a second case")
    submit = button("Open the case")

    def validate_route(self, field: SelectField) -> None:
        if field.data == Route.YOUNG_PERSON and self.capacity.data != "own":
            raise ValidationError(
                "A young person refers in their own right: say below that they decide"
            )
