"""Who owes what, and reminding them."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.contracts.queries import names_of_authorities
from billing.debts.actions import remind
from billing.debts.ledger import BUCKET_NAMES, aged_debtors, reminders_due
from billing.doors import finance, or_404
from billing.invoices.queries import find_invoice
from billing.payments.allocating import balances, unapplied
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.today import now, today


@finance.page("/debtors", permission=Permission.SEE_ACCOUNTS)
def debtors(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    found = aged_debtors(balances(session), day)
    return render_template(
        "billing/debts/finance_debtors.html",
        debtors=found,
        buckets=BUCKET_NAMES,
        totals={name: sum(d.buckets[name] for d in found) for name in BUCKET_NAMES},
        reminders=reminders_due(session, day),
        unapplied=sum(pence for _, pence in unapplied(session)),
        names=names_of_authorities(session),
        today=day,
    )


@finance.page(
    "/<authority>/invoices/<uuid:invoice_id>/remind",
    permission=Permission.ISSUE_INVOICES,
    methods=("POST",),
)
def remind_of(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    or_404(find_invoice(session, invoice_id))
    claim = request.form.get("claim") == "yes"
    try:
        remind(session, invoice_id, claim=claim, today=today(), at=now())
        flash(f"{the_tenancy().name} is reminded" + (", and interest claimed." if claim else "."))
    except BillingRefused as refused:
        flash(refused.message, "problem")
    return redirect(url_for("finance_billing.debtors"))
