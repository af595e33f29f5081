"""The base rates, as finance keeps them."""

from __future__ import annotations

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from billing.contracts.queries import subscribers_on
from billing.debts.rates import base_rates, half_years, record_rate, recorded_rates
from billing.doors import finance, show_refusal
from billing.fields import PercentField
from billing.refusal import BillingRefused
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.today import now, today


class RateForm(FlaskForm):  # type: ignore[misc]
    day = DatePartsField(
        "Reference day",
        [DateNeeded("Enter the reference day")],
        description="30 June or 31 December",
    )
    percent = PercentField("Base rate on that day, in percent")
    source = StringField(
        "Where you read it",
        widget=GovTextInput(),
        description="Such as: Bank of England, official Bank Rate history",
        validators=[InputRequired("Say where the figure was read"), Length(max=200)],
    )


@finance.page("/base-rates", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST"))
def rates(session: ScopedSession) -> ResponseReturnValue:
    form = RateForm()
    if form.validate_on_submit():
        # The rates are no tenant's. Who reads every account writes none, so they are written by
        # the role that finance works with inside one.
        someone = next(iter(subscribers_on(session, today())), None)
        if someone is None:
            form.form_errors.append("The first authority must subscribe before rates are recorded")
        else:
            try:
                with scoped(Scope.finance(someone.id, the_person().id)) as inside:
                    record_rate(
                        inside,
                        day=form.day.data,
                        percent=form.percent.data,
                        source=form.source.data or "",
                        today=today(),
                        at=now(),
                    )
            except BillingRefused as refused:
                show_refusal(form, refused)
            else:
                flash("The base rate is recorded.")
                return redirect(url_for("finance_billing.rates"))
    page = render_template(
        "billing/debts/finance_rates.html",
        form=form,
        half_years=half_years(base_rates(session), today=today()),
        recorded=recorded_rates(session),
        today=today(),
    )
    return (page, 422) if form.errors or form.form_errors else page
