"""The family answers whether it takes part in disagreement resolution or facilitation."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.checking import Check, check_page, is_checked
from saas.web.languages import long_date
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.family.pages import pages, the_family_member
from tenants.casework.family_view import (
    FamilyView,
    NotTheirCaseError,
    answer_to_give,
    family_view,
)
from tenants.casework.kinds import FactKind, Side
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.mediation.forms import FamilyConsentForm


def _before_no(view: FamilyView) -> Check:
    meeting = (
        _("The meeting of %(day)s does not take place.", day=long_date(view.appointment.on))
        if view.appointment
        else _("No meeting is arranged.")
    )
    return Check(
        _("You do not want to take part?"),
        [
            meeting,
            _("%(other)s is told that you said no.", other=_(view.other_side)),
            _(
                "Your time to appeal stays as it is. You can change your answer until a meeting is"
                " held."
            ),
        ],
        _("I do not want to take part"),
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
            flash(_("Thank you. We have your answer."))
            return redirect(url_for("family_case.case"))
    page = render_template(
        "tenants/mediation/family_consent.html", form=form, view=view, authority=link.tenancy
    )
    return page, 422 if request.method == "POST" else 200
