"""The provider arranges a meeting, records it, and how it ended."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from typing import Any

from flask import current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from saas.config import Settings
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.reference.today import LONDON
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check
from saas.web.field_shapes import choices
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.casework import actions as casework
from tenants.casework.arrangement import arrangement
from tenants.casework.case_view import CaseView
from tenants.casework.forms import CaseForm, DayForm
from tenants.casework.kinds import (
    HEALTH_ONLY,
    WORDS,
    DelayCause,
    FactKind,
    Side,
)
from tenants.casework.provider.pages import act_page, the_actor, the_case
from tenants.mediation import actions
from tenants.mediation.days_to_meet import asks_about
from tenants.mediation.forms import (
    AppointForm,
    CancelForm,
    FixForm,
    HealthForm,
    InformForm,
    OfferForm,
    SideAnswerForm,
)
from tenants.mediation.page import meetings_shown, offer_choices
from tenants.mediation.queries import candidates, participants

pages = DoorPages("provider_mediation", __name__, door=Door.PROVIDER, url_prefix="/provider")

CASE = "/<authority>/cases/<uuid:case_id>/meetings"
ANSWER_OF = {
    Side.FAMILY: "The family's",
    Side.AUTHORITY: "The local authority's",
    Side.HEALTH: "The ICB's",
}


def to_page(case_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(
        url_for("provider_mediation.meetings", authority=the_tenancy().slug, case_id=case_id)
    )


def meeting_act(
    view: CaseView,
    form: CaseForm,
    template: str,
    act: Callable[[], object],
    done: str,
    start: Callable[[], None] = lambda: None,
    check: Callable[[], Check | None] = lambda: None,
    **shown: Any,
) -> ResponseReturnValue:
    """An act of the meetings' page, to which it goes back."""

    def go_on() -> ResponseReturnValue:
        flash(done)
        return to_page(view.id)

    return act_page(
        view, form, template, act, done=done, start=start, go_on=go_on, check=check, **shown
    )


