"""A page of what is no tenant's, such as prices and base rates: listed, and added to by finance."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import flash, redirect, render_template, request
from flask.typing import ResponseReturnValue

from billing.contracts.queries import subscribers_on
from billing.doors import show_refusal
from billing.refusal import BillingRefused
from saas.database.scope import Scope, ScopedSession, scoped
from saas.web.access import the_person
from saas.web.forms import PageForm
from saas.web.today import today

Written = TypeVar("Written")


def write_for_all(session: ScopedSession, act: Callable[[ScopedSession], Written]) -> Written:
    """Do what writes rows of no tenant. Who reads every account writes none, so it is done by the
    role that finance works with inside one.

    Raises:
        BillingRefused: the act was refused, or nobody subscribes yet.
    """
    someone = next(iter(subscribers_on(session, today())), None)
    if someone is None:
        raise BillingRefused("", "The first authority must subscribe before this is recorded")
    with scoped(Scope.finance(someone.id, the_person().id)) as inside:
        return act(inside)


def list_and_add(
    session: ScopedSession,
    form: PageForm,
    add: Callable[[ScopedSession], object],
    *,
    added: str,
    template: str,
    **shown: object,
) -> ResponseReturnValue:
    """The page of a form and of what is recorded already.

    Args:
        add: records what the form holds; may refuse it with BillingRefused.
        added: said when it is recorded.
    """
    if form.validate_on_submit():
        try:
            write_for_all(session, add)
        except BillingRefused as refused:
            show_refusal(form, refused)
        else:
            flash(added)
            return redirect(request.path)
    page = render_template(template, form=form, today=today(), **shown)
    return (page, 422) if form.errors or form.form_errors else page
