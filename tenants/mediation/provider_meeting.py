"""The provider says who takes part in a meeting, records it, and how it ended."""

from __future__ import annotations

import uuid

from flask import abort
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.field_shapes import choices
from saas.web.today import today
from tenants.casework.arrangement import arrangement, held_late
from tenants.casework.kinds import DelayCause, FactKind, Outcome, Service, Side
from tenants.casework.provider.pages import the_actor, the_case
from tenants.mediation import actions, holding
from tenants.mediation.forms import (
    HEARD_WORDS,
    ConcludeForm,
    HeardForm,
    MeetingHeldForm,
    ParticipantForm,
    RepresentativeForm,
)
from tenants.mediation.page import meetings_shown
from tenants.mediation.provider import CASE, meeting_act, pages, to_page
from tenants.mediation.queries import participants


@pages.page(
    f"{CASE}/representative", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST")
)
def representative(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = RepresentativeForm()
    return meeting_act(
        view,
        form,
        "tenants/mediation/representative.html",
        lambda: actions.name_representative(
            session,
            case_id,
            name=form.name.data or "",
            role=form.role.data or "",
            may_decide=form.may_decide.data,
            by=the_actor(),
            today=today(),
        ),
        "The authority's representative is recorded.",
    )


@pages.page(f"{CASE}/participants", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST"))
def participant(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = ParticipantForm()
    return meeting_act(
        view,
        form,
        "tenants/mediation/participant.html",
        lambda: actions.add_participant(
            session,
            case_id,
            side=Side(form.side.data),
            name=form.name.data or "",
            role=form.role.data or "",
            by=the_actor(),
        ),
        "Added to those who take part.",
    )


@pages.page(
    f"{CASE}/participants/<uuid:participant_id>/removal",
    permission=Permission.ARRANGE_MEETINGS,
    methods=("POST",),
)
def participant_removal(
    session: ScopedSession, case_id: uuid.UUID, participant_id: uuid.UUID
) -> ResponseReturnValue:
    the_case(session, case_id)
    if not actions.remove_participant(session, case_id, participant_id, by=the_actor()):
        abort(404)
    return to_page(case_id)


@pages.page(f"{CASE}/child", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST"))
def child(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = HeardForm()
    return meeting_act(
        view,
        form,
        "tenants/mediation/child.html",
        lambda: holding.hear_child(
            session,
            case_id,
            on=form.on.data,
            how=HEARD_WORDS[form.how.data],
            by=the_actor(),
            today=today(),
        ),
        "It is recorded how the child's voice was heard.",
        lambda: form.on.process_data(today()),
    )


@pages.page(f"{CASE}/held", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST"))
def held(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    fixed = arrangement(view.record).fixed
    form = MeetingHeldForm()
    if view.record.health_only:
        form.authority_attended.label.text = "Did the ICB attend?"
    shown = meetings_shown(view.record)
    names = [f"{p.name} ({p.relation})" for p in view.parties]
    representing = shown["now"].representative
    if representing is not None:
        names.append(f"{representing.detail['name']} ({representing.detail['role']})")
    names += [f"{p.name} ({p.role})" for p in participants(session, case_id)]
    form.attended.choices = choices((name, name) for name in dict.fromkeys(names))
    meets_on = fixed.meeting_on if fixed and fixed.meeting_on <= today() else today()

    def start() -> None:
        form.on.process_data(meets_on)
        form.further.process_data("no")
        if fixed:
            form.started_at.process_data(fixed.detail.get("time") or "")

    return meeting_act(
        view,
        form,
        "tenants/mediation/held.html",
        lambda: holding.record_meeting(
            session,
            case_id,
            on=form.on.data,
            started_at=form.started_at.data or "",
            ended_at=form.ended_at.data or "",
            attended=form.attended.data or (),
            other_attended=form.authority_attended.data == "yes",
            other_could_decide=form.could_decide.data == "yes",
            voice_heard=form.voice_heard.data == "yes",
            further=form.further.data == "yes",
            delay_cause=DelayCause(form.delay_cause.data) if form.delay_cause.data else None,
            by=the_actor(),
            today=today(),
        ),
        "The meeting is recorded.",
        start,
        late=held_late(view.record, today()),
        due=shown["now"].due,
    )


@pages.page(f"{CASE}/outcome", permission=Permission.ARRANGE_MEETINGS, methods=("GET", "POST"))
def outcome(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    facilitated = view.record.service is Service.FACILITATION
    form = ConcludeForm()
    if facilitated:
        # It ends in action points, not in an agreement or none.
        del form.value, form.result
    last = next(reversed(list(view.record.of(FactKind.MEETING_HELD))), None)
    return meeting_act(
        view,
        form,
        "tenants/mediation/outcome.html",
        lambda: holding.conclude(
            session,
            case_id,
            on=form.on.data,
            outcome=None if facilitated else Outcome(form.value.data),
            result="" if facilitated else form.result.data,
            words=form.words.data or "",
            by=the_actor(),
            today=today(),
        ),
        "The outcome is recorded.",
        lambda: form.on.process_data(last.on if last else today()),
        facilitated=facilitated,
    )
