"""The forms of contracts, purchase orders and contacts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovRadioInput,
    GovSelect,
    GovTextArea,
    GovTextInput,
)
from wtforms import BooleanField, RadioField, SelectField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length, ValidationError

from billing.addresses import AddressRefused, ElectronicAddress, read_address
from billing.contracts.actions import NewContract
from billing.contracts.pricing import LateFee, Service, ServicePrice, Terms
from billing.fields import CountField, PoundsField
from billing.periods import FREQUENCY_WORDS
from billing.vat import TREATMENT_WORDS, Treatment
from saas.web.field_shapes import email_field
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm

TREATMENT_CHOICES = [SelectChoice(t.value, TREATMENT_WORDS[t]) for t in Treatment]
UNLIMITED = "How many a year the fee includes. Leave empty for no limit."
YEARS_FROM_WORDS = {"april": "April, as councils do", "contract": "The contract's own first day"}
NOT_OFFERED = "Leave empty if the contract does not offer it."


def _vat_field(hint: str = "") -> SelectField:
    return SelectField("VAT on it", widget=GovSelect(), description=hint, choices=TREATMENT_CHOICES)


class TermsFields(PageForm):
    """What a contract costs, and how each price is treated for VAT."""

    annual_fee = PoundsField(
        "Yearly fee, without VAT", needed="Enter the yearly fee: 0 if there is none"
    )
    mediation_included = CountField("Mediations included", description=UNLIMITED)
    mediation_price = PoundsField("Each mediation beyond", description=NOT_OFFERED)
    facilitation_included = CountField("Facilitations included", description=UNLIMITED)
    facilitation_price = PoundsField("Each facilitation beyond", description=NOT_OFFERED)
    mias_included = CountField("MIAS contacts included", description=UNLIMITED)
    mias_price = PoundsField("Each MIAS contact beyond", description=NOT_OFFERED)
    disagreement_resolution_included = CountField(
        "Disagreement resolutions included", description=UNLIMITED
    )
    disagreement_resolution_price = PoundsField(
        "Each disagreement resolution beyond", description=NOT_OFFERED
    )
    late_fee_2 = PoundsField("A meeting cancelled with less than 2 working days' notice")
    late_fee_5 = PoundsField("A meeting cancelled with less than 5 working days' notice")
    day_rate = PoundsField("Day rate for anything else", description=NOT_OFFERED)

    fee_vat = _vat_field()
    mediation_vat = _vat_field()
    facilitation_vat = _vat_field()
    mias_vat = _vat_field()
    disagreement_resolution_vat = _vat_field()
    late_fee_vat = _vat_field(
        "HMRC counts most charges for cancelling or ending early as payment for the supply, and so "
        "taxable (Revenue and Customs Brief 2, 2022). Another treatment is your decision: take "
        "advice."
    )
    day_rate_vat = _vat_field()
    expenses_vat = SelectField(
        "VAT on travel, venue and interpreter passed on",
        widget=GovSelect(),
        description="Costs passed on are part of the supply, with its VAT. Only what you paid on "
        "the authority's behalf is a disbursement outside the scope (VAT Notice 700, section 25): "
        "take advice.",
        choices=TREATMENT_CHOICES,
    )
    vat_reason_exempt = StringField(
        "Why no VAT is charged on what is exempt",
        widget=GovTextInput(),
        description="It stands on every invoice with such a line.",
        validators=[Length(max=200)],
    )
    vat_reason_outside_scope = StringField(
        "Why no VAT is charged on what is outside the scope",
        widget=GovTextInput(),
        description="It stands on every invoice with such a line.",
        validators=[Length(max=200)],
    )

    def vat_of(self, name: str) -> Treatment:
        return Treatment(self[f"{name}_vat"].data)

    def terms(self, effective_from: Any) -> Terms:
        """What was entered, as terms."""
        prices = {}
        for service in Service:
            price = self[f"{service.value}_price"].data
            included = self[f"{service.value}_included"].data
            if price is not None or included is not None:
                prices[service] = ServicePrice(included, price or 0, self.vat_of(service.value))
        late = [(2, self.late_fee_2.data), (5, self.late_fee_5.data)]
        return Terms(
            effective_from=effective_from,
            annual_fee_pence=self.annual_fee.data,
            prices=prices,
            late_fees=tuple(LateFee(days, fee) for days, fee in late if fee),
            day_rate_pence=self.day_rate.data,
            fee_vat=self.vat_of("fee"),
            late_fee_vat=self.vat_of("late_fee"),
            day_rate_vat=self.vat_of("day_rate"),
            expenses_vat=self.vat_of("expenses"),
            vat_reasons={
                treatment: reason
                for treatment in (Treatment.EXEMPT, Treatment.OUTSIDE_SCOPE)
                if (reason := (self[f"vat_reason_{treatment.value}"].data or "").strip())
            },
        )

    def offer(self, prices: Mapping[str, int]) -> None:
        """Fill the form with the prices of the list."""
        for item, pence in prices.items():
            name = f"{item}_price" if item in set(Service) else item
            self[name].data = pence

    def show(self, terms: Terms) -> None:
        """Fill the form with terms that stand."""
        self.annual_fee.data = terms.annual_fee_pence
        for service, price in terms.prices.items():
            self[f"{service.value}_included"].data = price.included
            self[f"{service.value}_price"].data = price.price_pence
            self[f"{service.value}_vat"].data = price.vat.value
        for fee in terms.late_fees:
            if f"late_fee_{fee.less_than_days}" in self:
                self[f"late_fee_{fee.less_than_days}"].data = fee.fee_pence
        self.day_rate.data = terms.day_rate_pence
        self.fee_vat.data = terms.fee_vat.value
        self.late_fee_vat.data = terms.late_fee_vat.value
        self.day_rate_vat.data = terms.day_rate_vat.value
        self.expenses_vat.data = terms.expenses_vat.value
        for treatment, reason in terms.vat_reasons.items():
            self[f"vat_reason_{treatment.value}"].data = reason


class ParticularsFields(PageForm):
    """What a contract says besides its terms and its last day."""

    reference = StringField(
        "Contract reference",
        widget=GovTextInput(),
        validators=[InputRequired("Enter the contract's reference"), Length(max=40)],
    )
    starts_on = DatePartsField("First day", [DateNeeded("Enter the contract's first day")])
    frequency = SelectField(
        "Invoiced",
        widget=GovSelect(),
        choices=[SelectChoice(key, text) for key, text in FREQUENCY_WORDS.items()],
        default="quarterly",
    )
    years_from = SelectField(
        "Billing periods are counted from",
        widget=GovSelect(),
        choices=[SelectChoice(key, text) for key, text in YEARS_FROM_WORDS.items()],
        default="april",
    )
    prorated = BooleanField(
        "A year that the contract's end cuts short includes a share alone",
        widget=GovCheckboxInput(),
        default=False,
    )
    billed_from = DatePartsField(
        "Billed here from, if it was billed elsewhere before",
        description="Days before it are no gap. Leave it empty for a new contract.",
    )
    extension_options = CountField("How many extensions are possible", default=0)
    extension_months = CountField("Months of each extension", default=12)
    notice_days = CountField("Notice, in days", default=90)
    po_required = BooleanField(
        "No invoice without a purchase order", widget=GovCheckboxInput(), default=True
    )
    po_format = StringField(
        "How the authority writes its order numbers",
        widget=GovTextInput(),
        description="# for a digit, @ for a letter, the rest as it stands: 4500######",
        validators=[Length(max=30)],
    )
    indexation = StringField(
        "Index that prices follow",
        widget=GovTextInput(),
        description="Such as CPI. Leave empty if prices are fixed.",
        validators=[Length(max=30)],
    )

    def particulars(self) -> dict[str, Any]:
        """What was entered, by the contract's column."""
        return {
            "reference": (self.reference.data or "").strip(),
            "starts_on": self.starts_on.data,
            "frequency": self.frequency.data,
            "years_from": self.years_from.data,
            "prorated": self.prorated.data,
            "billed_from": self.billed_from.data,
            "extension_options": self.extension_options.data or 0,
            "extension_months": self.extension_months.data or 0,
            "notice_days": self.notice_days.data or 0,
            "po_required": self.po_required.data,
            "po_format": (self.po_format.data or "").strip() or None,
            "indexation": (self.indexation.data or "").strip() or None,
        }


