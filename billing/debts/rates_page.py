"""The base rates, as finance keeps them."""

from __future__ import annotations

from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from billing.contracts.no_tenants_page import list_and_add
from billing.debts.rates import base_rates, half_years, record_rate, recorded_rates
from billing.doors import finance
from billing.fields import PercentField
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm
from saas.web.today import now, today


class RateForm(PageForm):
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
    return list_and_add(
        session,
        form,
        lambda inside: record_rate(
            inside,
            day=form.day.data,
            percent=form.percent.data,
            source=form.source.data or "",
            today=today(),
            at=now(),
        ),
        added="The base rate is recorded.",
        template="billing/debts/finance_rates.html",
        half_years=half_years(base_rates(session), today=today()),
        recorded=recorded_rates(session),
    )
