"""The forms that end, replace, call off and put right a contract."""

from __future__ import annotations

from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from billing.contracts.forms import ContractForm, ParticularsFields, TermsFields
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm


def reason_field(label: str = "Why, and where it is written") -> StringField:
    return StringField(
        label,
        widget=GovTextInput(),
        description="It stays with the contract.",
        validators=[InputRequired("Say why"), Length(max=300)],
    )


class EndForm(PageForm):
    """Another last day."""

    last = DatePartsField("Last day of the contract", [DateNeeded("Enter the last day")])
    reason = reason_field()


class CallOffForm(PageForm):
    """A contract that is not to begin."""

    reason = reason_field()


class CorrectTermsForm(TermsFields):
    """Terms as they should have been written."""

    note = reason_field("What was wrong")


class TakeBackForm(PageForm):
    """A change of the terms that is taken back."""

    note = reason_field("Why it is taken back")


class PutRightForm(ParticularsFields):
    """What a contract says besides its terms and its last day."""

    reason = reason_field("What was wrong")


class ReplaceForm(ContractForm):
    """A contract in the place of another."""

    reason = reason_field("Why the contract before ends")
