"""Finance writes off what will not be paid, and takes that back."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from billing.debts.writing_off import relief_from, vat_in, write_back, write_off, written_off
from billing.doors import finance, or_404, show_refusal
from billing.ledger.balances import balance_of
from billing.ledger.queries import find_invoice
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked, try_out
from saas.web.forms import PageForm
from saas.web.money import pounds
from saas.web.today import now, today


class WriteOffForm(PageForm):
    reason = StringField(
        "Why",
        widget=GovTextInput(),
        description="It stays with the invoice. The authority does not read it.",
        validators=[InputRequired("Say why"), Length(max=300)],
    )


@finance.page(
    "/<authority>/invoices/<uuid:invoice_id>/write-off",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def write_off_invoice(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Write off what is owed; where it is written off, write it back."""
    invoice = or_404(find_invoice(session, invoice_id))
    tenancy = the_tenancy()
    number, day = invoice.number, today()
    gone = written_off(session, invoice_id)
    owed = gone or max(0, balance_of(session, invoice).owed_pence)
    relief, vat = relief_from(invoice), vat_in(invoice, owed)
    form = WriteOffForm()
    back = url_for("finance_billing.invoice", authority=tenancy.slug, invoice_id=invoice_id)

    def act() -> None:
        does = write_back if gone else write_off
        does(session, invoice, reason=form.reason.data or "", today=day, at=now())

    if form.validate_on_submit():
        try:
            if not is_checked():
                try_out(act)
                follows = (
                    [f"{pounds(owed)} of {number} is owed again, and reminded of"]
                    if gone
                    else [
                        f"{pounds(owed)} of {number} is not expected any more, nor reminded of",
                        f"{pounds(vat)} of it is VAT: relief can be claimed from "
                        f"{relief:%-d %B %Y} (VAT Notice 700/18)",
                        "The authority is not told: a debt that is written off is still a debt",
                    ]
                )
                asks = f"{'Write back' if gone else 'Write off'} {number}"
                return check_page(Check(asks, follows, "Go on"))
            act()
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(f"Invoice {number} is written {'back' if gone else 'off'}.")
            return redirect(back)
    page = render_template(
        "billing/debts/finance_write_off.html",
        form=form,
        number=number,
        owed=owed,
        gone=gone,
        tenancy=tenancy,
        back=back,
        today=day,
    )
    return (page, 422) if form.errors else page
