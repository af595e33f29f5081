"""Crediting an invoice, and its paper for both sides."""

from __future__ import annotations

import io
import uuid

from flask import flash, redirect, render_template, request, send_file, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovCheckboxInput, GovTextArea
from wtforms import BooleanField, TextAreaField
from wtforms.validators import InputRequired, Length

from billing.credits.actions import credit, left_to_credit
from billing.credits.queries import find_note
from billing.doors import authority, finance, or_404, show_refusal
from billing.fields import PoundsField
from billing.invoices.downloads import send_pdf
from billing.ledger.queries import document_of, find_invoice
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.forms import PageForm
from saas.web.today import now, today


class CreditForm(PageForm):
    reason = TextAreaField(
        "Why it is credited",
        widget=GovTextArea(),
        description="It stands on the credit note: no names of children or families.",
        validators=[InputRequired("Say why it is credited"), Length(max=300)],
    )
    everything = BooleanField("Take back everything that is left", widget=GovCheckboxInput())
    bill_again = BooleanField(
        "Bill this period again, as it should have been", widget=GovCheckboxInput()
    )


def _form_for(lines: list[uuid.UUID]) -> CreditForm:
    """A form with an amount for each line that something is left of."""
    fields = {f"line_{n}": PoundsField("Amount to credit, without VAT") for n in range(len(lines))}
    made: CreditForm = type("InvoiceCreditForm", (CreditForm,), fields)()
    return made


@finance.page(
    "/<authority>/invoices/<uuid:invoice_id>/credit",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def credit_invoice(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    tenancy = the_tenancy()
    invoice = or_404(find_invoice(session, invoice_id))
    left = left_to_credit(session, invoice.id)
    form = _form_for([part.line.id for part in left])
    if form.validate_on_submit():
        amounts = {part.line.id: form[f"line_{n}"].data or 0 for n, part in enumerate(left)}
        try:
            note = credit(
                session,
                invoice,
                None if form.everything.data else amounts,
                reason=form.reason.data or "",
                today=today(),
                at=now(),
                bill_again=form.bill_again.data,
            )
        except BillingRefused as refused:
            session.rollback()
            show_refusal(form, refused)
        else:
            flash(f"Credit note {note.number} is issued.")
            return redirect(
                url_for("finance_billing.invoice", authority=tenancy.slug, invoice_id=invoice_id)
            )
    page = render_template(
        "billing/credits/finance_credit.html",
        form=form,
        invoice=or_404(find_invoice(session, invoice_id)),
        left=left_to_credit(session, invoice_id),
        tenancy=tenancy,
        today=today(),
    )
    return (page, 422) if form.errors or (request.method == "POST") else page


@finance.page(
    "/<authority>/credit-notes/<uuid:note_id>.<any(pdf,xml):kind>",
    permission=Permission.SEE_ACCOUNTS,
)
def credit_note_file(session: ScopedSession, note_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    return _file(session, note_id, kind)


@authority.page(
    "/credit-notes/<uuid:note_id>.<any(pdf,xml):kind>", permission=Permission.SEE_OWN_INVOICES
)
def own_credit_note_file(
    session: ScopedSession, note_id: uuid.UUID, kind: str
) -> ResponseReturnValue:
    return _file(session, note_id, kind)


def _file(session: ScopedSession, note_id: uuid.UUID, kind: str) -> ResponseReturnValue:
    note = or_404(find_note(session, note_id))
    content = or_404(document_of(session, note.id, kind))
    if kind == "pdf":
        return send_pdf(content, f"{note.number}.pdf")
    return send_file(
        io.BytesIO(content),
        mimetype="application/xml",
        as_attachment=True,
        download_name=f"{note.number}.xml",
    )
