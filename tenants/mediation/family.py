"""A family says by its personal link which of the dates offered suit it, and who comes with it."""

from __future__ import annotations

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.checking import check_page, is_checked
from saas.web.today import now, today
from tenants.casework.arrangement import arrangement
from tenants.casework.family.pages import pages
from tenants.casework.family_view import FamilyView, NotTheirCaseError, family_view, name_of
from tenants.casework.kinds import Side, Stage
from tenants.casework.queries import load_record
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.mediation import actions
from tenants.mediation.days_to_meet import none_suits
from tenants.mediation.forms import AnswerForm, CompanionForm
from tenants.mediation.page import offer_choices
from tenants.mediation.queries import participants


def _who(session: ScopedSession) -> Actor:
    """Who holds the link, as what they say will name them."""
    return Actor(id=None, name=name_of(session, the_link().party_id) or "The family", at=now())


def _their_case(session: ScopedSession) -> FamilyView:
    try:
        return family_view(session, the_link().tenancy.name)
    except NotTheirCaseError:
        abort(404)


@pages.page("/<token>/who-comes", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST"))
def who_comes(session: ScopedSession) -> ResponseReturnValue:
    """Whom the family brings: its own choice (Kumar v LB Hillingdon [2020] EWHC 3362 (Admin))."""
    view = _their_case(session)
    form = CompanionForm()
    if request.method == "POST" and form.validate():
        try:
            actions.add_participant(
                session,
                view.id,
                side=Side.FAMILY,
                name=form.name.data or "",
                role=form.role.data or "",
                by=_who(session),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash(_("%(name)s is on the list. They may come with you.", name=form.name.data))
            return redirect(url_for("family_case.who_comes"))
    page = render_template(
        "tenants/mediation/family_who_comes.html",
        form=form,
        view=view,
        coming=[p for p in participants(session, view.id) if p.side == Side.FAMILY],
        is_open=view.stage is not Stage.CLOSED,
        authority=the_link().tenancy,
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/<token>/dates", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST"))
def dates(session: ScopedSession) -> ResponseReturnValue:
    """The dates to come; back to the case while none is offered or a meeting is fixed."""
    link = the_link()
    view = _their_case(session)
    record = load_record(session, view.id)
    form = AnswerForm()
    form.can.choices = offer_choices(record, today())
    now_stands = arrangement(record)
    if not form.can.choices or now_stands.fixed is not None:
        return redirect(url_for("family_case.case"))
    if request.method == "GET":
        form.can.process_data([o.id for o in now_stands.offers if o.answer(Side.FAMILY)])
    elif form.validate():
        asked = None if is_checked() else none_suits(form.can.data or ())
        if asked is not None:
            return check_page(asked)
        try:
            actions.answer_dates(
                session,
                view.id,
                Side.FAMILY,
                form.can.data or (),
                by=_who(session),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash(_("Thank you. We tell you when a date is fixed."))
            return redirect(url_for("family_case.case"))
    page = render_template(
        "tenants/mediation/family_dates.html", form=form, view=view, authority=link.tenancy
    )
    return page, 422 if request.method == "POST" else 200
