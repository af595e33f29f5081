"""The provider's pages of calls: what is booked, a case's own call, and the hours of advisers."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope, ScopedSession, scoped
from saas.database.together import Asked
from saas.identity.permissions import Permission
from saas.reference.calendar_words import moment_words
from saas.reference.today import LONDON
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.field_shapes import blank_first, choices
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.call_backs import actions
from tenants.call_backs.family import day_asked, last_day_for
from tenants.call_backs.forms import WEEKDAYS, AwayForm, HoursForm, StaffTimeForm
from tenants.call_backs.kinds import STATE_WORDS, CallState
from tenants.call_backs.models import AdviserAbsence, AdviserHours
from tenants.call_backs.queries import (
    CALL,
    HOW_MANY_CALLS,
    absences_from,
    advisers,
    all_hours,
    call_in,
    call_of,
    calls_between,
    needs_adviser,
    offered,
)
from tenants.call_backs.slots import days_of
from tenants.casework.forms import CaseForm
from tenants.casework.kinds import Side
from tenants.casework.provider.pages import the_actor, the_case, to_case
from tenants.casework.record import RuleBroken

pages = DoorPages("provider_call_backs", __name__, door=Door.PROVIDER, url_prefix="/provider")
OF_CASE = "/<authority>/cases/<uuid:case_id>/call-back"
# The calls whose adviser was suspended, or advises no more.
LEFT = "left"
SHOWN_AHEAD = dt.timedelta(days=60)
OUTCOMES = {"held": CallState.HELD, "missed": CallState.MISSED, "again": CallState.BOOKED}


def _call(_session: ScopedSession, rows: list[Any]) -> dict[str, Any]:
    call = call_in(rows)
    return {
        "call_back": (
            {"when": moment_words(call.starts_at), "state": STATE_WORDS[call.state]}
            if call
            else None
        )
    }


call_on_case_page = Asked(CALL, _call)


def _today() -> dict[str, dt.datetime]:
    since = dt.datetime.combine(today(), dt.time(), LONDON)
    return {"calls_since": since, "calls_until": since + dt.timedelta(days=1)}


def _calls_said(_session: ScopedSession, rows: list[Any]) -> tuple[str, str] | None:
    """Of calls that nobody can make, or else of one's own of today: words and address."""
    left, count = rows[0]
    if left:
        noun = "call needs" if left == 1 else "calls need"
        address = url_for("provider_call_backs.calls", view=LEFT)
        return f"{left} {noun} another adviser", address
    if not count:
        return None
    noun = "call" if count == 1 else "calls"
    return f"{count} {noun} to make today", url_for("provider_call_backs.calls")


calls_on_tray = Asked(HOW_MANY_CALLS, _calls_said, _today)


@pages.page("/call-backs", permission=Permission.RECORD_CASES)
def calls(session: ScopedSession) -> ResponseReturnValue:
    """The calls to be made, the next first: one's own, everybody's, or those without an adviser."""
    number, view = requested_page(), request.args.get("view")
    mine, left = view not in ("all", LEFT), view == LEFT
    since = dt.datetime.combine(today(), dt.time(), LONDON)
    found = calls_between(
        session,
        since,
        since + SHOWN_AHEAD,
        adviser=the_person().id if mine else None,
        without_adviser=left,
        offset=(number - 1) * PAGE_SIZE,
        limit=PAGE_SIZE + 1,
    )
    asked = {"of": the_person().id, "calls_since": since, "calls_until": since}
    number_left, _own = session.execute(HOW_MANY_CALLS, asked).one()
    return render_template(
        "tenants/call_backs/calls.html",
        page=paginate(found, number=number),
        mine=mine,
        left=left,
        number_left=number_left,
        moment_words=moment_words,
    )


