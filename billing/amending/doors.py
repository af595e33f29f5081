"""Finance ends, replaces, calls off or puts right a contract, and sees first what that costs."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, request, url_for
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
from billing.amending.money import told_before
from billing.contracts.actions import terms_of
from billing.contracts.models import Contract
from billing.contracts.pricing import Terms, terms_on
from billing.contracts.queries import find_contract
from billing.doors import finance, or_404, show_refusal
from billing.periods import ONE_DAY
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.forms import PageForm
from saas.web.today import now, today

ONE = "/<authority>/contracts/<uuid:contract_id>"
TERMS = f"{ONE}/terms/<uuid:terms_id>"
GET_AND_POST = ("GET", "POST")


def _day_words(day: dt.date) -> str:
    return f"{day:%-d %B %Y}"


def _the_contract(session: ScopedSession, contract_id: uuid.UUID) -> Contract:
    found = or_404(find_contract(session, contract_id))
    if found.cancelled_on is not None:
        abort(404)
    return found


def _to_contract(contract_id: uuid.UUID) -> ResponseReturnValue:
    slug = the_tenancy().slug
    return redirect(url_for("finance_billing.contract", authority=slug, contract=contract_id))


def _change_page(
    session: ScopedSession,
    contract: Contract,
    form: PageForm,
    template: str,
    act: Callable[[], object],
    *,
    asks: str,
    follows: Callable[[], Sequence[str]],
    button: str,
    done: str,
    **words: object,
) -> ResponseReturnValue:
    """A page that changes a contract: the form, what it costs, and the act.

    Args:
        asks: the heading of the page that is shown before the act.
        follows: what follows besides the money, of the form as it was filled in.
    """
    contract_id = contract.id
    if form.validate_on_submit():
        try:
            if not is_checked():
                told = told_before(session, contract_id, act, today=today())
                return check_page(Check(asks, [*follows(), *told], button))
            act()
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(done)
            return _to_contract(contract_id)
    page = render_template(
        template,
        form=form,
        tenancy=the_tenancy(),
        contract=contract,
        back=url_for(
            "finance_billing.contract", authority=the_tenancy().slug, contract=contract_id
        ),
        today=today(),
        **words,
    )
    return (page, 422) if form.errors else page


@finance.page(f"{ONE}/end", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def end_contract(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """Another last day: sooner, or later again where that was a mistake."""
    contract = _the_contract(session, contract_id)
    before = contract.ends_on
    form = EndForm()

    def act() -> None:
        changes.end_on(session, contract, form.last.data, reason=form.reason.data or "", at=now())

    return _change_page(
        session,
        contract,
        form,
        "billing/amending/end.html",
        act,
        asks=f"End {contract.reference} on another day",
        follows=lambda: [
            f"It ends on {_day_words(form.last.data)} instead of {_day_words(before)}"
        ],
        button="Record the last day",
        done="The contract ends on that day.",
    )


@finance.page(f"{ONE}/call-off", permission=Permission.ISSUE_INVOICES, methods=GET_AND_POST)
def call_off_contract(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """Before the first day: it charges nothing, and stays as called off."""
    contract = _the_contract(session, contract_id)
    form = CallOffForm()

    def act() -> None:
        changes.call_off(session, contract, reason=form.reason.data or "", today=today(), at=now())

    return _change_page(
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
    contract = _the_contract(session, contract_id)
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

    return _change_page(
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
    contract = _the_contract(session, contract_id)
    form = ReplaceForm()
    if request.method == "GET":
        form.process(obj=contract, reference="", billed_from=None)
        form.show(_standing(session, contract))
        form.starts_on.data = form.ends_on.data = None

    def act() -> None:
        new = form.new_contract()
        terms = form.terms(new.starts_on)
        changes.replace_from(session, contract, new, terms, reason=form.reason.data or "", at=now())

    return _change_page(
        session,
        contract,
        form,
        "billing/amending/replace.html",
        act,
        asks=f"Replace {contract.reference}",
        follows=lambda: [
            f"{contract.reference} ends on {_day_words(form.starts_on.data - ONE_DAY)}",
            f"{form.new_contract().reference} runs from {_day_words(form.starts_on.data)} to "
            f"{_day_words(form.ends_on.data)}",
            "The figures that follow are those of the contract that ends",
        ],
        button="Replace the contract",
        done="The contract is replaced from that day.",
    )


def _standing(session: ScopedSession, contract: Contract) -> Terms:
    day = min(max(today(), contract.starts_on), contract.ends_on)
    return terms_on(terms_of(session, contract.id), day)


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
    contract = _the_contract(session, contract_id)
    standing = _the_terms(session, contract, terms_id)
    form = CorrectTermsForm()
    if request.method == "GET":
        form.show(standing)

    def act() -> None:
        right = form.terms(standing.effective_from)
        changes.correct_terms(session, contract, right, note=form.note.data or "", at=now())

    return _change_page(
        session,
        contract,
        form,
        "billing/amending/correct_terms.html",
        act,
        asks="Put the terms right",
        follows=lambda: [
            f"From {_day_words(standing.effective_from)} the terms are as entered, as if they had "
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
    contract = _the_contract(session, contract_id)
    standing = _the_terms(session, contract, terms_id)
    form = TakeBackForm()

    def act() -> None:
        changes.take_terms_back(
            session, contract, standing.effective_from, note=form.note.data or "", at=now()
        )

    return _change_page(
        session,
        contract,
        form,
        "billing/amending/take_back.html",
        act,
        asks="Take the change back",
        follows=lambda: [
            f"From {_day_words(standing.effective_from)} the terms before that day go on"
        ],
        button="Take it back",
        done="The change is taken back.",
        standing=standing,
    )


@finance.page(f"{ONE}/leftover", permission=Permission.ISSUE_INVOICES, methods=("POST",))
def credit_leftover(session: ScopedSession, contract_id: uuid.UUID) -> ResponseReturnValue:
    """What a contract that is over has to give back, as credit notes."""
    contract = _the_contract(session, contract_id)
    try:
        if not is_checked():
            with session.begin_nested() as point:
                notes = credit_what_is_left(session, contract_id, today=today(), at=now())
                told = [
                    f"A credit note gives back {note.net_pence / 100:,.2f} pounds and "
                    f"{note.vat_pence / 100:,.2f} pounds VAT"
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
    return _to_contract(contract_id)
