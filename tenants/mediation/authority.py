"""The authority sees the meeting's arrangement and does its part in it."""

from __future__ import annotations

import uuid

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check
from saas.web.frame import Door
from saas.web.today import today
from tenants.agreements.text import times_of
from tenants.casework.arrangement import arrangement
from tenants.casework.authority.own_case import act_page, the_officer
from tenants.casework.authority.pages import the_case
from tenants.casework.forms import DayForm
from tenants.casework.kinds import WORDS, Side
from tenants.casework.page_parts import part_of_page
from tenants.law.decisions import STEP_KINDS
from tenants.mediation import actions
from tenants.mediation.days_to_meet import asks_about, none_suits
from tenants.mediation.forms import AnswerForm, CompanionForm, OfferForm, RepresentativeForm
from tenants.mediation.page import meetings_shown, offer_choices
from tenants.mediation.queries import participants

pages = DoorPages("authority_mediation", __name__, door=Door.AUTHORITY, url_prefix="/authority")

CASE = "/cases/<uuid:case_id>/meetings"


@pages.page(CASE, permission=Permission.SEE_OWN_CASES)
def meetings(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    return render_template(
        "tenants/mediation/authority.html",
        view=view,
        **meetings_shown(view.record),
        **part_of_page(Door.AUTHORITY, "tasks", session, case_id),
        participants=participants(session, case_id),
        may_act=the_person().may(Permission.ACT_ON_OWN_CASES) and view.position.is_open,
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )


@pages.page(f"{CASE}/sheet", permission=Permission.SEE_OWN_CASES)
def sheet(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """One page for who comes to the meeting for the authority, to be printed and taken along."""
    view = the_case(session, case_id)
    now = arrangement(view.record)
    if now.fixed is None:
        flash("There is no sheet yet: no day is fixed for a meeting.")
        return redirect(url_for("authority_mediation.meetings", case_id=case_id))
    return render_template(
        "tenants/mediation/authority_sheet.html",
        view=view,
        now=now,
        participants=participants(session, case_id),
        steps=[(words, times_of(kind, now.fixed.meeting_on)) for kind, words in STEP_KINDS.items()],
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )


@pages.page(
    f"{CASE}/representative", permission=Permission.ACT_ON_OWN_CASES, methods=("GET", "POST")
)
def name_them(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Whoever comes must have the power to decide; the authority declares that it is so."""
    view = the_case(session, case_id)
    form = RepresentativeForm()
    return act_page(
        "tenants/mediation/authority_representative.html",
        view,
        form,
        lambda: actions.name_representative(
            session,
            case_id,
            name=form.name.data or "",
            role=form.role.data or "",
            may_decide=form.may_decide.data,
            by=the_officer(),
            today=today(),
        ),
        done="Your representative is named.",
    )


@pages.page(f"{CASE}/dates", permission=Permission.ACT_ON_OWN_CASES, methods=("GET", "POST"))
def offer(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Dates on which the authority's people can meet: the family is asked about them."""
    view = the_case(session, case_id)
    form = OfferForm()
    return act_page(
        "tenants/mediation/authority_offer.html",
        view,
        form,
        lambda: actions.offer_dates(
            session,
            case_id,
            form.offered(),
            side=Side.AUTHORITY,
            by=the_officer(),
            today=today(),
        ),
        done="Your dates are offered. The family is asked which of them suit.",
        check=lambda: asks_about(view.record, form.offered(), button="Offer these dates"),
        due=arrangement(view.record).due,
    )


@pages.page(f"{CASE}/answer", permission=Permission.ACT_ON_OWN_CASES, methods=("GET", "POST"))
def answer(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = AnswerForm()
    form.can.choices = offer_choices(view.record, today())
    if not form.can.choices:
        flash("There are no dates to answer now.")
        return redirect(url_for("authority_mediation.meetings", case_id=case_id))
    if request.method == "GET":
        said = {o.id for o in arrangement(view.record).offers if o.answer(Side.AUTHORITY)}
        form.can.process_data(sorted(said))
    return act_page(
        "tenants/mediation/authority_answer.html",
        view,
        form,
        lambda: actions.answer_dates(
            session,
            case_id,
            Side.AUTHORITY,
            form.can.data or (),
            by=the_officer(),
            today=today(),
        ),
        done="Your answer is sent.",
        check=lambda: none_suits(form.can.data or ()),
    )


@pages.page(f"{CASE}/participants", permission=Permission.ACT_ON_OWN_CASES, methods=("GET", "POST"))
def companion(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Whom the authority brings beside its representative."""
    view = the_case(session, case_id)
    form = CompanionForm()
    return act_page(
        "tenants/mediation/authority_companion.html",
        view,
        form,
        lambda: actions.add_participant(
            session,
            case_id,
            side=Side.AUTHORITY,
            name=form.name.data or "",
            role=form.role.data or "",
            by=the_officer(),
        ),
        done="They are on the list of those who take part.",
    )


@pages.page(f"{CASE}/not-arranged", permission=Permission.ACT_ON_OWN_CASES, methods=("GET", "POST"))
def not_arranged(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """SEND Regs 2014 reg 39: the adviser is told, and issues the certificate."""
    view = the_case(session, case_id)
    form = DayForm()
    form.on.label.text = "Date on which you tell us"
    if request.method == "GET":
        form.on.process_data(today())
    return act_page(
        "tenants/mediation/authority_not_arranged.html",
        view,
        form,
        lambda: actions.cannot_arrange(
            session, case_id, on=form.on.data, by=the_officer(), today=today()
        ),
        done="The mediation adviser knows. The family gets a certificate and may appeal.",
        check=lambda: Check(
            "Can you really not arrange it within 30 days?",
            [
                "No meeting is arranged any more, and the dates that were offered count no more.",
                "The family gets a certificate within 3 working days and may appeal.",
                "The mediation adviser and the family are told now.",
            ],
            "Yes, tell the adviser",
        ),
    )
