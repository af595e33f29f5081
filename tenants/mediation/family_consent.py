"""The family answers whether it takes part in disagreement resolution or facilitation."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.checking import Check, check_page, is_checked
from saas.web.dates import long_date
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.family.pages import pages, the_family_member
from tenants.casework.family_view import (
    FamilyView,
    NotTheirCaseError,
    answer_to_give,
    family_view,
)
from tenants.casework.forms import FamilyConsentForm
from tenants.casework.kinds import FactKind, Side
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken


def _before_no(view: FamilyView) -> Check:
    meeting = (
        [f"The meeting of {long_date(view.appointment.on)} does not take place."]
        if view.appointment
        else ["No meeting is arranged."]
    )
    return Check(
        "You do not want to take part?",
        [
            *meeting,
            f"{view.other_side} is told that you said no.",
            "Your time to appeal stays as it is. You can change your answer until a meeting is"
            " held.",
        ],
        "I do not want to take part",
    )


@pages.page("/<token>/consent", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST"))
def consent(session: ScopedSession) -> ResponseReturnValue:
    """It is voluntary, so the family may also change its answer until the meeting is held."""
    link = the_link()
    try:
        view = family_view(session, link.tenancy.name)
    except NotTheirCaseError:
        abort(404)
    answer = answer_to_give(load_record(session, view.id))
    if answer is None:
        return redirect(url_for("family_case.case"))
    form = FamilyConsentForm()
    if request.method == "GET":
        form.answer.process_data({True: "yes", False: "no", None: None}[answer.given])
    elif form.validate():
        refuses = form.answer.data == "no"
        if refuses and answer.given is not False and not is_checked():
            return check_page(_before_no(view))
        by = the_family_member(session)
        try:
            actions.add_fact(
                session,
                view.id,
                FactKind.CONSENT_GIVEN if form.answer.data == "yes" else FactKind.CONSENT_REFUSED,
                today(),
                value=Side.FAMILY.value,
                detail={"by": by.name, "how": "on the family's own page"},
                by=by,
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("Thank you. We have your answer.")
            return redirect(url_for("family_case.case"))
    page = render_template(
        "tenants/mediation/family_consent.html", form=form, view=view, authority=link.tenancy
    )
    return page, 422 if request.method == "POST" else 200
