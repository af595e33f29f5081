"""The forms that end, replace, call off and put right a contract."""

from __future__ import annotations

from collections.abc import Sequence

from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from billing.contracts.forms import ContractForm, OrderForm, ParticularsFields, TermsFields
from billing.contracts.pricing import SERVICE_WORDS, Terms
from billing.fields import PercentField
from billing.vat import Treatment
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


class AmendmentForm(TermsFields):
    """What was agreed from a day on."""

    effective_from = DatePartsField(
        "From this day", [DateNeeded("Enter the day the new terms begin")]
    )
    note = reason_field("What was agreed, and where it is written")

    def fill_rest(self, standing: Terms, asked: Sequence[str]) -> None:
        """Take what is not asked for from the terms that stand."""
        rest = TermsFields(formdata=None)
        rest.show(standing)
        for field in rest:
            if field.name not in asked and field.name != "csrf_token":
                # A price that the contract does not have is treated as any.
                unset = field.data is None and field.name.endswith("_vat")
                self[field.name].process(None, Treatment.STANDARD.value if unset else field.data)


# What of the terms can be changed by itself, with the fields that it asks for.
PARTS: dict[str, tuple[str, tuple[str, ...]]] = {
    "fee": ("The yearly fee", ("annual_fee", "fee_vat")),
    **{
        service.value: (
            words,
            (f"{service.value}_included", f"{service.value}_price", f"{service.value}_vat"),
        )
        for service, words in SERVICE_WORDS.items()
    },
    "late": ("Late cancellation", ("late_fee_2", "late_fee_5", "late_fee_vat")),
    "other": ("Further days and expenses", ("day_rate", "day_rate_vat", "expenses_vat")),
}
REASONS = ("vat_reason_exempt", "vat_reason_outside_scope")


class IndexationForm(PageForm):
    percent = PercentField("Prices rise by, in percent")
    on = DatePartsField("On the anniversary", [DateNeeded("Enter the anniversary")])
    note = StringField("Source of the figure", widget=GovTextInput(), validators=[Length(max=200)])


class ExtendForm(PageForm):
    """Nothing to enter: an option is taken up as it was agreed."""


class ChangeOrderForm(OrderForm):
    """An order as it should stand."""

    reason = reason_field("Why")


class CloseOrderForm(PageForm):
    reason = reason_field("Why")
