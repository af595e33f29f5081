"""What every act of an authority needs first: its case, its person, and the way back."""

from __future__ import annotations

import uuid
from collections.abc import Callable

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.web.access import the_person, the_tenancy
from saas.web.checking import Check, done_or_asked
from saas.web.today import now, today
from tenants.casework.actions import Actor
from tenants.casework.case_view import CaseView, case_for_authority
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import WORDS
from tenants.casework.queries import CaseNotFoundError
from tenants.casework.record import RuleBroken


def own_case(session: ScopedSession, case_id: uuid.UUID) -> CaseView:
    """The case of the page: 404 if it is not the authority's."""
    try:
        return case_for_authority(session, case_id)
    except CaseNotFoundError:
        abort(404)


def the_officer() -> Actor:
    """The person at the page, as what they record will name them."""
    person = the_person()
    return Actor(id=person.id, name=person.name, at=now())


def to_own_case(case_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("authority_cases.case", case_id=case_id))


def act_page(
    template: str,
    view: CaseView,
    form: CaseForm,
    act: Callable[[], object],
    *,
    done: str,
    check: Callable[[], Check | None] = lambda: None,
    **shown: object,
) -> ResponseReturnValue:
    """Show a form; when it is sent in order, act, say `done` and go back to the case.

    What a rule refuses is shown at its field, and nothing is kept.

    Args:
        check: what is asked once more before the act, of the form as it was filled in.
    """
    if request.method == "POST" and form.validate():
        try:
            if asks := done_or_asked(act, check):
                return asks
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash(done)
            return to_own_case(view.id)
    page = render_template(
        template,
        form=form,
        view=view,
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
        **shown,
    )
    return page, 422 if form.errors or form.form_errors else 200
