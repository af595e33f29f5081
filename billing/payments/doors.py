"""Payments, as finance records them: by hand, and from the bank's statement."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovFileInput,
    GovSelect,
    GovTextInput,
)
from wtforms import BooleanField, FileField, SelectField, StringField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import Length

from billing.contracts.no_tenants_page import write_for_all
from billing.contracts.queries import names_of_authorities
from billing.doors import finance, or_404, show_refusal
from billing.fields import PoundsField
from billing.ledger.balances import balances
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.payments import actions
from billing.payments.bank_files import HeadingsUnknown
from billing.payments.columns_page import columns_page, said_columns
from billing.payments.importing import (
    match_lines,
    open_invoices,
    recognise_line,
    record_line,
)
from billing.payments.layouts import forget_layout, keep_layout, layouts_of, sample_of
from billing.payments.putting_right import alike
from billing.payments.statements import BankLine, OpenInvoice, StatementRefused, read_statement
from billing.refusal import BillingRefused
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.identity.signed_in import Tenancy
from saas.web.access import the_person, the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.forms import PageForm
from saas.web.money import pounds
from saas.web.today import now, today


class PaymentForm(PageForm):
    received_on = DatePartsField("Received on", [DateNeeded("Enter the day it came in")])
    amount = PoundsField("Amount", needed="Enter the amount that came in")
    method = SelectField(
        "How",
        widget=GovSelect(),
        choices=[SelectChoice("bank", "Bank transfer"), SelectChoice("other", "Another way")],
    )
    reference = StringField(
        "Reference on the payment", widget=GovTextInput(), validators=[Length(max=140)]
    )
    invoice = SelectField("For which invoice", widget=GovSelect())


class StatementForm(PageForm):
    statement = FileField(
        "Bank statement",
        widget=GovFileInput(),
        description="A CSV file, or camt.053. You confirm before it is recorded.",
    )
    by_hand = BooleanField(
        "Its columns are read wrongly: let me say which is which", widget=GovCheckboxInput()
    )


OLDEST = "oldest"
UNAPPLIED = ""


def _choices(session: ScopedSession) -> list[Any]:
    opened = [b for b in balances(session, Invoice.tenant_id == session.tenant) if b.owed_pence > 0]
    return [
        SelectChoice(OLDEST, "The oldest first"),
        *(
            SelectChoice(str(b.invoice.id), f"{b.invoice.number}: £{b.owed_pence / 100:,.2f} owed")
            for b in opened
        ),
        SelectChoice(UNAPPLIED, "None yet: keep it unapplied"),
    ]


@finance.page(
    "/<authority>/payments/new", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST")
)
def new_payment(session: ScopedSession) -> ResponseReturnValue:
    tenancy = the_tenancy()
    form = PaymentForm()
    form.invoice.choices = _choices(session)
    if form.validate_on_submit():
        chosen = form.invoice.data
        same = alike(session, form.received_on.data, form.amount.data)
        if same is not None and not is_checked() and not _sent_twice(session):
            return check_page(_asks_whether_same(same))
        try:
            payment = actions.record_payment(
                session,
                received_on=form.received_on.data,
                amount_pence=form.amount.data,
                method=form.method.data,
                reference=form.reference.data or "",
                # The form's own name: sent twice by an impatient hand, recorded once.
                source=f"manual:{_form_key()}",
                invoice_ids=[uuid.UUID(chosen)] if chosen not in (OLDEST, UNAPPLIED) else (),
                today=today(),
                at=now(),
            )
            if chosen == OLDEST:
                actions.place_oldest_first(session, payment, at=now())
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash("The payment is recorded.")
            return redirect(url_for("finance_billing.account", authority=tenancy.slug))
    page = render_template(
        "billing/payments/finance_new_payment.html",
        form=form,
        form_key=_form_key(),
        tenancy=tenancy,
        today=today(),
    )
    return (page, 422) if form.errors else page


def _sent_twice(session: ScopedSession) -> bool:
    """Whether this very form was taken in already."""
    return actions.find_by_source(session, f"manual:{_form_key()}") is not None


def _asks_whether_same(same: Payment) -> Check:
    return Check(
        "Is this another payment?",
        [
            f"{pounds(same.amount_pence)} received on {same.received_on:%-d %B %Y} is recorded "
            f"already{f', with the reference {same.reference}' if same.reference else ''}",
            "If it is the same money, go back and leave it: nothing is recorded twice",
            "If the council paid the same amount twice, go on",
        ],
        "It is another payment: record it",
    )


def _form_key() -> uuid.UUID:
    try:
        return uuid.UUID(request.form.get("key", ""))
    except ValueError:
        return new_id()


@finance.page(
    "/<authority>/payments/<uuid:payment_id>/allocate",
    permission=Permission.ISSUE_INVOICES,
    methods=("POST",),
)
def allocate_payment(session: ScopedSession, payment_id: uuid.UUID) -> ResponseReturnValue:
    """Place what is left of a payment on the oldest invoices."""
    payment = or_404(session.get(Payment, (session.tenant, payment_id)))
    placed = actions.place_oldest_first(session, payment, at=now())
    if placed:
        flash(f"£{placed / 100:,.2f} is placed on the oldest invoices.")
    else:
        flash("There is no open invoice to place it on.", "problem")
    return redirect(url_for("finance_billing.account", authority=the_tenancy().slug))


@finance.page("/bank", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST"))
def bank(session: ScopedSession) -> ResponseReturnValue:
    form = StatementForm()
    if form.validate_on_submit():
        content = form.statement.data.read() if form.statement.data else b""
        try:
            if form.by_hand.data:
                return columns_page(content)
            return bank_page(session, form, content)
        except StatementRefused as refused:
            form.statement.errors = [str(refused)]
            if isinstance(refused, HeadingsUnknown):
                with suppress(StatementRefused):
                    return columns_page(content, str(refused))
    return bank_page(session, form)


def bank_page(
    session: ScopedSession, form: StatementForm, content: bytes | None = None
) -> ResponseReturnValue:
    """The page of a statement, and of what came in by it.

    Raises:
        StatementRefused: it cannot be read.
    """
    names = names_of_authorities(session)
    kept = layouts_of(session)
    matched = []
    if content is not None:
        lines = read_statement(content, [one.as_layout() for one in kept])
        matched = match_lines(session, lines, names)
    page = render_template(
        "billing/payments/finance_bank.html",
        form=form,
        matched=matched,
        read=content is not None,
        layouts=kept,
        names=names,
        in_order=sorted(names.values(), key=lambda one: one.name),
        today=today(),
    )
    # A statement is only looked at here: a page that shows it is no record, and commits nothing.
    return (page, 422) if form.errors else page


@finance.page("/bank/columns", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def bank_columns(session: ScopedSession) -> ResponseReturnValue:
    """Keep what was said of a bank's columns, and read the statement by it."""
    content = request.form.get("text", "").encode()
    form = StatementForm(formdata=None)
    try:
        sample = sample_of(content)
        with_headings = request.form.get("headings") == "yes"
        write_for_all(
            session,
            lambda inside: keep_layout(
                inside,
                request.form.get("bank", ""),
                sample,
                said_columns(sample),
                has_headings=with_headings,
            ),
        )
        return bank_page(session, form, content)
    except BillingRefused as refused:
        return columns_page(content, refused=(refused.field, refused.message))
    except StatementRefused as unreadable:
        with suppress(StatementRefused):
            return columns_page(content, str(unreadable))
        form.statement.errors = [str(unreadable)]
        return bank_page(session, form)


