"""Breaches on two doors: the provider records them, an authority reads its own."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_tenancy
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now
from tenants.casework.record import RuleBroken
from tenants.incidents import actions
from tenants.incidents.clock import BreachClock, clock_of
from tenants.incidents.forms import FollowUpForm, IncidentForm, LessonForm
from tenants.incidents.models import KINDS, Incident
from tenants.subscribers.queries import all_tenancies

provider = DoorPages("provider_incidents", __name__, door=Door.PROVIDER, url_prefix="/provider")
authority = DoorPages(
    "authority_incidents", __name__, door=Door.AUTHORITY, url_prefix="/authority/incidents"
)
GET_AND_POST = ("GET", "POST")
ONE = "/<authority>/incidents/<uuid:incident_id>"
STATES = {
    "running": "hours left",
    "late": "hours late",
    "told": "Told in time",
    "told late": "Told late",
    "not to tell": "Need not be told",
}


def _clock(incident: Incident) -> BreachClock:
    return clock_of(
        incident.aware_at,
        told_at=incident.commissioner_told_at,
        not_to_tell=bool(incident.no_risk_because),
        now=now(),
    )


def clock_words(incident: Incident) -> str:
    """How the 72 hours stand, in a few words."""
    clock = _clock(incident)
    said = STATES[clock.state]
    return f"{clock.hours} {said}" if clock.state in ("running", "late") else said


_WORDS = {"clock_of": _clock, "clock_words": clock_words, "kinds": KINDS}


@provider.page("/incidents", permission=Permission.HANDLE_INCIDENTS)
def every_incident(session: ScopedSession) -> ResponseReturnValue:
    """The breaches of every authority's data, the latest first."""
    number, only_open = requested_page(), request.args.get("view") != "all"
    found = actions.incidents_of(
        session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1, open_only=only_open
    )
    places = all_tenancies(session)
    return render_template(
        "tenants/incidents/every_incident.html",
        page=paginate(found, number=number),
        only_open=only_open,
        places={one.id: one for one in places},
        in_order=places,
        **_WORDS,
    )


@provider.page(
    "/<authority>/incidents/new", permission=Permission.HANDLE_INCIDENTS, methods=GET_AND_POST
)
def new_incident(session: ScopedSession) -> ResponseReturnValue:
    form, tenancy = IncidentForm(), the_tenancy()
    if form.validate_on_submit():
        happened, aware = form.moment("happened"), form.moment("aware")
        assert happened is not None
        assert aware is not None
        try:
            made = actions.record_incident(
                session,
                happened_at=happened,
                aware_at=aware,
                kind=form.kind.data,
                words=form.words.data or "",
                people=form.people.data or 0,
                at=now(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The breach is written down. The clock of 72 hours runs.")
            return redirect(
                url_for("provider_incidents.incident", authority=tenancy.slug, incident_id=made.id)
            )
    page = render_template("tenants/incidents/new_incident.html", form=form, authority=tenancy)
    return (page, 422) if form.errors else page


@provider.page(ONE, permission=Permission.HANDLE_INCIDENTS, methods=GET_AND_POST)
def incident(session: ScopedSession, incident_id: uuid.UUID) -> ResponseReturnValue:
    """One breach: what is known, who was told, and its clock."""
    found = _found(session, incident_id)
    form = FollowUpForm() if request.method == "POST" else FollowUpForm.of(found)
    if form.validate_on_submit():
        try:
            actions.follow_up(
                session,
                found,
                words=form.words.data or "",
                people=form.people.data or 0,
                commissioner_told_at=form.moment("commissioner_told"),
                commissioner_reference=form.commissioner_reference.data or "",
                no_risk_because=form.no_risk_because.data or "",
                late_because=form.late_because.data or "",
                authority_told_at=form.moment("authority_told"),
                people_told_at=form.moment("people_told"),
                at=now(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("It is recorded.")
            return _to(found)
    return _incident_page(found, form, LessonForm(formdata=None))


@provider.page(f"{ONE}/close", permission=Permission.HANDLE_INCIDENTS, methods=("POST",))
def close_incident(session: ScopedSession, incident_id: uuid.UUID) -> ResponseReturnValue:
    found, form = _found(session, incident_id), LessonForm()
    if form.validate():
        try:
            actions.close(session, found, form.lesson.data or "", at=now())
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The breach is closed.")
            return _to(found)
    return _incident_page(found, FollowUpForm.of(found), form)


@provider.page(f"{ONE}/open", permission=Permission.HANDLE_INCIDENTS, methods=("POST",))
def open_incident(session: ScopedSession, incident_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(session, incident_id)
    actions.open_again(session, found, at=now())
    flash("The breach is open again.")
    return _to(found)


@authority.page("", permission=Permission.SEE_OWN_TRAIL)
def incidents(session: ScopedSession) -> ResponseReturnValue:
    """The breaches of the authority's own data, with all that was recorded of them."""
    number = requested_page()
    found = actions.incidents_of(session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/incidents/own_incidents.html", page=paginate(found, number=number), **_WORDS
    )


def _incident_page(found: Incident, form: FollowUpForm, closing: LessonForm) -> ResponseReturnValue:
    page = render_template(
        "tenants/incidents/incident.html",
        incident=found,
        clock=_clock(found),
        form=form,
        closing=closing,
        authority=the_tenancy(),
        **_WORDS,
    )
    return (page, 422) if form.errors or closing.errors else page


def _found(session: ScopedSession, incident_id: uuid.UUID) -> Incident:
    found = session.get(Incident, (session.tenant, incident_id))
    if found is None:
        abort(404)
    return found


def _to(found: Incident) -> ResponseReturnValue:
    return redirect(
        url_for("provider_incidents.incident", authority=the_tenancy().slug, incident_id=found.id)
    )
