"""Finance's list of papers that wait to be uploaded, and statements that are sent."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import Length

from billing.contracts.queries import billing_contact, names_of_authorities
from billing.debts.aged_debtors import statement_of_account
from billing.deliveries.statement import send_statement, statement_content
from billing.delivering import (
    WAY_WORDS,
    delivered_by_hand,
    take_back_tick,
    tick_off,
    to_deliver,
    undeliverable,
)
from billing.doors import authority, finance, or_404, our_supplier, show_refusal
from billing.invoices.downloads import send_document, send_pdf
from billing.ledger.deliveries import PaperDelivery
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.documents.statement import render
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.forms import PageForm
from saas.web.money import pounds
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today

GET_AND_POST = ("GET", "POST")
LATEST = 20
ONE = "/<authority>/deliveries/<uuid:delivery_id>"


class TickForm(PageForm):
    note = StringField(
        "What the portal answered",
        widget=GovTextInput(),
        description="A receipt's number, if it gave one.",
        validators=[Length(max=200)],
    )


@finance.page("/deliveries", permission=Permission.SEE_ACCOUNTS)
def deliveries(session: ScopedSession) -> ResponseReturnValue:
    number = requested_page()
    waiting = session.scalars(
        to_deliver().limit(PAGE_SIZE + 1).offset((number - 1) * PAGE_SIZE)
    ).all()
    return render_template(
        "billing/deliveries/finance_deliveries.html",
        page=paginate(waiting, number=number),
        failed=undeliverable(session),
        done=delivered_by_hand(session, limit=LATEST),
        names=names_of_authorities(session),
        way_words=WAY_WORDS,
        today=today(),
    )


@finance.page(ONE, permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def delivery(session: ScopedSession, delivery_id: uuid.UUID) -> ResponseReturnValue:
    found = or_404(session.get(PaperDelivery, (session.tenant, delivery_id)))
    form = TickForm()
    if form.validate_on_submit():
        try:
            tick_off(session, found.id, form.note.data or "", at=now())
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(f"{found.number} is ticked off.")
            return redirect(url_for("finance_billing.deliveries"))
    page = render_template(
        "billing/deliveries/finance_delivery.html",
        delivery=found,
        form=form,
        tenancy=the_tenancy(),
        way_words=WAY_WORDS,
        today=today(),
    )
    return (page, 422) if form.errors else page


@finance.page(f"{ONE}/take-back", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def take_back_delivery(session: ScopedSession, delivery_id: uuid.UUID) -> ResponseReturnValue:
    or_404(session.get(PaperDelivery, (session.tenant, delivery_id)))
    try:
        found = take_back_tick(session, delivery_id, at=now())
    except BillingRefused as refused:
        flash(refused.message, "problem")
    else:
        flash(f"{found.number} waits to be uploaded again.")
    return redirect(url_for("finance_billing.deliveries"))


@finance.page(f"{ONE}/<any(pdf, xml):kind>", permission=Permission.SEE_ACCOUNTS)
def delivery_file(session: ScopedSession, delivery_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    found = or_404(session.get(PaperDelivery, (session.tenant, delivery_id)))
    return send_document(session, found.document_id, kind, found.number.replace(" ", "-").lower())


@finance.page("/<authority>/account/statement", permission=Permission.SEE_ACCOUNTS)
def statement_pdf(session: ScopedSession) -> ResponseReturnValue:
    return _statement_pdf(session)


@authority.page("/account-statement/pdf", permission=Permission.SEE_OWN_INVOICES)
def own_statement_pdf(session: ScopedSession) -> ResponseReturnValue:
    return _statement_pdf(session)


def _statement_pdf(session: ScopedSession) -> ResponseReturnValue:
    content = statement_content(session, our_supplier(), the_tenancy().name, today=today())
    return send_pdf(render(content), f"statement-{the_tenancy().slug}-{today()}.pdf")


@finance.page(
    "/<authority>/account/send", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST
)
def send_account(session: ScopedSession) -> ResponseReturnValue:
    tenancy = the_tenancy()
    back = redirect(url_for("finance_billing.account", authority=tenancy.slug))
    contact = billing_contact(session)
    if contact is None:
        flash("Enter the billing contact first: there is nobody to send it to", "problem")
        return back
    if request.method == "POST" and not is_checked():
        return back
    if request.method == "GET":
        owed = sum(entry.pence for entry in statement_of_account(session))
        return check_page(_check(contact.customer_email, owed))
    send_statement(session, our_supplier(), tenancy.name, today=today(), at=now())
    flash(f"The statement goes to {contact.customer_email}.")
    return back


def _check(address: str, owed: int) -> Check:
    return Check(
        "Send the statement of account",
        [
            f"It goes by e-mail to {address}, as a PDF of today",
            f"It says that {pounds(owed)} is owed" if owed > 0 else "It says that nothing is owed",
        ],
        "Send the statement",
    )