class ContractForm(ParticularsFields, TermsFields):
    ends_on = DatePartsField("Last day", [DateNeeded("Enter the contract's last day")])

    def new_contract(self) -> NewContract:
        """What was entered, besides the terms."""
        return NewContract(ends_on=self.ends_on.data, **self.particulars())


class OrderForm(PageForm):
    number = StringField(
        "Purchase order number",
        widget=GovTextInput(),
        validators=[InputRequired("Enter the number of the purchase order"), Length(max=40)],
    )
    value = PoundsField("Value, without VAT", needed="Enter what the order is worth")
    valid_from = DatePartsField("Valid from", [DateNeeded("Enter its first day")])
    valid_to = DatePartsField("Valid to", [DateNeeded("Enter its last day")])


class ContactForm(PageForm):
    customer_name = StringField(
        "Who the invoice is made out to",
        widget=GovTextInput(),
        validators=[InputRequired("Enter the authority's name as it must stand"), Length(max=120)],
    )
    customer_address = TextAreaField(
        "Address",
        widget=GovTextArea(),
        validators=[InputRequired("Enter the address"), Length(max=500)],
    )
    customer_email = email_field("E-mail address for invoices", needed="Enter the e-mail address")
    buyer_reference = StringField(
        "Your reference",
        widget=GovTextInput(),
        description="A department or cost centre that every invoice must quote, if any.",
        validators=[Length(max=60)],
    )
    delivery = RadioField(
        "How invoices reach you",
        widget=GovRadioInput(),
        choices=[
            SelectChoice("email", "By e-mail, with the PDF and the e-invoice attached"),
            SelectChoice("portal", "We upload them to your portal"),
            SelectChoice("peppol", "Through Peppol"),
        ],
        default="email",
        validators=[InputRequired("Say how invoices reach you")],
    )
    portal = StringField(
        "Your portal",
        widget=GovTextInput(),
        description="Its web address or its name, if invoices are uploaded.",
        validators=[Length(max=200)],
    )
    peppol_scheme = StringField(
        "Peppol scheme",
        widget=GovTextInput(),
        description="0088 for a GLN, 9932 for a VAT number, 0060 for a D-U-N-S number. Leave both "
        "empty if you are not on Peppol.",
        validators=[Length(max=4)],
    )
    peppol_id = StringField("Peppol number", widget=GovTextInput(), validators=[Length(max=60)])

    def validate_peppol_id(self, field: StringField) -> None:
        try:
            self.peppol_address()
        except AddressRefused as refused:
            raise ValidationError(str(refused)) from None

    def peppol_address(self) -> ElectronicAddress | None:
        """The address on Peppol, if one was entered.

        Raises:
            AddressRefused: it is none.
        """
        return read_address(self.peppol_scheme.data or "", self.peppol_id.data or "")
