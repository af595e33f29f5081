"""A family says by its personal link which of the dates offered suit it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.today import now, today
from tenants.casework.arrangement import arrangement
from tenants.casework.family.pages import pages
from tenants.casework.family_view import NotTheirCaseError, family_view, name_of
from tenants.casework.kinds import Side
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.casework.rows import Actor
from tenants.mediation import actions
from tenants.mediation.forms import AnswerForm
from tenants.mediation.page import offer_choices


@pages.page("/<token>/dates", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST"))
def dates(session: ScopedSession) -> ResponseReturnValue:
    """The dates to come; back to the case while none is offered or a meeting is fixed."""
    link = the_link()
    try:
        view = family_view(session, link.tenancy.name)
    except NotTheirCaseError:
        abort(404)
    record = load_record(session, view.id)
    form = AnswerForm()
    form.can.choices = offer_choices(record, today())
    now_stands = arrangement(record)
    if not form.can.choices or now_stands.fixed is not None:
        return redirect(url_for("family_case.case"))
    if request.method == "GET":
        form.can.process_data([o.id for o in now_stands.offers if o.answer(Side.FAMILY)])
    elif form.validate():
        try:
            actions.answer_dates(
                session,
                view.id,
                Side.FAMILY,
                form.can.data or (),
                by=Actor(id=None, name=name_of(session, link.party_id) or "The family", at=now()),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("Thank you. We tell you when a date is fixed.")
            return redirect(url_for("family_case.case"))
    page = render_template(
        "tenants/mediation/family_dates.html", form=form, view=view, authority=link.tenancy
    )
    return page, 422 if request.method == "POST" else 200
