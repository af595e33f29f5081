"""Finance invoices something beside the contract: a training day, a workshop."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextInput
from wtforms import SelectField, StringField
from wtforms.validators import Length

from billing.contracts.forms import TREATMENT_CHOICES
from billing.contracts.orders import Draw, numbers_of
from billing.contracts.queries import current_contract
from billing.doors import finance, or_404, our_supplier, show_refusal
from billing.fields import CountField, PoundsField
from billing.invoices.one_off import OneOff, OneOffLine, check_one_off, issue_one_off
from billing.periods import Period
from billing.refusal import BillingRefused
from billing.vat import Treatment
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm
from saas.web.money import pounds
from saas.web.today import now, today

PLACES = (1, 2, 3)


def _what(place: int) -> StringField:
    return StringField(
        "What is charged" if place == 1 else "And",
        widget=GovTextInput(),
        description="It stands on the invoice. Leave names of children out." if place == 1 else "",
        validators=[Length(max=200)],
    )


class OneOffForm(PageForm):
    """Up to three things on one invoice."""

    supplied_from = DatePartsField("Supplied from", [DateNeeded("Enter the first day")])
    supplied_to = DatePartsField("Supplied to", [DateNeeded("Enter the last day")])
    description_1, description_2, description_3 = (_what(place) for place in PLACES)
    quantity_1, quantity_2, quantity_3 = (CountField("How many", default=1) for _ in PLACES)
    price_1, price_2, price_3 = (PoundsField("Each, without VAT") for _ in PLACES)
    vat_1, vat_2, vat_3 = (
        SelectField("VAT on it", widget=GovSelect(), choices=TREATMENT_CHOICES) for _ in PLACES
    )
    vat_reason = StringField(
        "Why no VAT is charged on a line, where none is",
        widget=GovTextInput(),
        validators=[Length(max=200)],
    )

    def asked(self) -> OneOff:
        """What was entered.

        Raises:
            BillingRefused: naming the field.
        """
        lines = []
        for place in PLACES:
            told = (self[f"description_{place}"].data or "").strip()
            price = self[f"price_{place}"].data
            if not told and price is None:
                continue
            if not told:
                raise BillingRefused(f"description_{place}", "Enter what is charged")
            if not price:
                raise BillingRefused(f"price_{place}", "Enter what each costs")
            vat = Treatment(self[f"vat_{place}"].data)
            many = self[f"quantity_{place}"].data or 1
            lines.append(OneOffLine(told, many, price, vat))
        if self.supplied_to.data < self.supplied_from.data:
            raise BillingRefused("supplied_to", "The last day is before the first")
        reason = (self.vat_reason.data or "").strip()
        untaxed = {line.vat for line in lines} - {Treatment.STANDARD}
        reasons = dict.fromkeys(untaxed, reason) if reason else {}
        return OneOff(lines, Period(self.supplied_from.data, self.supplied_to.data), reasons)


@finance.page(
    "/<authority>/invoices/one-off",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def one_off(session: ScopedSession) -> ResponseReturnValue:
    tenancy = the_tenancy()
    day = today()
    contract = or_404(current_contract(session, day))
    form = OneOffForm()
    if form.validate_on_submit():
        said: dict[str, Any] = {"today": day}
        try:
            asked = form.asked()
            drawn = check_one_off(session, asked, contract, our_supplier(), **said)
            if not is_checked():
                return check_page(_check(asked, drawn, day))
            issued = issue_one_off(
                session,
                asked,
                contract,
                our_supplier(),
                authority_name=tenancy.name,
                at=now(),
                **said,
            )
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(f"Invoice {issued.number} is issued.")
            return redirect(
                url_for("finance_billing.invoice", authority=tenancy.slug, invoice_id=issued.id)
            )
    page = render_template(
        "billing/account_pages/finance_one_off.html",
        form=form,
        places=PLACES,
        tenancy=tenancy,
        contract=contract,
        today=day,
    )
    return (page, 422) if form.errors else page


def _check(asked: OneOff, drawn: tuple[Draw, ...], day: dt.date) -> Check:
    vat = asked.vat_pence(day)
    return Check(
        "Issue this invoice",
        [
            *(
                f"{line.description}: {line.quantity} at {pounds(line.unit_price_pence)}"
                for line in asked.lines
            ),
            f"{pounds(asked.net_pence)} and {pounds(vat)} VAT: {pounds(asked.net_pence + vat)}",
            f"It draws on purchase order {numbers_of(drawn)}"
            if drawn
            else "It draws on no purchase order",
            "It gets its number and is sent at once; an issued invoice is credited, not changed",
        ],
        "Issue the invoice",
    )
