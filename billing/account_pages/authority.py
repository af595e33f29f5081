"""Contract and invoices, as the authority's own finance contact sees them."""

from __future__ import annotations

import uuid

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.account_pages.contracts import contact_form, enter_contact, enter_order
from billing.contracts import queries as contracts
from billing.contracts.actions import terms_of
from billing.contracts.forms import OrderForm
from billing.contracts.orders import chosen_order, order_warnings
from billing.contracts.pricing import SERVICE_WORDS, terms_on
from billing.credits.queries import notes_of
from billing.disputes.actions import of_invoice
from billing.doors import authority, or_404
from billing.invoices.downloads import send_invoice_pdf, send_invoice_xml
from billing.ledger import queries
from billing.ledger.balances import balances, find_balance, what_is_owed
from billing.ledger.orders_drawn import orders_of
from billing.periods import FREQUENCY_WORDS
from billing.supplier import Supplier
from billing.vat import TREATMENT_WORDS
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.today import today


def _bank_details(session: ScopedSession) -> tuple[str, ...]:
    supplier = Supplier.of(current_app.extensions["settings"])
    return supplier.paid_by(contracts.billing_contact(session)).bank_details


@authority.page("/invoices", permission=Permission.SEE_OWN_INVOICES)
def invoices(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    contract = contracts.current_contract(session, day)
    orders = orders_of(session, contract.id) if contract else []
    terms = None
    if contract:
        in_force = min(max(day, contract.starts_on), contract.ends_on)
        terms = terms_on(terms_of(session, contract.id), in_force)
    known = balances(session)
    return render_template(
        "billing/account_pages/authority_invoices.html",
        contract=contract,
        terms=terms,
        orders=orders,
        order=chosen_order(orders, first=day, last=day, net_pence=1),
        warnings=[text for order in orders for text in order_warnings(order, today=day)],
        balances=list(reversed(known)),
        owed=what_is_owed(known, day),
        bank_details=_bank_details(session),
        contact=contracts.billing_contact(session),
        frequency_words=FREQUENCY_WORDS,
        service_words=SERVICE_WORDS,
        treatment_words=TREATMENT_WORDS,
        today=day,
    )


@authority.page("/invoices/<uuid:invoice_id>", permission=Permission.SEE_OWN_INVOICES)
def invoice(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    balance = or_404(find_balance(session, invoice_id))
    found = balance.invoice
    return render_template(
        "billing/account_pages/authority_invoice.html",
        invoice=found,
        balance=balance,
        notes=notes_of(session, found.id),
        disputed=of_invoice(session, found.id),
        lines=queries.lines_of(session, found.id),
        bank_details=tuple(found.words["supplier"]["bank_details"]),
        today=today(),
    )


@authority.page("/invoices/<uuid:invoice_id>/pdf", permission=Permission.SEE_OWN_INVOICES)
def invoice_pdf(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    return send_invoice_pdf(session, invoice_id)


@authority.page("/invoices/<uuid:invoice_id>/xml", permission=Permission.SEE_OWN_INVOICES)
def invoice_xml(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    return send_invoice_xml(session, invoice_id)


@authority.page(
    "/purchase-orders/new", permission=Permission.SEE_OWN_INVOICES, methods=("GET", "POST")
)
def new_order(session: ScopedSession) -> ResponseReturnValue:
    contract = or_404(contracts.current_contract(session, today()))
    form = OrderForm()
    if form.validate_on_submit() and enter_order(session, contract, form, side="authority"):
        flash("Thank you. Your purchase order is entered, and the next invoice quotes it.")
        return redirect(url_for("authority_billing.invoices"))
    page = render_template(
        "billing/account_pages/new_order.html",
        form=form,
        contract=contract,
        action=url_for("authority_billing.new_order"),
        back=url_for("authority_billing.invoices"),
        today=today(),
    )
    return (page, 422) if form.errors else page


@authority.page("/billing-contact", permission=Permission.SEE_OWN_INVOICES, methods=("GET", "POST"))
def contact(session: ScopedSession) -> ResponseReturnValue:
    form = contact_form(contracts.billing_contact(session), the_tenancy().name)
    if form.validate_on_submit() and enter_contact(session, form):
        flash("Where your invoices go is saved.")
        return redirect(url_for("authority_billing.invoices"))
    page = render_template(
        "billing/account_pages/contact.html",
        form=form,
        action=url_for("authority_billing.contact"),
        back=url_for("authority_billing.invoices"),
        today=today(),
    )
    return (page, 422) if form.errors else page
