"""What the pages that change a contract share: the form, what follows in money, and the act."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from billing.amending.money import told_before
from billing.contracts.actions import terms_of
from billing.contracts.models import Contract
from billing.contracts.pricing import Terms, terms_on
from billing.contracts.queries import find_contract
from billing.doors import or_404, show_refusal
from billing.refusal import BillingRefused
from saas.database.scope import ScopedSession
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.forms import PageForm
from saas.web.today import today

ONE = "/<authority>/contracts/<uuid:contract_id>"
GET_AND_POST = ("GET", "POST")


def day_words(day: dt.date) -> str:
    return f"{day:%-d %B %Y}"


def the_contract(session: ScopedSession, contract_id: uuid.UUID) -> Contract:
    found = or_404(find_contract(session, contract_id))
    if found.cancelled_on is not None:
        abort(404)
    return found


def contract_href(contract_id: uuid.UUID) -> str:
    slug = the_tenancy().slug
    return url_for("finance_billing.contract", authority=slug, contract=contract_id)


def to_contract(contract_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(contract_href(contract_id))


def change_page(
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
            return to_contract(contract_id)
    page = render_template(
        template,
        form=form,
        tenancy=the_tenancy(),
        contract=contract,
        back=contract_href(contract_id),
        today=today(),
        **words,
    )
    return (page, 422) if form.errors else page


def inside(contract: Contract, day: dt.date) -> dt.date:
    return min(max(day, contract.starts_on), contract.ends_on)


def standing_terms(session: ScopedSession, contract: Contract) -> Terms:
    return terms_on(terms_of(session, contract.id), inside(contract, today()))