@finance.page(
    "/bank/layouts/<uuid:layout_id>/forget",
    permission=Permission.ISSUE_INVOICES,
    methods=("POST",),
)
def forget_bank_layout(session: ScopedSession, layout_id: uuid.UUID) -> ResponseReturnValue:
    try:
        bank = write_for_all(session, lambda inside: forget_layout(inside, layout_id))
    except BillingRefused as refused:
        flash(refused.message, "problem")
    else:
        flash(f"The columns of {bank} are forgotten.")
    return redirect(url_for("finance_billing.bank"))


@finance.page("/bank/record", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def record_bank(session: ScopedSession) -> ResponseReturnValue:
    """Record the lines that were confirmed, each in its authority's account, or as money that
    was recorded by hand already."""
    names = names_of_authorities(session)
    open_ones = {one.number: one for one in open_invoices(session, names)}
    recorded, problems = 0, []
    for place in request.form.getlist("confirm"):
        try:
            _record_confirmed(place, names, open_ones)
        except BillingRefused as refused:
            problems.append(f"Payment {place}: {refused.message}")
        else:
            recorded += 1
    if recorded:
        flash(f"{recorded} {'payment is' if recorded == 1 else 'payments are'} recorded.")
    for problem in problems:
        flash(f"{problem}. It is not recorded: read the statement again", "problem")
    if not recorded and not problems:
        flash("Nothing was confirmed, so nothing is recorded.", "problem")
    return redirect(url_for("finance_billing.bank"))


def _record_confirmed(
    place: str, names: Mapping[uuid.UUID, Tenancy], open_ones: Mapping[str, OpenInvoice]
) -> None:
    told = request.form
    try:
        line = BankLine(
            dt.date.fromisoformat(told[f"on-{place}"]),
            int(told[f"pence-{place}"]),
            told[f"reference-{place}"],
            told[f"payer-{place}"],
            told[f"key-{place}"],
        )
        same = told.get(f"same-{place}", "")
        tenant, known = (uuid.UUID(one) for one in same.split()) if same else (None, None)
        chosen = told.get(f"tenant-{place}", "")
        tenancy = names.get(uuid.UUID(chosen)) if chosen else None
    except (KeyError, ValueError):
        raise BillingRefused("line", "The line cannot be read") from None
    person = the_person().id
    if tenant is not None and known is not None:
        recognise_line(line.key, tenant, known, person=person, at=now())
        return
    if tenancy is None:
        raise BillingRefused("tenant", "Choose whose payment it is")
    numbers = told.get(f"numbers-{place}", "").upper().replace(",", " ").split()
    for number in numbers:
        if number not in open_ones or open_ones[number].tenant_id != tenancy.id:
            raise BillingRefused("numbers", f"{number} is no open invoice of {tenancy.name}")
    invoices = [open_ones[number].id for number in numbers]
    record_line(line, tenancy, invoices, person=person, today=today(), at=now())
