"""Finance ends, replaces, calls off or puts right a contract, and sees first what that costs."""

from __future__ import annotations

import uuid

from flask import flash, request
from flask.typing import ResponseReturnValue

from billing.amending import changes
from billing.amending.forms import (
    CallOffForm,
    CorrectTermsForm,
    EndForm,
    PutRightForm,
    ReplaceForm,
    TakeBackForm,
)
from billing.amending.leftover import credit_what_is_left
from billing.amending.page import (
    GET_AND_POST,
    ONE,
    change_page,
    day_words,
    standing_terms,
    the_contract,
    to_contract,
)
from billing.contracts.actions import terms_of
from billing.contracts.models import Contract
from billing.contracts.pricing import Terms
from billing.doors import finance, or_404
from billing.periods import ONE_DAY
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.checking import Check, check_page, is_checked
from saas.web.money import pounds
from saas.web.today import now, today

TERMS = f"{ONE}/terms/<uuid:terms_id>"


@finance.page(f"{ONE}/end", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def end_contract(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """Another last day: sooner, or later again where that was a mistake."""
    contract = the_contract(session, contract_id)
    before = contract.ends_on
    form = EndForm()

    def act() -> None:
        changes.end_on(session, contract, form.last.data, reason=form.reason.data or "", at=now())

    return change_page(
        session,
        contract,
        form,
        "billing/amending/end.html",
        act,
        asks=f"End {contract.reference} on another day",
        follows=lambda: [f"It ends on {day_words(form.last.data)} instead of {day_words(before)}"],
        button="Record the last day",
        done="The contract ends on that day.",
    )


@finance.page(f"{ONE}/call-off", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def call_off_contract(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """Before the first day: it charges nothing, and stays as called off."""
    contract = the_contract(session, contract_id)
    form = CallOffForm()

    def act() -> None:
        changes.call_off(session, contract, reason=form.reason.data or "", today=today(), at=now())

    return change_page(
        session,
        contract,
        form,
        "billing/amending/call_off.html",
        act,
        asks=f"Call off {contract.reference}",
        follows=lambda: [
            "The contract charges nothing and covers no day",
            "This cannot be undone: if it begins after all, it is recorded anew",
        ],
        button="Call the contract off",
        done="The contract is called off.",
    )


@finance.page(f"{ONE}/put-right", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def put_contract_right(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """What the contract says besides its terms and its last day."""
    contract = the_contract(session, contract_id)
    form = PutRightForm(obj=contract) if request.method == "GET" else PutRightForm()

    def act() -> None:
        changes.put_right(
            session, contract, form.particulars(), reason=form.reason.data or "", at=now()
        )

    def follows() -> list[str]:
        wanted = form.particulars()
        return [
            f"{words} changes"
            for name, words in changes.PARTICULARS.items()
            if getattr(contract, name) != wanted[name]
        ]

    return change_page(
        session,
        contract,
        form,
        "billing/amending/put_right.html",
        act,
        asks=f"Put {contract.reference} right",
        follows=follows,
        button="Put it right",
        done="The contract is put right.",
    )


@finance.page(f"{ONE}/replace", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def replace_contract(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """Another contract from a day; this one ends the day before."""
    contract = the_contract(session, contract_id)
    form = ReplaceForm()
    if request.method == "GET":
        # What is the new one's own is left to be entered.
        own = ("reference", "starts_on", "billed_from")
        known = {name: getattr(contract, name) for name in changes.PARTICULARS if name not in own}
        form.process(data=known)
        form.show(standing_terms(session, contract))

    def act() -> None:
        new = form.new_contract()
        terms = form.terms(new.starts_on)
        changes.replace_from(session, contract, new, terms, reason=form.reason.data or "", at=now())

    return change_page(
        session,
        contract,
        form,
        "billing/amending/replace.html",
        act,
        asks=f"Replace {contract.reference}",
        follows=lambda: [
            f"{contract.reference} ends on {day_words(form.starts_on.data - ONE_DAY)}",
            f"{form.new_contract().reference} runs from {day_words(form.starts_on.data)} to "
            f"{day_words(form.ends_on.data)}",
            "The figures that follow are those of the contract that ends",
        ],
        button="Replace the contract",
        done="The contract is replaced from that day.",
    )


def _the_terms(session: ScopedSession, contract: Contract, terms_id: uuid.UUID) -> Terms:
    """Terms that stand; what others replaced is not there to be changed."""
    found = [one for one in terms_of(session, contract.id) if one.name == str(terms_id)]
    return or_404(found[0] if found else None)


@finance.page(
    f"{ONE}/terms/<uuid:terms_id>/correction",
    permission=Permission.ISSUE_INVOICES,
    methods=GET_AND_POST,
)
def correct_terms(
    session: ScopedSession, contract_id: uuid.UUID, terms_id: uuid.UUID
) -> ResponseReturnValue:
    """Terms as they should have been written, from the same day."""
    contract = the_contract(session, contract_id)
    standing = _the_terms(session, contract, terms_id)
    form = CorrectTermsForm()
    if request.method == "GET":
        form.show(standing)

    def act() -> None:
        right = form.terms(standing.effective_from)
        changes.correct_terms(session, contract, right, note=form.note.data or "", at=now())

    return change_page(
        session,
        contract,
        form,
        "billing/amending/correct_terms.html",
        act,
        asks="Put the terms right",
        follows=lambda: [
            f"From {day_words(standing.effective_from)} the terms are as entered, as if they had "
            "been written so"
        ],
        button="Put the terms right",
        done="The terms are put right.",
        standing=standing,
    )


@finance.page(
    f"{ONE}/terms/<uuid:terms_id>/taken-back",
    permission=Permission.ISSUE_INVOICES,
    methods=GET_AND_POST,
)
def take_terms_back(
    session: ScopedSession, contract_id: uuid.UUID, terms_id: uuid.UUID
) -> ResponseReturnValue:
    """A change of the terms that was a mistake: those before it go on."""
    contract = the_contract(session, contract_id)
    standing = _the_terms(session, contract, terms_id)
    form = TakeBackForm()

    def act() -> None:
        changes.take_terms_back(
            session, contract, standing.effective_from, note=form.note.data or "", at=now()
        )

    return change_page(
        session,
        contract,
        form,
        "billing/amending/take_back.html",
        act,
        asks="Take the change back",
        follows=lambda: [
            f"From {day_words(standing.effective_from)} the terms before that day go on"
        ],
        button="Take it back",
        done="The change is taken back.",
        standing=standing,
    )


@finance.page(f"{ONE}/leftover", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def credit_leftover(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """What a contract that is over has to give back, as credit notes."""
    contract = the_contract(session, contract_id)
    try:
        if not is_checked():
            with session.begin_nested() as point:
                notes = credit_what_is_left(session, contract_id, today=today(), at=now())
                told = [
                    f"A credit note gives back {pounds(note.net_pence)} and "
                    f"{pounds(note.vat_pence)} VAT"
                    for note in notes
                ]
                point.rollback()
            asks = f"Give back what is left under {contract.reference}"
            return check_page(Check(asks, [*told, "They are sent at once"], "Issue and send"))
        notes = credit_what_is_left(session, contract_id, today=today(), at=now())
    except BillingRefused as refused:
        flash(refused.message, "problem")
    else:
        flash(f"Issued: {', '.join(note.number for note in notes)}.")
    return to_contract(contract_id)
