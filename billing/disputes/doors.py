"""Disputing a line, and answering a dispute."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from billing.disputes import actions
from billing.disputes.models import InvoiceDispute
from billing.doors import authority, finance, or_404
from billing.ledger.queries import find_invoice
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.today import now


@authority.page(
    "/invoices/<uuid:invoice_id>/dispute",
    permission=Permission.SEE_OWN_INVOICES,
    methods=("POST",),
)
def dispute_line(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    or_404(find_invoice(session, invoice_id))
    try:
        line_id = uuid.UUID(request.form.get("line", ""))
        actions.dispute(
            session, invoice_id, line_id, reason=request.form.get("reason", ""), at=now()
        )
        flash("Thank you. Our finance team looks into it and answers here.")
    except BillingRefused as refused:
        flash(refused.message, "problem")
        return _back(invoice_id, refused.field)
    except ValueError:
        flash("Choose the line", "problem")
        return _back(invoice_id, "line")
    return redirect(url_for("authority_billing.invoice", invoice_id=invoice_id))


def _back(invoice_id: uuid.UUID, field: str) -> ResponseReturnValue:
    """To the form on the page of the invoice, which says at this field what is wrong."""
    return redirect(
        url_for(
            "authority_billing.invoice",
            invoice_id=invoice_id,
            wrong=field,
            _anchor=f"dispute-{field}",
        )
    )


@finance.page(
    "/<authority>/invoices/<uuid:invoice_id>/disputes/<uuid:dispute_id>",
    permission=Permission.ISSUE_INVOICES,
    methods=("POST",),
)
def answer_dispute(
    session: ScopedSession, invoice_id: uuid.UUID, dispute_id: uuid.UUID
) -> ResponseReturnValue:
    known = or_404(session.get(InvoiceDispute, (session.tenant, dispute_id)))
    if known.invoice_id != invoice_id:
        abort(404)
    slug = the_tenancy().slug
    upheld = request.form.get("outcome") == "upheld"
    try:
        actions.answer(
            session, dispute_id, upheld=upheld, text=request.form.get("answer", ""), at=now()
        )
    except BillingRefused as refused:
        flash(refused.message, "problem")
        return redirect(url_for("finance_billing.invoice", authority=slug, invoice_id=invoice_id))
    if upheld:
        flash("The answer is sent. Now credit what was wrong.")
        return redirect(
            url_for("finance_billing.credit_invoice", authority=slug, invoice_id=invoice_id)
        )
    flash("The answer is sent.")
    return redirect(url_for("finance_billing.invoice", authority=slug, invoice_id=invoice_id))
