"""The forms of keeping and erasing."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import IntegerField
from wtforms.validators import InputRequired, NumberRange

from saas.web.field_shapes import text_field
from tenants.casework.forms import CaseForm
from tenants.protection.keeping import LEAST_YEARS, MOST_YEARS

_YEARS = f"Enter a number of years from {LEAST_YEARS} to {MOST_YEARS}"


class RuleForm(CaseForm):
    years = IntegerField(
        "Years after a case closed",
        widget=GovTextInput(),
        validators=[
            InputRequired(_YEARS),
            NumberRange(min=LEAST_YEARS, max=MOST_YEARS, message=_YEARS),
        ],
    )
    reason = text_field(
        "Where the years follow from",
        longest=500,
        needed="Say where the years follow from: the contract's clause",
        hint="For example: the contract's clause 14.2. The authority reads this.",
    )


class HoldForm(CaseForm):
    reason = text_field(
        "Why it is to be held",
        longest=1_000,
        needed="Say why it is held: a claim, an inquiry, a complaint",
        hint="The authority learns that the case is held, and not why.",
    )


class LiftForm(CaseForm):
    because = text_field(
        "Why it is no longer held", longest=1_000, needed="Say why it is no longer held"
    )
