"""Drafts and invoices, as the provider's finance makes them."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from billing.contracts.actions import terms_of
from billing.contracts.orders import numbers_of
from billing.contracts.pricing import vat_reasons
from billing.contracts.queries import billing_contact, find_contract, names_of_authorities
from billing.credits.queries import notes_of
from billing.debts.actions import find_pause, reminders_of
from billing.debts.claims import claims_of
from billing.debts.writing_off import write_offs_of
from billing.delivering import WAY_WORDS, count_to_deliver, delivery_of
from billing.disputes.actions import of_invoice
from billing.doors import finance, or_404, our_supplier
from billing.invoices import actions, issuing
from billing.invoices.content import draft_content, words_of
from billing.invoices.downloads import send_invoice_pdf, send_invoice_xml, send_pdf
from billing.ledger import queries
from billing.ledger.balances import find_balance
from billing.ledger.invoices import InvoiceDraft
from billing.periods import Period, PeriodRefused, parse_period
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.database.together import asked_together
from saas.documents.invoice import render
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.forms import PageForm
from saas.web.money import pounds
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today


class IssueForm(PageForm):
    """The confirmation that an invoice is issued; what was seen travels along."""


@finance.page("/invoices", permission=Permission.SEE_ACCOUNTS)
def invoices(session: ScopedSession) -> ResponseReturnValue:
    number = requested_page()
    found = queries.newest_invoices(session, limit=PAGE_SIZE + 1, offset=(number - 1) * PAGE_SIZE)
    return render_template(
        "billing/account_pages/finance_invoices.html",
        page=paginate(found, number=number, total=queries.count_invoices(session)),
        names=names_of_authorities(session),
        waiting=count_to_deliver(session),
        today=today(),
    )


@finance.page("/<authority>/drafts", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def make_draft(session: ScopedSession) -> ResponseReturnValue:
    tenancy = the_tenancy()
    back = redirect(url_for("finance_billing.contract", authority=tenancy.slug))
    try:
        period = parse_period(request.form.get("period", ""))
    except PeriodRefused as refused:
        flash(str(refused), "problem")
        return back
    made = actions.draft_period(session, period, today=today(), at=now())
    drafts = [one.draft for one in made if one.draft is not None]
    if len(drafts) == 1:
        return redirect(
            url_for("finance_billing.draft", authority=tenancy.slug, draft_id=drafts[0].id)
        )
    if drafts:
        flash(f"{len(drafts)} drafts are made for {period.name}.")
    elif any(one.outcome == "issued" for one in made):
        flash(f"The invoice for {period.name} is issued already.", "problem")
    else:
        flash(f"There is nothing to bill for {period.name}.", "problem")
    return back


@finance.page("/<authority>/drafts/<uuid:draft_id>", permission=Permission.SEE_ACCOUNTS)
def draft(session: ScopedSession, draft_id: uuid.UUID) -> ResponseReturnValue:
    found = or_404(actions.find_draft(session, draft_id))
    return _draft_page(session, found, "billing/account_pages/finance_draft.html")


def _draft_page(session: ScopedSession, found: InvoiceDraft, template: str) -> ResponseReturnValue:
    contract = or_404(find_contract(session, found.contract_id))
    lines = queries.draft_lines_of(session, found.id)
    checks, drawn = issuing.checks_before_issue(
        session, found, contract, our_supplier(), lines=lines, today=today()
    )
    return render_template(
        template,
        tenancy=the_tenancy(),
        draft=found,
        contract=contract,
        lines=lines,
        period=Period(found.period_from, found.period_to),
        checks=checks,
        passed=all(check.passed for check in checks),
        drawn=drawn,
        order_numbers=numbers_of(drawn),
        left_after=", ".join(pounds(one.order.left_pence - one.net_pence) for one in drawn),
        contact=billing_contact(session),
        form=IssueForm(),
        today=today(),
    )


@finance.page("/<authority>/drafts/<uuid:draft_id>/pdf", permission=Permission.SEE_ACCOUNTS)
def draft_pdf(session: ScopedSession, draft_id: uuid.UUID) -> ResponseReturnValue:
    found = or_404(actions.find_draft(session, draft_id))
    contract = or_404(find_contract(session, found.contract_id))
    supplier = our_supplier()
    lines = queries.draft_lines_of(session, found.id)
    _, drawn = issuing.checks_before_issue(
        session, found, contract, supplier, lines=lines, today=today()
    )
    words = words_of(
        supplier,
        contract,
        vat_reasons(terms_of(session, contract.id)),
        billing_contact(session),
        the_tenancy().name,
    )
    content = draft_content(
        found,
        lines,
        words,
        purchase_order=numbers_of(drawn),
        today=today(),
    )
    return send_pdf(render(content), f"draft-{the_tenancy().slug}-{found.period_from}.pdf")


@finance.page(
    "/<authority>/drafts/<uuid:draft_id>/issue",
    permission=Permission.ISSUE_INVOICES,
    methods=("GET", "POST"),
)
def issue(session: ScopedSession, draft_id: uuid.UUID) -> ResponseReturnValue:
    tenancy = the_tenancy()
    found = or_404(actions.find_draft(session, draft_id))
    if request.method == "GET":
        return _draft_page(session, found, "billing/account_pages/finance_issue.html")
    try:
        issued = issuing.issue(
            session,
            found,
            our_supplier(),
            authority_name=tenancy.name,
            today=today(),
            at=now(),
            seen_fingerprint=request.form.get("seen", ""),
        )
    except BillingRefused as refused:
        session.rollback()
        again = actions.find_draft(session, draft_id)
        flash(refused.message, "problem")
        if again is None:
            return redirect(url_for("finance_billing.contract", authority=tenancy.slug))
        page = _draft_page(session, again, "billing/account_pages/finance_draft.html")
        return page, 422  # type: ignore[return-value]
    return redirect(url_for("finance_billing.issued", authority=tenancy.slug, invoice_id=issued.id))


@finance.page("/<authority>/invoices/<uuid:invoice_id>/issued", permission=Permission.SEE_ACCOUNTS)
def issued(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    found = or_404(queries.find_invoice(session, invoice_id))
    return render_template(
        "billing/account_pages/finance_issued.html", invoice=found, tenancy=the_tenancy()
    )


@finance.page("/<authority>/invoices/<uuid:invoice_id>", permission=Permission.SEE_ACCOUNTS)
def invoice(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    balance = or_404(find_balance(session, invoice_id))
    found = balance.invoice
    reminders, written_off = asked_together(session, found.id, (reminders_of, write_offs_of))
    return render_template(
        "billing/account_pages/finance_invoice.html",
        invoice=found,
        balance=balance,
        notes=notes_of(session, found.id),
        disputed=of_invoice(session, found.id),
        reminders=reminders,
        claims=claims_of(session, found.id),
        write_offs=written_off,
        pause=find_pause(session, found.id),
        lines=queries.lines_of(session, found.id),
        delivery=delivery_of(session, found.id),
        way_words=WAY_WORDS,
        tenancy=the_tenancy(),
        today=today(),
    )


@finance.page("/<authority>/invoices/<uuid:invoice_id>/pdf", permission=Permission.SEE_ACCOUNTS)
def invoice_pdf(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    return send_invoice_pdf(session, invoice_id)


@finance.page("/<authority>/invoices/<uuid:invoice_id>/xml", permission=Permission.SEE_ACCOUNTS)
def invoice_xml(session: ScopedSession, invoice_id: uuid.UUID) -> ResponseReturnValue:
    return send_invoice_xml(session, invoice_id)
