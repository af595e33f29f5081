"""The provider's door to casework, and what each of its pages needs first."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.documents.content import Provider
from saas.identity.permissions import Permission, ProviderRole
from saas.identity.signed_in import SignedIn
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check, done_or_asked
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.casework.actions import Actor
from tenants.casework.case_view import CaseView, case_for_provider
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import WORDS
from tenants.casework.queries import CaseNotFoundError
from tenants.casework.record import RuleBroken

pages = DoorPages("provider_cases", __name__, door=Door.PROVIDER, url_prefix="/provider")

ROLE_WORDS = {
    ProviderRole.COORDINATOR: "Mediation adviser",
    ProviderRole.MEDIATOR: "Mediator",
    ProviderRole.MANAGER: "Manager",
    ProviderRole.FINANCE: "Finance",
    ProviderRole.ADMIN: "Administrator",
}


def the_actor() -> Actor:
    """The person at the page, as what they record will name them."""
    person = the_person()
    return Actor(id=person.id, name=person.name, at=now())


def role_in_words(person: SignedIn) -> str:
    return next((ROLE_WORDS[role] for role in ROLE_WORDS if role in person.provider_roles), "")


def the_provider() -> Provider:
    return Provider.of(current_app.extensions["settings"])


def the_case(session: ScopedSession, case_id: uuid.UUID) -> CaseView:
    """The case of the page: 404 if the authority has none such, 403 if it is another's to see."""
    try:
        view = case_for_provider(session, case_id)
    except CaseNotFoundError:
        abort(404)
    person = the_person()
    if not person.may(Permission.SEE_CASES) and view.case.mediator_id != person.id:
        abort(403)
    return view


def may_work_on(view: CaseView) -> bool:
    """Whether the person works on the case: adviser, or this case's mediator."""
    person = the_person()
    return person.may(Permission.RECORD_CASES) or view.case.mediator_id == person.id


def to_case(case_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("provider_cases.case", authority=the_tenancy().slug, case_id=case_id))


def act_page(
    view: CaseView,
    form: CaseForm,
    template: str,
    act: Callable[[], object],
    *,
    done: str,
    start: Callable[[], None] = lambda: None,
    go_on: Callable[[], ResponseReturnValue] | None = None,
    check: Callable[[], Check | None] = lambda: None,
    **shown: Any,
) -> ResponseReturnValue:
    """A page on which one thing of a case is recorded.

    Args:
        act: does it; what a rule refuses is shown at its field and nothing is written.
        done: what is said on the case page afterwards.
        start: fills the form in when it is opened.
        go_on: where to go instead of the case page.
        check: what is asked once more before the act, of the form as it was filled in.
    """
    if request.method == "POST":
        if form.validate():
            try:
                if asks := done_or_asked(act, check):
                    return asks
            except RuleBroken as broken:
                form.refuse(broken)
            else:
                if go_on is not None:
                    return go_on()
                flash(done)
                return to_case(view.id)
    elif request.method == "GET":
        start()
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
