"""Complaints, as the provider records, acknowledges and answers them."""

from __future__ import annotations

import uuid

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.field_shapes import blank_first
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import today
from tenants.casework.provider.pages import the_actor
from tenants.casework.record import RuleBroken
from tenants.feedback import complaints
from tenants.feedback.complaint_forms import (
    AcknowledgementForm,
    AnswerForm,
    ComplaintForm,
    WhoseComplaintForm,
)
from tenants.feedback.complaint_rules import ABOUT_WORDS, ENDING_WORDS, About, Ending
from tenants.feedback.forms import PARTICIPANT_CHOICES
from tenants.feedback.models import Complaint, Participant, Way
from tenants.subscribers.queries import all_tenancies

pages = DoorPages("provider_complaints", __name__, door=Door.PROVIDER, url_prefix="/provider")

WORDS = {
    "about": {key.value: words for key, words in ABOUT_WORDS.items()},
    "ending": {key.value: words for key, words in ENDING_WORDS.items()},
    "from": dict(PARTICIPANT_CHOICES),
    "way": {
        Way.RECORDED.value: "Recorded by us",
        Way.FAMILY.value: "Written on the family's own page",
        Way.PUBLIC.value: "Written at the front door",
    },
}


def complaint_address(authority: str, complaint_id: uuid.UUID) -> str:
    """The whole address of a complaint's page, for an e-mail."""
    settings = current_app.extensions["settings"]
    base = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
    values = {"authority": authority, "complaint_id": complaint_id}
    path = current_app.url_map.bind("").build("provider_complaints.complaint", values)
    return f"{base}{path}"


@pages.page("/complaints", permission=Permission.HANDLE_COMPLAINTS)
def every_complaint(session: ScopedSession) -> ResponseReturnValue:
    """The complaints of every authority: those that wait for an answer, or the answered ones."""
    waiting = request.args.get("view") != "answered"
    number = requested_page()
    rows, total = complaints.complaint_lines(
        session, waiting=waiting, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1
    )
    return render_template(
        "tenants/feedback/complaints.html",
        page=paginate(rows, number=number, total=total),
        waiting=waiting,
        words=WORDS,
        may_handle_incidents=the_person().may(Permission.HANDLE_INCIDENTS),
        today=today(),
    )


@pages.page("/complaints/new", permission=Permission.HANDLE_COMPLAINTS)
def whose_complaint(session: ScopedSession) -> ResponseReturnValue:
    """Choose the authority whose service the complaint is about."""
    form = WhoseComplaintForm(request.args, meta={"csrf": False})
    form.authority.choices = blank_first(
        ((one.slug, one.name) for one in all_tenancies(session)), "Choose"
    )
    asked = "authority" in request.args
    if asked and form.validate():
        return redirect(url_for("provider_complaints.new_complaint", authority=form.authority.data))
    return render_template(
        "tenants/feedback/whose_complaint.html", form=form
    ), 422 if asked else 200


@pages.page(
    "/<authority>/complaints/new",
    permission=Permission.HANDLE_COMPLAINTS,
    methods=("GET", "POST"),
)
def new_complaint(session: ScopedSession) -> ResponseReturnValue:
    """Record a complaint."""
    form = ComplaintForm()
    if request.method == "GET":
        form.received_on.process_data(today())
    elif form.validate():
        try:
            row = complaints.record_complaint(
                session,
                received_on=form.received_on.data,
                from_whom=Participant(form.from_whom.data),
                about=About(form.about.data),
                words=form.words.data or "",
                case_reference=form.case_reference.data or "",
                by=the_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The complaint is recorded.")
            return _to(row.id)
    page = render_template(
        "tenants/feedback/new_complaint.html", form=form, authority=the_tenancy(), today=today()
    )
    return page, 422 if form.errors else 200


@pages.page("/<authority>/complaints/<uuid:complaint_id>", permission=Permission.HANDLE_COMPLAINTS)
def complaint(session: ScopedSession, complaint_id: uuid.UUID) -> ResponseReturnValue:
    """One complaint: what was said, its times, what was done."""
    found = _found(session, complaint_id)
    acknowledgement, answering = AcknowledgementForm(), AnswerForm()
    acknowledgement.acknowledged_on.process_data(today())
    answering.answered_on.process_data(today())
    return _page(session, found, acknowledgement, answering)


@pages.page(
    "/<authority>/complaints/<uuid:complaint_id>/acknowledgement",
    permission=Permission.HANDLE_COMPLAINTS,
    methods=("POST",),
)
def acknowledge(session: ScopedSession, complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Record that it was acknowledged."""
    found = _found(session, complaint_id)
    form = AcknowledgementForm()
    if form.validate():
        try:
            complaints.acknowledge(
                session, found, on=form.acknowledged_on.data, by=the_actor(), today=today()
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The acknowledgement is recorded.")
            return _to(found.id)
    answering = AnswerForm(formdata=None)
    answering.answered_on.process_data(today())
    return _page(session, found, form, answering), 422


@pages.page(
    "/<authority>/complaints/<uuid:complaint_id>/answer",
    permission=Permission.HANDLE_COMPLAINTS,
    methods=("POST",),
)
def answer(session: ScopedSession, complaint_id: uuid.UUID) -> ResponseReturnValue:
    """Record how it was answered."""
    found = _found(session, complaint_id)
    form = AnswerForm()
    if form.validate():
        try:
            complaints.answer(
                session,
                found,
                on=form.answered_on.data,
                ending=Ending(form.ending.data),
                words=form.answer.data or "",
                by=the_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The answer is recorded.")
            return _to(found.id)
    acknowledgement = AcknowledgementForm(formdata=None)
    acknowledgement.acknowledged_on.process_data(today())
    return _page(session, found, acknowledgement, form), 422


def _found(session: ScopedSession, complaint_id: uuid.UUID) -> Complaint:
    found = complaints.find_complaint(session, complaint_id)
    if found is None:
        abort(404)
    return found


def _to(complaint_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(
        url_for(
            "provider_complaints.complaint",
            authority=the_tenancy().slug,
            complaint_id=complaint_id,
        )
    )


def _page(
    session: ScopedSession,
    found: Complaint,
    acknowledgement: AcknowledgementForm,
    answering: AnswerForm,
) -> str:
    return render_template(
        "tenants/feedback/complaint.html",
        complaint=found,
        dates=found.dates,
        case_reference=complaints.reference_of(session, found),
        acknowledgement=acknowledgement,
        answering=answering,
        authority=the_tenancy(),
        words=WORDS,
        today=today(),
    )
