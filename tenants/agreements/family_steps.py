"""A family says that an agreed step was not done; the provider says that it asked about it."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.field_shapes import button, text_field
from saas.web.today import today
from tenants.agreements.step_reports import deal_with_report, say_not_done
from tenants.casework.family.pages import pages as family_pages
from tenants.casework.family.pages import the_family_member
from tenants.casework.forms import CaseForm
from tenants.casework.models import AgreedStep
from tenants.casework.provider.pages import pages as provider_pages
from tenants.casework.provider.pages import the_actor, the_case, to_case
from tenants.casework.record import RuleBroken


class NotDoneForm(CaseForm):
    words = text_field(
        later("What is missing? (optional)"),
        hint=later("Only we read it. The others are not shown your words."),
        longest=2000,
    )
    submit = button(later("Tell us that it was not done"))


@family_pages.page(
    "/<token>/steps/<uuid:step_id>/not-done",
    permission=Permission.BY_PERSONAL_LINK,
    methods=("GET", "POST"),
)
def step_not_done(session: ScopedSession, step_id: uuid.UUID) -> ResponseReturnValue:
    """What was agreed and is late: we ask about it."""
    step = session.get(AgreedStep, (session.tenant, step_id))
    if step is None:
        abort(404)
    form = NotDoneForm()
    if request.method == "POST" and form.validate():
        try:
            say_not_done(
                session,
                step.case_id,
                step_id,
                party_id=the_link().party_id,
                words=form.words.data or "",
                by=the_family_member(session),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash(_("Thank you. We ask about this step and tell you what we hear."))
            return redirect(url_for("family_case.case"))
    page = render_template("tenants/agreements/family_step.html", form=form, step=step)
    return page, 422 if request.method == "POST" else 200


# What the rules refuse on this page, for the catalogues.
REFUSED = (
    later("This is no step of somebody else in your agreement"),
    later("We have recorded that this step is done. Call us if it is not"),
    later("There is still time for this step"),
    later("You told us already. We are asking about it"),
)


@provider_pages.page(
    "/<authority>/cases/<uuid:case_id>/step-reports/<uuid:report_id>/dealt-with",
    permission=Permission.RECORD_CASES,
    methods=("POST",),
)
def step_report_dealt_with(
    session: ScopedSession, case_id: uuid.UUID, report_id: uuid.UUID
) -> ResponseReturnValue:
    """Somebody asked about the step, and told the family."""
    the_case(session, case_id)
    try:
        deal_with_report(session, case_id, report_id, by=the_actor())
    except RuleBroken:
        abort(404)
    flash("It is recorded that you asked about this step.")
    return to_case(case_id)
