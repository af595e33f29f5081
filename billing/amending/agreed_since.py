"""What was agreed since: one thing of the terms at a time, an indexation, an extension."""

from __future__ import annotations

import uuid

from flask import flash, render_template, request
from flask.typing import ResponseReturnValue

from billing.amending.forms import PARTS, REASONS, AmendmentForm, ExtendForm, IndexationForm
from billing.amending.page import (
    GET_AND_POST,
    ONE,
    change_page,
    contract_href,
    day_words,
    inside,
    standing_terms,
    the_contract,
    to_contract,
)
from billing.contracts.actions import amend, extend, extended_to, index, terms_of
from billing.contracts.pricing import terms_on
from billing.doors import finance
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.today import now, today


@finance.page(f"{ONE}/amend", permission=Permission.ISSUE_INVOICES)
def amend_contract(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """One thing at a time: which is it?"""
    contract = the_contract(session, contract_id)
    return render_template(
        "billing/amending/amend.html",
        tenancy=the_tenancy(),
        contract=contract,
        parts={name: words for name, (words, _) in PARTS.items()},
        back=contract_href(contract_id),
    )


@finance.page(
    f"{ONE}/amend/<any({', '.join(PARTS)}, all):part>",
    permission=Permission.ISSUE_INVOICES,
    methods=GET_AND_POST,
)
def amend_part(session: ScopedSession, contract_id: uuid.UUID, part: str) -> ResponseReturnValue:
    """New terms from a day on, shown filled with those that stand."""
    contract = the_contract(session, contract_id)
    words, fields = PARTS.get(part, ("All the terms", ()))
    form = AmendmentForm()
    if request.method == "GET":
        form.show(standing_terms(session, contract))
    elif fields:
        day = form.effective_from.data or today()
        asked = (*fields, *REASONS)
        form.fill_rest(terms_on(terms_of(session, contract.id), inside(contract, day)), asked)

    def act() -> None:
        amend(
            session,
            contract,
            form.terms(form.effective_from.data),
            note=form.note.data or "",
            at=now(),
        )

    return change_page(
        session,
        contract,
        form,
        "billing/amending/amend_part.html",
        act,
        asks=f"Amend {contract.reference}",
        follows=lambda: [f"{words} as entered, from {day_words(form.effective_from.data)}"],
        button="Record the amendment",
        done="The amendment is recorded. The next invoice adjusts what was billed.",
        words=words,
        fields=[*fields, *REASONS] if fields else [],
    )


@finance.page(f"{ONE}/index", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def index_contract(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """Every price up by a percentage, on an anniversary."""
    contract = the_contract(session, contract_id)
    form = IndexationForm()

    def act() -> None:
        index(
            session,
            contract,
            percent=form.percent.data,
            on=form.on.data,
            note=form.note.data or "",
            at=now(),
        )

    return change_page(
        session,
        contract,
        form,
        "billing/amending/index.html",
        act,
        asks=f"Raise the prices of {contract.reference}",
        follows=lambda: [f"Every price rises by {form.percent.data}% on {day_words(form.on.data)}"],
        button="Raise the prices",
        done="The prices are raised from that day.",
    )


@finance.page(f"{ONE}/extend", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def extend_contract(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """Take up an extension option, after a page that says what that means."""
    contract = the_contract(session, contract_id)
    ends_on = extended_to(contract)
    if ends_on is None:
        flash("The contract has no extension option left", "problem")
        return to_contract(contract_id)
    left = contract.extension_options - 1
    return change_page(
        session,
        contract,
        ExtendForm(),
        "billing/amending/extend.html",
        lambda: extend(session, contract, at=now()),
        asks=f"Extend {contract.reference}",
        follows=lambda: [
            f"It runs to {day_words(ends_on)} instead of {day_words(contract.ends_on)}",
            f"{left} more can be taken up after that",
        ],
        button="Extend the contract",
        done=f"The contract now runs to {day_words(ends_on)}.",
        ends_on=ends_on,
        fee_pence=standing_terms(session, contract).annual_fee_pence,
    )
