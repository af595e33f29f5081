"""Contracts and purchase orders, as the provider's finance sees them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.amending.changes import CHANGED_WORDS, changes_of
from billing.amending.leftover import lines_left
from billing.contracts import actions, queries
from billing.contracts.forms import (
    YEARS_FROM_WORDS,
    ContactForm,
    ContractForm,
    OrderForm,
)
from billing.contracts.models import BillingContact, Contract
from billing.contracts.orders import Order, chosen_order, order_warnings
from billing.contracts.price_list import listed, prices_on
from billing.contracts.pricing import SERVICE_WORDS, terms_on
from billing.contracts.renewals import is_to_renew
from billing.contracts.targets import targets_of, targets_on
from billing.doors import finance, or_404, show_refusal
from billing.invoices.coverage import COVERED_WORDS, coverage
from billing.invoices.drafting import fee_cells, uncovered
from billing.ledger.accounts import account_of
from billing.ledger.invoices import Invoice, InvoiceDraft
from billing.ledger.orders_drawn import ORDERS_OF_CONTRACT, orders_everywhere, orders_in
from billing.ledger.queries import drafts_of, invoices_of, of_period_everywhere
from billing.periods import FREQUENCY_WORDS, Period, quarter_name, quarter_of
from billing.refusal import BillingRefused
from billing.stripe_tasks import CUSTOMER, ask_again
from billing.vat import TREATMENT_WORDS
from saas.database.scope import ScopedSession
from saas.database.together import Together
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.forms import PageForm
from saas.web.paging import PAGE_SIZE, Page, requested_page
from saas.web.today import now, today
from tenants.statistics.measures.definitions import SHARES
from tenants.subscribers.models import Subscriber


@dataclass(frozen=True)
class Row:
    """One authority in finance's list."""

    subscriber: Subscriber
    contract: Contract | None
    order: Order | None
    warnings: tuple[str, ...]
    invoice: Invoice | None
    draft: InvoiceDraft | None
    # The yearly fee today, in pence.
    fee_pence: int | None = None
    # Whether the contract is one to renew now, or should have been.
    ends_soon: bool = False
    contract_ended: bool = False

    @property
    def needs(self) -> str:
        """What finance must do about it first; '' when all is well."""
        if self.contract is None:
            return "No contract"
        if self.contract_ended:
            return "Contract ended"
        if self.contract.po_required and self.order is None:
            return "No purchase order"
        return ""


def _rows(session: ScopedSession, day: dt.date, quarter: Period) -> list[Row]:
    contracts: dict[object, Contract] = {}
    for contract in queries.contracts_everywhere(session):
        if contract.starts_on <= day <= contract.ends_on or contract.tenant_id not in contracts:
            contracts[contract.tenant_id] = contract
    orders = orders_everywhere(session)
    invoices, drafts = of_period_everywhere(session, quarter)
    fees = queries.fees_everywhere(session, day)
    rows = []
    for subscriber in queries.subscribers_on(session, day):
        found = contracts.get(subscriber.id)
        known = orders.get(found.id, []) if found else []
        order = chosen_order(known, first=day, last=day, net_pence=1)
        rows.append(
            Row(
                subscriber,
                found,
                order,
                tuple(order_warnings(order, today=day)) if order else (),
                invoices.get(found.id) if found else None,
                drafts.get(found.id) if found else None,
                fees.get(found.id) if found else None,
                found is not None
                and is_to_renew(found.starts_on, found.ends_on, found.notice_days, day),
                found is not None and found.ends_on < day,
            )
        )
    return sorted(rows, key=lambda row: (not row.needs, row.subscriber.name))


@finance.page("/", permission=Permission.SEE_ACCOUNTS)
def first_page(_session: ScopedSession) -> ResponseReturnValue:
    return redirect(url_for("finance_billing.contracts"))


# What the list can be narrowed to, in words, and which rows that are.
NARROWED: dict[str, tuple[str, Callable[[Row], bool]]] = {
    "contract": (
        "No contract today",
        lambda row: row.contract is None or row.contract_ended,
    ),
    "order": ("No purchase order", lambda row: row.needs == "No purchase order"),
    "warning": ("Order running out", lambda row: bool(row.warnings)),
    "renewal": ("Notice ends within 60 days", lambda row: row.ends_soon),
}


