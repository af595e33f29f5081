"""Who owes what, reminding them, and claiming what the law gives for late payment."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovTextInput
from wtforms import StringField
from wtforms.validators import InputRequired, Length

from billing.contracts.queries import names_of_authorities
from billing.debts.actions import (
    find_pause,
    pause_reminders,
    remind,
    resume_reminders,
)
from billing.debts.aged_debtors import BUCKET_NAMES, aged_debtors
from billing.debts.claims import claim, claimable
from billing.debts.reminding import STAGES, pauses, reminders_due
from billing.doors import finance, or_404, our_supplier, show_refusal
from billing.ledger.balances import balances, unapplied_pence
from billing.ledger.queries import find_invoice
from billing.refusal import BillingRefused
from billing.stripe.cash import cash_waiting
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.forms import PageForm
from saas.web.paging import PAGE_SIZE, Page, requested_page
from saas.web.today import now, today


class PauseForm(PageForm):
    reason = StringField(
        "Why no reminder is to go out",
        widget=GovTextInput(),
        description="Only finance sees it. No names of children or families.",
        validators=[InputRequired("Say why no reminder is to go out"), Length(max=200)],
    )


class ClaimForm(PageForm):
    """The confirmation that the law's interest and compensation are claimed."""


@finance.page("/debtors", permission=Permission.SEE_ACCOUNTS)
def debtors(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    every = balances(session)
    found = aged_debtors(every, day)
    number = min(requested_page(), max(1, -(-len(found) // PAGE_SIZE)))
    due = reminders_due(session, day, among=every)
    return render_template(
        "billing/debts/finance_debtors.html",
        debtors=found,
        page=Page(
            found[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number=number, total=len(found)
        ),
        buckets=BUCKET_NAMES,
        totals={name: sum(d.buckets[name] for d in found) for name in BUCKET_NAMES},
        to_remind=sum(not d.held for d in due),
        held_back=sum(bool(d.held) for d in due),
        unapplied=unapplied_pence(session),
        at_stripe=sum(pence for _, pence in cash_waiting(session)),
        names=names_of_authorities(session),
        today=day,
    )


@finance.page("/reminders", permission=Permission.SEE_ACCOUNTS)
def reminders(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    due = reminders_due(session, day)
    number = min(requested_page(), max(1, -(-len(due) // PAGE_SIZE)))
    return render_template(
        "billing/debts/finance_reminders.html",
        page=Page(
            due[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number=number, total=len(due)
        ),
        going_out=sum(not d.held for d in due),
        stages=STAGES,
        paused=[pause for pause in pauses(session) if pause.invoice_id is None],
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
    try:
        remind(session, invoice_id, today=today(), at=now())
        flash(f"{the_tenancy().name} is reminded.")
    except BillingRefused as refused:
        flash(refused.message, "problem")
    return redirect(url_for("finance_billing.reminders"))


@finance.page(
    "/<authority>/invoices/<uuid:invoice_id>/pause",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def pause_invoice(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    """No reminder of one invoice; pressed again, reminders go on."""
    found = or_404(find_invoice(session, invoice_id))
    back = url_for("finance_billing.invoice", authority=the_tenancy().slug, invoice_id=invoice_id)
    return _pause_page(session, invoice_id, f"invoice {found.number}", back)


@finance.page(
    "/<authority>/pause-reminders", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST")
)
def pause_authority(session: ScopedSession) -> ResponseReturnValue:
    """The same for everything that an authority owes."""
    tenancy = the_tenancy()
    back = url_for("finance_billing.account", authority=tenancy.slug)
    return _pause_page(session, None, f"everything that {tenancy.name} owes", back)


def _pause_page(
    session: ScopedSession, invoice_id: uuid.UUID | None, what: str, back: str
) -> ResponseReturnValue:
    form = PauseForm()
    if request.method == "POST" and request.form.get("act") == "resume":
        try:
            resume_reminders(session, invoice_id, at=now())
            flash(f"Reminders of {what} go on.")
        except BillingRefused as refused:
            flash(refused.message, "problem")
        return redirect(back)
    if form.validate_on_submit():
        try:
            pause_reminders(session, invoice_id, reason=form.reason.data or "", at=now())
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(f"No reminder of {what} goes out until you resume.")
            return redirect(back)
    page = render_template(
        "billing/debts/finance_pause.html",
        form=form,
        tenancy=the_tenancy(),
        pause=find_pause(session, invoice_id),
        what=what,
        action=request.path,
        back=back,
    )
    return (page, 422) if form.errors else page


@finance.page(
    "/<authority>/invoices/<uuid:invoice_id>/claim",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def claim_interest(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    tenancy = the_tenancy()
    found = or_404(find_invoice(session, invoice_id))
    form = ClaimForm()
    refusal = ""
    if form.validate_on_submit():
        try:
            made = claim(session, found, our_supplier(), today=today(), at=now())
        except BillingRefused as refused:
            session.rollback()
            refusal = refused.message
        else:
            flash(f"Invoice {made.number} claims it, and goes to {tenancy.name}.")
            return redirect(
                url_for("finance_billing.invoice", authority=tenancy.slug, invoice_id=made.id)
            )
    found = or_404(find_invoice(session, invoice_id))
    can_be = claimable(session, found, today=today())
    page = render_template(
        "billing/debts/finance_claim.html",
        form=form,
        tenancy=tenancy,
        invoice=found,
        balance=can_be.balance,
        claimable=can_be,
        before=can_be.before,
        refusal=refusal,
        today=today(),
    )
    return (page, 422) if refusal else page