@pages.page(CASE, permission=Permission.SEE_APPOINTED_CASES)
def meetings(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    person = the_person()
    return render_template(
        "tenants/mediation/provider.html",
        view=view,
        **meetings_shown(view.record),
        participants=participants(session, case_id),
        may_record=person.may(Permission.ARRANGE_MEETINGS) and view.position.is_open,
        may_appoint=person.may(Permission.RECORD_CASES) and view.position.is_open,
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )


@pages.page(f"{CASE}/appointment", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def appointment(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Only those against whom nothing stands can be chosen; the others are listed with why."""
    view = the_case(session, case_id)
    found = candidates(session, case_id, view.record.service, today())
    form = AppointForm()
    form.person.choices = choices(
        (
            str(c.member.person_id),
            f"{c.member.name} ({c.load} open {'case' if c.load == 1 else 'cases'}"
            f"{'' if c.near else '; usually works elsewhere'}"
            f"{f'; {c.member.languages}' if c.member.languages else ''})",
        )
        for c in found
        if not c.against
    )
    return meeting_act(
        view,
        form,
        "tenants/mediation/appoint.html",
        lambda: actions.appoint(
            session,
            case_id,
            uuid.UUID(form.person.data),
            on=today(),
            by=the_actor(),
            today=today(),
        ),
        "Appointed. They see the case from now on.",
        barred=[c for c in found if c.against],
        free=[c for c in found if not c.against],
    )


@pages.page(f"{CASE}/authority-told", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def authority_told(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """K5: sources differ on whose telling starts the 30 days, so both days are kept."""
    view = the_case(session, case_id)
    form = InformForm()
    return meeting_act(
        view,
        form,
        "tenants/mediation/authority_told.html",
        lambda: actions.inform_authority(
            session,
            case_id,
            family_on=form.family_on.data,
            adviser_on=form.adviser_on.data,
            by=the_actor(),
            today=today(),
        ),
        "It is recorded when the authority was told.",
        lambda: form.adviser_on.process_data(today()),
    )


DAYS = {
    "health": (
        FactKind.HEALTH_TOLD_AUTHORITY,
        "Record that health is an issue",
        "When the family told the authority that health is an issue. The authority then tells the"
        " integrated care board (ICB) within 3 working days.",
    ),
    "icb": (
        FactKind.AUTHORITY_TOLD_ICB,
        "Record that the ICB was told",
        "When the authority told the integrated care board (ICB).",
    ),
    "icb-told": (
        FactKind.ICB_TOLD_AUTHORITY,
        "Record that the ICB told the authority",
        "When the integrated care board (ICB) told the authority what was agreed. It must do so"
        " within a week, because the authority took no part in the mediation.",
    ),
    "not-arranged": (
        FactKind.AUTHORITY_CANNOT_ARRANGE,
        "Record that the authority cannot arrange it",
        "When the authority said that it cannot arrange mediation within 30 days. The certificate"
        " is then due within 3 working days, and the family may appeal.",
    ),
}


def before_not_arranged(view: CaseView) -> Check:
    """K8 ends the mediation, so it is asked once more."""
    follows = ["No meeting is arranged any more, and the dates that were offered count no more."]
    if view.record.certificate_needed:
        follows.append(
            "You issue the certificate within 3 working days, and the family may appeal: it then"
            " has at least one month."
        )
    follows += [
        f"{the_tenancy().name}, the family and the mediator are told.",
        "If it is a mistake, take it back in the timeline of the case before the certificate is"
        " issued.",
    ]
    return Check(
        "Can the authority really not arrange it within 30 days?", follows, "Yes, record it"
    )


@pages.page(
    f"{CASE}/days/<any(health, icb, 'icb-told', 'not-arranged'):what>",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def day(session: ScopedSession, case_id: uuid.UUID, what: str) -> ResponseReturnValue:
    """One day on which something happened that needs no more words."""
    view = the_case(session, case_id)
    kind, heading, lead = DAYS[what]
    form = HealthForm() if what == "health" else DayForm()

    def start() -> None:
        form.on.process_data(today())
        if isinstance(form, HealthForm) and view.case.sections:
            # Sections C and G of a plan are health needs and health provision.
            form.only.process_data("yes" if set(view.case.sections) <= set("CG") else "no")

    def act() -> None:
        only = isinstance(form, HealthForm) and form.only.data == "yes"
        casework.add_fact(
            session,
            case_id,
            kind,
            form.on.data,
            value=HEALTH_ONLY if only else None,
            by=the_actor(),
            today=today(),
        )

    return meeting_act(
        view,
        form,
        "tenants/mediation/day.html",
        act,
        "It is recorded.",
        start,
        lambda: before_not_arranged(view) if what == "not-arranged" else None,
        heading=heading,
        lead=lead,
    )


@pages.page(f"{CASE}/dates", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST"))
def dates(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = OfferForm()
    return meeting_act(
        view,
        form,
        "tenants/mediation/dates.html",
        lambda: actions.offer_dates(
            session,
            case_id,
            form.offered(),
            by=the_actor(),
            today=today(),
        ),
        "The dates are offered. Both sides are asked for an answer.",
        check=lambda: asks_about(view.record, form.offered(), button="Offer these dates"),
    )


@pages.page(f"{CASE}/answers", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST"))
def answers(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = SideAnswerForm()
    form.side.choices = choices((side.value, ANSWER_OF[side]) for side in view.record.answering)
    form.can.choices = offer_choices(view.record, today())
    return meeting_act(
        view,
        form,
        "tenants/mediation/answers.html",
        lambda: actions.answer_dates(
            session,
            case_id,
            Side(form.side.data),
            form.can.data or (),
            by=the_actor(),
            today=today(),
        ),
        "The answer is recorded.",
    )


@pages.page(f"{CASE}/fixing", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST"))
def fixing(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = FixForm()
    shown = arrangement(view.record)

    def start() -> None:
        form.fixed_on.process_data(today())
        suits = next((o for o in shown.offers if o.suits_both and o.on >= today()), None)
        if suits:
            form.meeting_on.process_data(suits.on)
            form.time.process_data(suits.time)

    return meeting_act(
        view,
        form,
        "tenants/mediation/fix.html",
        lambda: actions.fix_meeting(
            session,
            case_id,
            fixed_on=form.fixed_on.data,
            meeting_on=form.meeting_on.data,
            time=form.time.data or "",
            place=form.place.data or "",
            video_link=form.video_link.data or "",
            consented_by=form.consented_by.data or "",
            by=the_actor(),
            today=today(),
        ),
        "The meeting is fixed.",
        start,
        lambda: asks_about(
            view.record,
            [(form.meeting_on.data, form.time.data or "")],
            button="Fix the meeting",
        ),
        due=shown.due,
        fixed=shown.fixed,
    )


@pages.page(f"{CASE}/cancellation", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST"))
def cancellation(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    fixed = arrangement(view.record).fixed
    if fixed is None:
        flash("No meeting is fixed.")
        return to_page(case_id)
    form = CancelForm()
    settings: Settings = current_app.extensions["settings"]

    def start() -> None:
        form.on.process_data(today())
        form.time.process_data(f"{now().astimezone(LONDON):%H:%M}")

    return meeting_act(
        view,
        form,
        "tenants/mediation/cancel.html",
        lambda: actions.cancel_meeting(
            session,
            case_id,
            cancelled_at=dt.datetime.combine(
                form.on.data, dt.time.fromisoformat(form.time.data or "09:00")
            ),
            cancelled_by=DelayCause(form.cancelled_by.data),
            reason=form.reason.data or "",
            late_working_days=settings.late_cancellation_working_days,
            by=the_actor(),
            today=today(),
        ),
        "The cancellation is recorded.",
        start,
        fixed=fixed,
    )
