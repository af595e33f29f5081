"""The price list, as finance keeps it."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovSelect
from wtforms import SelectField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]

from billing.contracts.price_list import ITEM_WORDS, add_price, listed, prices_on
from billing.contracts.queries import subscribers_on
from billing.doors import finance, show_refusal
from billing.fields import PoundsField
from billing.refusal import BillingRefused
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.today import now, today


class PriceForm(FlaskForm):  # type: ignore[misc]
    item = SelectField(
        "What",
        widget=GovSelect(),
        choices=[SelectChoice(item, words) for item, words in ITEM_WORDS.items()],
    )
    price = PoundsField("Price, without VAT", needed="Enter the price")
    valid_from = DatePartsField("From", [DateNeeded("Enter the first day of the price")])
    valid_to = DatePartsField("To, if it ends")


@finance.page("/prices", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST"))
def prices(session: ScopedSession) -> ResponseReturnValue:
    form = PriceForm()
    if form.validate_on_submit():
        # The list is no tenant's. Who reads every account writes none, so it is written by the
        # role that finance works with inside one.
        someone = next(iter(subscribers_on(session, today())), None)
        if someone is None:
            form.form_errors.append("The first authority must subscribe before prices are listed")
        else:
            try:
                with scoped(Scope.finance(someone.id, the_person().id)) as inside:
                    add_price(
                        inside,
                        item=form.item.data,
                        price_pence=form.price.data,
                        valid_from=form.valid_from.data,
                        valid_to=form.valid_to.data,
                        at=now(),
                    )
            except BillingRefused as refused:
                show_refusal(form, refused)
            else:
                flash("The price is on the list.")
                return redirect(url_for("finance_billing.prices"))
    found = listed(session)
    page = render_template(
        "billing/contracts/finance_prices.html",
        form=form,
        prices=found,
        in_force=prices_on(found, today()),
        item_words=ITEM_WORDS,
        today=today(),
    )
    return (page, 422) if form.errors or form.form_errors else page
