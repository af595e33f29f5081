"""The webhook, and finance's view of both sides."""

from __future__ import annotations

import uuid

from flask import (
    Flask,
    abort,
    current_app,
    flash,
    jsonify,
    redirect,
    render_template,
    request,
    url_for,
)
from flask.typing import ResponseReturnValue

from billing.contracts.queries import names_of_authorities
from billing.doors import finance, or_404
from billing.ledger.balances import balance_of
from billing.ledger.queries import find_invoice
from billing.refusal import BillingRefused
from billing.stripe.cash import apply_cash, cash_here, cash_waiting, payable_from
from billing.stripe.comparison import ask_to_compare, findings
from billing.stripe.gateway import Gateway, StripeLater
from billing.stripe.hearing import NotFromStripe, hear, read_event
from billing.tasks import tasks_in_trouble
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.paging import PAGE_SIZE, Page, requested_page
from saas.web.today import now

hooks = DoorPages("stripe_hooks", __name__, door=None)


@hooks.page("/webhooks/stripe", permission=Permission.ANYONE, methods=("POST",))
def stripe_event() -> ResponseReturnValue:
    """Stripe's events. The signature over the raw body is who may come in."""
    gateway = Gateway.of(current_app.extensions["settings"])
    if gateway is None:
        abort(404)
    try:
        event = read_event(gateway, request.get_data(), request.headers.get("Stripe-Signature", ""))
    except NotFromStripe:
        abort(400)
    try:
        heard = hear(gateway, event, at=now())
    except StripeLater:
        # Stripe sends it again.
        return jsonify(later=True), 503
    return jsonify(effect=heard.effect)


def init_hooks(app: Flask) -> None:
    """A webhook has no form and no session, so no token of one."""
    app.extensions["csrf"].exempt(app.view_functions["stripe_hooks.stripe_event"])


def _is_connected() -> bool:
    return bool(current_app.extensions["settings"].stripe_secret_key.get_secret_value())


@finance.page("/stripe", permission=Permission.SEE_ACCOUNTS)
def stripe_side(session: ScopedSession) -> ResponseReturnValue:
    """What differed between our side and Stripe's when they were compared last."""
    found = findings(session)
    number = requested_page()
    start = (number - 1) * PAGE_SIZE
    return render_template(
        "billing/stripe/finance_stripe.html",
        connected=_is_connected(),
        found=found,
        differences=Page(
            found.differences[start : start + PAGE_SIZE], number, total=len(found.differences)
        ),
        cash=cash_waiting(session),
        trouble=tasks_in_trouble(session),
        names=names_of_authorities(session),
    )


@finance.page("/stripe/comparison", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def compare_with_stripe(session: ScopedSession) -> ResponseReturnValue:
    repair = request.form.get("repair") == "yes"
    if not _is_connected():
        flash("Stripe is not connected, so there is nothing to compare.", "problem")
    else:
        many = ask_to_compare(repair=repair, person=the_person().id, at=now())
        flash(f"{many} {'account is' if many == 1 else 'accounts are'} being compared.")
    return redirect(url_for("finance_billing.stripe_side"))


@finance.page("/<authority>/stripe-cash", permission=Permission.SEE_ACCOUNTS)
def stripe_cash(session: ScopedSession) -> ResponseReturnValue:
    """What Stripe holds for the authority, and the invoices that it could pay."""
    cash, account = cash_here(session)
    return render_template(
        "billing/stripe/finance_cash.html",
        tenancy=the_tenancy(),
        cash=cash,
        account=account,
        payable=payable_from(session, cash),
    )


@finance.page(
    "/<authority>/invoices/<uuid:invoice_id>/stripe-cash",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def pay_from_cash(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    """Confirm that an invoice is to be paid with the cash that waits."""
    invoice = or_404(find_invoice(session, invoice_id))
    tenancy = the_tenancy()
    if request.method == "POST":
        try:
            apply_cash(session, invoice, at=now())
        except BillingRefused as refused:
            flash(f"{refused.message}.", "problem")
        else:
            flash(f"Stripe is asked to pay {invoice.number} with the cash that waits.")
        return redirect(url_for("finance_billing.stripe_cash", authority=tenancy.slug))
    cash, _ = cash_here(session)
    return render_template(
        "billing/stripe/finance_pay_from_cash.html",
        tenancy=tenancy,
        invoice=invoice,
        owed=balance_of(session, invoice).owed_pence,
        cash=cash,
    )
