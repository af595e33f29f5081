"""One payment is split over the invoices that a remittance advice names."""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovFileInput, GovTextArea
from wtforms import FileField, TextAreaField

from billing.doors import finance, or_404, show_refusal
from billing.ledger.credit_notes import CreditNote
from billing.ledger.invoices import Invoice
from billing.ledger.payments import Payment
from billing.payments import putting_right
from billing.payments.bank_files import StatementRefused, decoded
from billing.payments.remittance import RemittanceRefused, by_invoice, read_remittance
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked, try_out
from saas.web.forms import PageForm
from saas.web.money import pounds
from saas.web.today import now, today

REASON = "The remittance advice"
MOST_BYTES = 1_000_000


class RemittanceForm(PageForm):
    text = TextAreaField(
        "The remittance advice",
        widget=GovTextArea(),
        description="Paste its rows: each with an invoice's number and, last, what is paid of it.",
    )
    file = FileField("Or its file", widget=GovFileInput(), description="CSV or plain text.")


@finance.page(
    "/<authority>/payments/<uuid:payment_id>/remittance",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def place_by_remittance(session: ScopedSession, payment_id: uuid.UUID) -> ResponseReturnValue:
    payment = or_404(session.get(Payment, (session.tenant, payment_id)))
    amount, received_on = payment.amount_pence, payment.received_on
    back = url_for("finance_billing.payment", authority=the_tenancy().slug, payment_id=payment_id)
    form = RemittanceForm()
    if form.validate_on_submit():
        try:
            text = _text_of(form)
            wanted = _wanted(session, text)

            def act() -> None:
                putting_right.place_as(session, payment, wanted, reason=REASON, at=now())

            if not is_checked():
                try_out(act)
                return check_page(_check(session, amount, wanted), {"text": text})
            act()
        except (RemittanceRefused, StatementRefused) as refused:
            form.text.errors = [str(refused)]
        except BillingRefused as refused:
            show_refusal(form, BillingRefused("text", refused.message))
        else:
            flash("The payment is placed as the remittance advice says.")
            return redirect(back)
    page = render_template(
        "billing/payments/finance_remittance.html",
        form=form,
        amount=amount,
        received_on=received_on,
        tenancy=the_tenancy(),
        back=back,
        today=today(),
    )
    return (page, 422) if form.errors else page


def _text_of(form: RemittanceForm) -> str:
    """What was pasted, or is in the file; the file's text travels on as if it were pasted."""
    sent = request.files.get("file")
    content = sent.read(MOST_BYTES + 1) if sent else b""
    if len(content) > MOST_BYTES:
        raise RemittanceRefused("The file is larger than 1 MB: paste its rows instead")
    return decoded(content) if content else (form.text.data or "")


def _wanted(session: ScopedSession, text: str) -> dict[uuid.UUID, int]:
    known = {
        row.number: row.id
        for row in session.execute(
            sa.select(Invoice.number, Invoice.id).where(Invoice.tenant_id == session.tenant)
        )
    }
    credits = {
        row.note: row.invoice
        for row in session.execute(
            sa.select(CreditNote.number.label("note"), Invoice.number.label("invoice"))
            .join(
                Invoice,
                sa.and_(
                    Invoice.tenant_id == CreditNote.tenant_id,
                    Invoice.id == CreditNote.invoice_id,
                ),
            )
            .where(CreditNote.tenant_id == session.tenant)
        )
    }
    paid = by_invoice(read_remittance(text), credits)
    for number, pence in paid.items():
        if number not in known:
            raise RemittanceRefused(f"{number} is no invoice of this authority: check the number")
        if pence < 0:
            raise RemittanceRefused(f"{number} comes to less than nothing with its credit notes")
    return {known[number]: pence for number, pence in paid.items()}


def _check(session: ScopedSession, amount: int, wanted: dict[uuid.UUID, int]) -> Check:
    numbers = {
        row.id: row.number
        for row in session.execute(
            sa.select(Invoice.id, Invoice.number).where(
                Invoice.tenant_id == session.tenant, Invoice.id.in_(wanted)
            )
        )
    }
    left = amount - sum(wanted.values())
    return Check(
        "Place the payment so",
        [
            *(f"{numbers[id]}: {pounds(pence)}" for id, pence in wanted.items()),
            f"{pounds(left)} of the payment is then on no invoice"
            if left
            else "That is the whole payment",
        ],
        "Place it",
    )