@pages.page(OF_CASE, permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def call_back(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """A case's call: booked, moved, and what became of it."""
    view = the_case(session, case_id)
    days = days_of(offered(session, now=now(), last_day=last_day_for(view.record)))
    day = day_asked()
    form = StaffTimeForm().offer(days.get(day, []) if day else [])
    family = [(str(p.id), p.name) for p in view.parties if p.side == Side.FAMILY]
    form.party.choices = choices(family)
    if request.method == "GET" and family:
        form.party.process_data(family[0][0])
    outcome = OUTCOMES.get(request.form.get("act", ""))
    try:
        if request.method == "POST" and outcome is not None:
            actions.say_what_became(session, case_id, outcome, by=the_actor())
            flash("It is recorded.")
            return to_case(case_id)
        if request.method == "POST" and form.validate():
            party = uuid.UUID(form.party.data)
            actions.book_call(session, case_id, party, form.chosen, by=the_actor())
            flash(f"The call is booked for {moment_words(form.chosen)}.")
            return to_case(case_id)
    except RuleBroken as broken:
        form.refuse(broken)
    page = render_template(
        "tenants/call_backs/case.html",
        form=form,
        view=view,
        authority=the_tenancy(),
        day=day if day in days else None,
        days=days,
        call=call_of(session, case_id),
        needs_adviser=needs_adviser(session, case_id),
        state_words=STATE_WORDS,
        moment_words=moment_words,
        asked=request.full_path,
        now=now(),
    )
    return page, 422 if request.method == "POST" else 200


@pages.page(f"{OF_CASE}/cancel", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def call_back_cancel(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    the_case(session, case_id)
    call = call_of(session, case_id)
    if call is None or call.state is not CallState.BOOKED:
        return to_case(case_id)
    if request.method == "POST" and not is_checked():
        return redirect(request.path.removesuffix("/cancel"))
    if request.method == "GET":
        follows = [
            f"The call of {moment_words(call.starts_at)} is not made; the time is free again.",
            "The family is told by e-mail, if we have an address.",
        ]
        return check_page(Check("Cancel this call?", follows, "Cancel the call"))
    actions.cancel_call(session, case_id, by=the_actor())
    flash("The call is cancelled.")
    return to_case(case_id)


def _hours_page(
    session: ScopedSession, hours: HoursForm | None = None, away: AwayForm | None = None
) -> ResponseReturnValue:
    people = advisers(session)
    hours = hours or HoursForm(formdata=None, prefix="hours-")
    away = away or AwayForm(formdata=None, prefix="away-")
    for form in (hours, away):
        form.adviser.choices = blank_first(((str(i), name) for i, name in people), "Choose")
    sent = hours if hours.errors else away
    page = render_template(
        "tenants/call_backs/hours.html",
        form=sent,
        hours_form=hours,
        away_form=away,
        hours=all_hours(session),
        absences=absences_from(session, today()),
        names=dict(people),
        weekdays=WEEKDAYS,
    )
    return page, 422 if request.method == "POST" else 200


def _time(text: str | None) -> dt.time:
    return dt.time.fromisoformat(text or "")


@pages.page("/call-backs/hours", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def hours(session: ScopedSession) -> ResponseReturnValue:
    """When each adviser makes calls, and when they are away."""
    if request.method == "GET":
        return _hours_page(session)
    names = blank_first(((str(i), name) for i, name in advisers(session)), "Choose")
    of_days = "away-adviser" in request.form
    form: CaseForm = AwayForm(prefix="away-") if of_days else HoursForm(prefix="hours-")
    form.adviser.choices = names
    if form.validate():
        person_id = uuid.UUID(form.adviser.data)
        try:
            with scoped(Scope.panel(the_person().id)) as panel:
                if isinstance(form, AwayForm):
                    actions.add_absence(panel, person_id, form.first_day.data, form.last_day.data)
                elif isinstance(form, HoursForm):
                    actions.add_hours(
                        panel,
                        person_id,
                        int(form.weekday.data),
                        _time(form.from_time.data),
                        _time(form.to_time.data),
                        form.most.data or 0,
                    )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("It is kept, and families choose by it from now on.")
            return redirect(url_for("provider_call_backs.hours"))
    if isinstance(form, AwayForm):
        return _hours_page(session, away=form)
    return _hours_page(session, hours=form if isinstance(form, HoursForm) else None)


def _removal(kind: type[AdviserHours | AdviserAbsence], id: uuid.UUID) -> ResponseReturnValue:
    if request.method == "POST" and not is_checked():
        return redirect(url_for("provider_call_backs.hours"))
    if request.method == "GET":
        follows = ["No new calls are booked by it. Calls that are booked stay: move them yourself."]
        if kind is AdviserAbsence:
            follows = ["Families can choose times on these days again."]
        return check_page(Check("Take this out?", follows, "Take it out"))
    with scoped(Scope.panel(the_person().id)) as panel:
        if not actions.remove(panel, kind, id):
            abort(404)
    flash("It is taken out.")
    return redirect(url_for("provider_call_backs.hours"))


@pages.page(
    "/call-backs/hours/<uuid:hours_id>/removal",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def hours_removal(_session: ScopedSession, hours_id: uuid.UUID) -> ResponseReturnValue:
    return _removal(AdviserHours, hours_id)


@pages.page(
    "/call-backs/away/<uuid:absence_id>/removal",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def away_removal(_session: ScopedSession, absence_id: uuid.UUID) -> ResponseReturnValue:
    return _removal(AdviserAbsence, absence_id)
