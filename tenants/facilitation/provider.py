"""The provider arranges a facilitated meeting and follows its action points."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.frame import Door
from saas.web.today import today
from tenants.casework.case_view import CaseView
from tenants.casework.kinds import WORDS, FactKind, Service, Side
from tenants.casework.provider.pages import act_page, the_actor, the_case
from tenants.casework.record import RuleBroken
from tenants.facilitation import actions
from tenants.facilitation.forms import (
    ActionPointForm,
    DoneForm,
    InviteeForm,
    MeetingForm,
    PaperForm,
)
from tenants.facilitation.models import MEETING_WORDS, ActionPoint, MeetingType, PaperKind
from tenants.facilitation.queries import facilitation_view

pages = DoorPages("provider_facilitation", __name__, door=Door.PROVIDER, url_prefix="/provider")

PAPER_PAGES = {
    PaperKind.AGENDA: "tenants/facilitation/agenda.html",
    PaperKind.SUMMARY: "tenants/facilitation/summary.html",
}
CASE = "/<authority>/cases/<uuid:case_id>/facilitation"


def _case(session: ScopedSession, case_id: uuid.UUID) -> CaseView:
    view = the_case(session, case_id)
    if view.record.service is not Service.FACILITATION:
        abort(404)
    return view


def _to_page(case_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(
        url_for("provider_facilitation.facilitation", authority=the_tenancy().slug, case_id=case_id)
    )


@pages.page(CASE, permission=Permission.SEE_APPOINTED_CASES)
def facilitation(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    return render_template(
        "tenants/facilitation/provider.html",
        view=_case(session, case_id),
        meeting=facilitation_view(session, case_id),
        meeting_words=MEETING_WORDS,
        may_record=the_person().may(Permission.RECORD_CASES),
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )


@pages.page(f"{CASE}/meeting", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def meeting(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = _case(session, case_id)
    form = MeetingForm(obj=facilitation_view(session, case_id).meeting)
    return act_page(
        view,
        form,
        "tenants/facilitation/meeting.html",
        lambda: actions.describe_meeting(
            session,
            case_id,
            meeting_type=MeetingType(form.meeting_type.data),
            purpose=form.purpose.data or "",
            requested_by=form.requested_by.data or "",
            requested_by_side=Side(form.requested_by_side.data),
            by=the_actor(),
        ),
        done="",
        go_on=lambda: _to_page(case_id),
    )


@pages.page(f"{CASE}/invitees", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def invitees(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = _case(session, case_id)
    form = InviteeForm()
    return act_page(
        view,
        form,
        "tenants/facilitation/invitee.html",
        lambda: actions.invite(
            session,
            case_id,
            name=form.name.data or "",
            role=form.role.data or "",
            side=Side(form.side.data),
            email=form.email.data or None,
            by=the_actor(),
        ),
        done="",
        go_on=lambda: _to_page(case_id),
    )


@pages.page(
    f"{CASE}/invitees/<uuid:invitee_id>/answer",
    permission=Permission.RECORD_CASES,
    methods=("POST",),
)
def invitee_answer(
    session: ScopedSession, case_id: uuid.UUID, invitee_id: uuid.UUID
) -> ResponseReturnValue:
    _case(session, case_id)
    try:
        actions.answer_invitation(
            session, case_id, invitee_id, coming=request.form.get("coming") == "yes"
        )
    except RuleBroken:
        abort(404)
    return _to_page(case_id)


def _paper(session: ScopedSession, case_id: uuid.UUID, kind: PaperKind) -> ResponseReturnValue:
    view = _case(session, case_id)
    newest = facilitation_view(session, case_id).newest(kind)
    form = PaperForm()

    def start() -> None:
        form.agreed_on.process_data(today())
        form.text.data = newest.text if newest else ""

    def keep() -> None:
        actions.write_paper(
            session,
            case_id,
            kind,
            text=form.text.data or "",
            share=form.share.data == "share",
            on=form.agreed_on.data,
            by=the_actor(),
            today=today(),
        )
        flash("It is shared with everyone." if form.share.data == "share" else "Kept as a draft.")

    return act_page(
        view,
        form,
        PAPER_PAGES[kind],
        keep,
        start=start,
        done="",
        go_on=lambda: _to_page(case_id),
    )


@pages.page(f"{CASE}/agenda", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def agenda(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    return _paper(session, case_id, PaperKind.AGENDA)


@pages.page(f"{CASE}/summary", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def summary(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    return _paper(session, case_id, PaperKind.SUMMARY)


@pages.page(f"{CASE}/action-points", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def action_points(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = _case(session, case_id)
    form = ActionPointForm()
    held = view.record.last(FactKind.MEETING_HELD)
    return act_page(
        view,
        form,
        "tenants/facilitation/action_point.html",
        lambda: actions.take_on(
            session,
            case_id,
            what=form.what.data or "",
            who=form.who.data or "",
            side=Side(form.side.data),
            agreed_on=form.agreed_on.data,
            due_on=form.due_on.data,
            by=the_actor(),
        ),
        start=lambda: form.agreed_on.process_data(held.on if held else today()),
        done="",
        go_on=lambda: _to_page(case_id),
    )


@pages.page(
    f"{CASE}/action-points/<uuid:point_id>/done",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def action_point_done(
    session: ScopedSession, case_id: uuid.UUID, point_id: uuid.UUID
) -> ResponseReturnValue:
    view = _case(session, case_id)
    point = session.get(ActionPoint, (session.tenant, point_id))
    if point is None or point.case_id != case_id:
        abort(404)
    form = DoneForm()
    return act_page(
        view,
        form,
        "tenants/facilitation/action_point_done.html",
        lambda: actions.action_point_done(
            session,
            case_id,
            point_id,
            on=form.done_on.data,
            by=the_actor(),
            today=today(),
        ),
        start=lambda: form.done_on.process_data(today()),
        done="",
        go_on=lambda: _to_page(case_id),
        point=point,
    )
