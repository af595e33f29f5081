"""The forms by which what was entered is put right."""

from __future__ import annotations

from typing import Any

from saas.reference.upn import read_upn
from saas.web.field_shapes import (
    button,
    choice_field,
    date_field,
    line_field,
    list_field,
    name_field,
    read_by,
    several_field,
    text_field,
    tick_field,
)
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import ROUTE_WORDS
from tenants.casework.referral_forms import DECISION_CHOICES, SECTIONS
from tenants.law.decisions import NEEDS


class CorrectionForm(CaseForm):
    what = choice_field(
        "What was wrong",
        [("date", "The date: put this one in its place"), ("retract", "It did not happen")],
        start="date",
        needed="Choose what was wrong",
    )
    on = date_field("The right date", needed="Enter the right date")
    reason = text_field("Why it is corrected", needed="Say why this is corrected", longest=400)
    submit = button("Record the correction")


class ReasonForm(CaseForm):
    reason = line_field(
        "Why it is put right",
        hint="For example, it was misheard on the telephone. The provider alone can read it.",
        needed="Say why it is put right",
        longest=300,
    )
    submit = button("Put it right")


class ChildForm(ReasonForm):
    given_name = name_field("Given name", needed="Enter the given name", longest=100)
    family_name = name_field("Family name", needed="Enter the family name", longest=100)
    date_of_birth = date_field(
        "Date of birth", subject="The date of birth", needed="Enter the date of birth"
    )
    upn = line_field(
        "Unique pupil number (UPN)",
        hint="A letter and 12 characters, if it is known.",
        longest=40,
        read=read_by(read_upn),
    )
    primary_need = list_field("Main need", NEEDS.items(), blank="Not known yet")

    @property
    def values(self) -> dict[str, Any]:
        """What the form says of the child, by the names of its columns."""
        return {
            "given_name": self.given_name.data,
            "family_name": self.family_name.data,
            "date_of_birth": self.date_of_birth.data,
            "upn": self.upn.data or None,
            "primary_need": self.primary_need.data or None,
        }


class ReferralCorrectionForm(ReasonForm):
    route = list_field(
        "Who referred",
        ((k.value, v) for k, v in ROUTE_WORDS.items()),
        needed="Choose who referred",
    )
    decision_type = list_field(
        "The authority's decision", DECISION_CHOICES, blank="None that can be appealed"
    )
    authority_reference = line_field("The authority's own reference", longest=60)
    sections = several_field("Parts of the plan in dispute", SECTIONS)
    plan_maintained_until = date_field(
        "At 25: until when the authority maintains the plan", subject="The end of the plan"
    )
    health_issue = tick_field("Health is an issue too")
    social_care_issue = tick_field("Social care is an issue too")


class PersonForm(ReasonForm):
    name = name_field("Name", needed="Enter the name", longest=120)
    relation = line_field(
        "Relation to the child", needed="Enter the relation to the child", longest=60
    )
    adjustments = text_field("Reasonable adjustments", longest=2000)
    interpreter = line_field(
        "Interpreter needed for", hint="The language, or British Sign Language.", longest=60
    )


# What the fields are called where what was there before is shown.
FIELD_WORDS = {
    name: str(field.args[0])
    for form in (ChildForm, ReferralCorrectionForm, PersonForm)
    for name, field in vars(form).items()
    if getattr(field, "args", None)
}