def _matches(row: Row, words: str) -> bool:
    """Whether the authority, its contract or its order has these words in it."""
    told = [
        row.subscriber.name,
        row.contract.reference if row.contract else "",
        row.order.number if row.order else "",
    ]
    return words.casefold() in " ".join(told).casefold()


@finance.page("/contracts", permission=Permission.SEE_ACCOUNTS)
def contracts(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    quarter = quarter_of(day)
    rows = _rows(session, day, quarter)
    needs, search = request.args.get("needs", ""), request.args.get("search", "").strip()
    shown = [row for row in rows if not search or _matches(row, search)]
    if needs in NARROWED:
        shown = [row for row in shown if NARROWED[needs][1](row)]
    number = min(requested_page(), max(1, -(-len(shown) // PAGE_SIZE)))
    return render_template(
        "billing/account_pages/finance_contracts.html",
        rows=rows,
        page=Page(
            shown[(number - 1) * PAGE_SIZE : number * PAGE_SIZE], number=number, total=len(shown)
        ),
        needs=needs if needs in NARROWED else "",
        search=search,
        narrowed=[
            (name, words, sum(fits(row) for row in rows))
            for name, (words, fits) in NARROWED.items()
        ],
        today=day,
        quarter=quarter,
        quarter_name=quarter_name(quarter),
        issued=[row.invoice for row in rows if row.invoice],
    )


def _asked_contract(every: Sequence[Contract]) -> Contract | None:
    """The contract that the address names."""
    asked = request.args.get("contract", "")
    return next((one for one in every if str(one.id) == asked), None)


CAUSE_WORDS = {
    "agreed": "As agreed",
    "amendment": "Amended",
    "indexation": "Indexed",
    "correction": "Put right",
}


_BESIDE_A_CONTRACT = Together(
    {
        **ORDERS_OF_CONTRACT,
        "changes": changes_of.question,
        "targets": targets_of.question,
    }
)


@finance.page("/<authority>/contract", permission=Permission.SEE_ACCOUNTS)
def contract(session: ScopedSession) -> ResponseReturnValue:
    day = today()
    every = queries.contracts_of(session)
    found = _asked_contract(every) or queries.current_of(every, day)
    tenancy = the_tenancy()
    if found is None:
        return render_template("billing/account_pages/finance_no_contract.html", tenancy=tenancy)
    written = queries.terms_written(session, found.id)
    history = queries.terms_that_stand(written)
    beside = _BESIDE_A_CONTRACT.ask(session, of=found.id)
    orders = orders_in(beside, found.id)
    quarter = quarter_of(day)
    account = account_of(session, found, history) if found.cancelled_on is None else None
    return render_template(
        "billing/account_pages/finance_contract.html",
        tenancy=tenancy,
        contract=found,
        terms=terms_on(history, min(max(day, found.starts_on), found.ends_on)),
        history=history,
        written=written,
        standing={terms.name for terms in history},
        cause_words=CAUSE_WORDS,
        others=[one for one in every if one.id != found.id],
        changes=beside["changes"],
        changed_words=CHANGED_WORDS,
        gives_back=-sum(line.net_pence for line in lines_left(account, day)) if account else 0,
        years_from_words=YEARS_FROM_WORDS,
        orders=orders,
        order=chosen_order(orders, first=day, last=day, net_pence=1),
        warnings=[text for order in orders for text in order_warnings(order, today=day)],
        contact=queries.billing_contact(session),
        measures=SHARES,
        targets=targets_on(beside["targets"], _inside(found)),
        covered=coverage(account, day) if account else [],
        covered_words=COVERED_WORDS,
        invoices=invoices_of(session),
        drafts=drafts_of(session),
        quarter=quarter,
        quarter_name=quarter_name(quarter),
        frequency_words=FREQUENCY_WORDS,
        service_words=SERVICE_WORDS,
        treatment_words=TREATMENT_WORDS,
        today=day,
    )


@finance.page(
    "/<authority>/contract/new", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST")
)
def new_contract(session: ScopedSession) -> ResponseReturnValue:
    tenancy = the_tenancy()
    form = ContractForm()
    if request.method == "GET":
        form.offer(prices_on(listed(session), today()))
    if form.validate_on_submit():
        new = form.new_contract()
        try:
            actions.make_contract(session, new, form.terms(new.starts_on), at=now())
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(f"The contract with {tenancy.name} is recorded.")
            return redirect(url_for("finance_billing.contract", authority=tenancy.slug))
    return _form_page("billing/account_pages/finance_new_contract.html", form, tenancy=tenancy)


@finance.page(
    "/<authority>/purchase-orders/new",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def new_order(session: ScopedSession) -> ResponseReturnValue:
    tenancy = the_tenancy()
    found = or_404(queries.current_contract(session, today()))
    form = OrderForm()
    if form.validate_on_submit() and enter_order(session, found, form, side="finance"):
        flash("The purchase order is entered.")
        return redirect(url_for("finance_billing.contract", authority=tenancy.slug))
    return _form_page(
        "billing/account_pages/new_order.html",
        form,
        contract=found,
        action=url_for("finance_billing.new_order", authority=tenancy.slug),
        back=url_for("finance_billing.contract", authority=tenancy.slug),
    )


def enter_order(session: ScopedSession, found: Contract, form: OrderForm, *, side: str) -> bool:
    """Enter what the form says; what is refused stands on the form."""
    try:
        actions.add_order(
            session,
            found,
            number=form.number.data or "",
            value_pence=form.value.data,
            valid_from=form.valid_from.data,
            valid_to=form.valid_to.data,
            side=side,
            at=now(),
        )
    except BillingRefused as refused:
        show_refusal(form, refused)
        return False
    _warn_of_next_invoice(session, found, form.valid_from.data, form.valid_to.data)
    return True


def _warn_of_next_invoice(
    session: ScopedSession, found: Contract, valid_from: dt.date, valid_to: dt.date
) -> None:
    """Say so at once where the order is not for what is billed next."""
    if found.cancelled_on is not None:
        return
    account = account_of(session, found, actions.terms_of(session, found.id))
    billed = [fee.covers for fee in account.billed_fees]
    open_cells = (
        cell
        for cell in fee_cells(account, account.term)
        if uncovered(cell, billed) and cell.last >= today()
    )
    cell = next(open_cells, None)
    if cell is not None and not (valid_from <= cell.first and cell.last <= valid_to):
        flash(
            f"The order does not cover the next invoice, for {cell.first:%-d %B %Y} to "
            f"{cell.last:%-d %B %Y}: ask for one that does",
            "problem",
        )


@finance.page(
    "/<authority>/billing-contact", permission=Permission.ISSUE_INVOICES, methods=("GET", "POST")
)
def contact(session: ScopedSession) -> ResponseReturnValue:
    tenancy = the_tenancy()
    form = contact_form(queries.billing_contact(session), tenancy.name)
    if form.validate_on_submit() and enter_contact(session, form):
        # Stripe makes the account that the next invoice bears.
        ask_again(session, CUSTOMER, session.tenant, at=now())
        flash("The billing contact is saved.")
        return redirect(url_for("finance_billing.contract", authority=tenancy.slug))
    return _form_page(
        "billing/account_pages/contact.html",
        form,
        action=url_for("finance_billing.contact", authority=tenancy.slug),
        back=url_for("finance_billing.contract", authority=tenancy.slug),
    )


def contact_form(known: BillingContact | None, authority_name: str) -> ContactForm:
    return ContactForm(obj=known) if known else ContactForm(customer_name=authority_name)


def enter_contact(session: ScopedSession, form: ContactForm) -> bool:
    try:
        actions.keep_contact(
            session,
            customer_name=form.customer_name.data or "",
            address=form.customer_address.data or "",
            email=form.customer_email.data or "",
            buyer_reference=form.buyer_reference.data or "",
            peppol=form.peppol_address(),
            delivery=form.delivery.data or "email",
            portal=form.portal.data or "",
            at=now(),
        )
    except BillingRefused as refused:
        show_refusal(form, refused)
        return False
    return True


def _form_page(template: str, form: PageForm, **words: object) -> ResponseReturnValue:
    page = render_template(template, form=form, today=today(), **words)
    return (page, 422) if form.errors else page


def _inside(found: Contract) -> dt.date:
    return min(max(today(), found.starts_on), found.ends_on)
