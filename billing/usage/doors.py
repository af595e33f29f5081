"""The statement of use, as each side sees it, and what finance enters by hand."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovSelect, GovTextInput
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from billing.contracts.pricing import SERVICE_WORDS
from billing.contracts.queries import current_contract
from billing.doors import authority, finance, or_404, show_refusal
from billing.fields import PoundsField
from billing.ledger.usage_entries import UsageEntry
from billing.refusal import BillingRefused
from billing.usage import actions
from billing.usage.queries import use_under
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm
from saas.web.paging import PAGE_SIZE, Page, requested_page
from saas.web.today import now, today

KIND_WORDS = {
    **{service.value: words for service, words in SERVICE_WORDS.items()},
    "late_cancellation": "Late cancellation",
    "expense": "Expense",
    "day_rate": "Day",
}


class HandEntryForm(PageForm):
    kind = SelectField(
        "What to enter",
        widget=GovSelect(),
        choices=[
            SelectChoice("expense", "An expense passed on: travel, venue, interpreter"),
            SelectChoice("day_rate", "A day at the day rate"),
        ],
    )
    on = DatePartsField("Day", [DateNeeded("Enter the day")])
    amount = PoundsField("Cost, without VAT", description="For an expense only.")
    description = StringField(
        "What it was for",
        widget=GovTextInput(),
        description="It stands on the invoice: no names of children or families.",
        validators=[InputRequired("Say what it was for"), Length(max=120)],
    )
    case_reference = StringField(
        "Case reference, if any", widget=GovTextInput(), validators=[Length(max=20)]
    )


@authority.page("/use", permission=Permission.SEE_OWN_INVOICES)
def use(session: ScopedSession) -> ResponseReturnValue:
    return _statement(session, "billing/usage/authority_use.html")


@finance.page("/<authority>/use", permission=Permission.SEE_ACCOUNTS)
def use_of(session: ScopedSession) -> ResponseReturnValue:
    return _statement(session, "billing/usage/finance_use.html", tenancy=the_tenancy())


def _statement(session: ScopedSession, template: str, **words: object) -> ResponseReturnValue:
    day = today()
    contract = or_404(current_contract(session, day))
    statement = use_under(session, contract, on=day)
    events = list(reversed(statement.events))
    number = min(requested_page(), max(1, -(-len(events) // PAGE_SIZE)))
    return render_template(
        template,
        contract=contract,
        statement=statement,
        page=Page(
            events[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number=number, total=len(events)
        ),
        service_words=SERVICE_WORDS,
        kind_words=KIND_WORDS,
        today=day,
        **words,
    )


@finance.page("/<authority>/use/new", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST"))
def new_use(session: ScopedSession) -> ResponseReturnValue:
    tenancy = the_tenancy()
    form = HandEntryForm()
    if form.validate_on_submit():
        what = {
            "on": form.on.data,
            "description": form.description.data or "",
            "case_reference": form.case_reference.data or "",
            "today": today(),
            "at": now(),
        }
        try:
            if form.kind.data == "expense":
                actions.enter_expense(session, amount_pence=form.amount.data or 0, **what)
            else:
                actions.enter_day(session, **what)
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash("It is entered, and on the next invoice.")
            return redirect(url_for("finance_billing.use_of", authority=tenancy.slug))
    page = render_template(
        "billing/usage/finance_new_use.html", form=form, tenancy=tenancy, today=today()
    )
    return (page, 422) if form.errors else page


@finance.page(
    "/<authority>/use/<uuid:entry_id>/take-back",
    permission=Permission.ISSUE_INVOICES,
    methods=("POST",),
)
def take_back_use(session: ScopedSession, entry_id: uuid.UUID) -> ResponseReturnValue:
    or_404(session.get(UsageEntry, (session.tenant, entry_id)))
    try:
        actions.take_back(session, entry_id, at=now())
        flash("It is taken back. If it was billed, the next invoice credits it.")
    except BillingRefused as refused:
        flash(refused.message, "problem")
    return redirect(url_for("finance_billing.use_of", authority=the_tenancy().slug))
