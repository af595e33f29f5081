"""First contact: information and advice, the family's choice, notes."""

from __future__ import annotations

import uuid

from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.field_shapes import blank_first
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.assignment import assign, coordinators
from tenants.casework.forms import AssignmentForm, MiasForm, NoteForm
from tenants.casework.kinds import Choice
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case


@pages.page(
    "/<authority>/cases/<uuid:case_id>/mias",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def mias(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = MiasForm()

    def start() -> None:
        form.held_on.process_data(today())
        form.choice_on.process_data(today())

    return act_page(
        view,
        form,
        "tenants/casework/mias.html",
        lambda: actions.record_mias(
            session,
            case_id,
            on=form.held_on.data,
            way=form.way.data,
            minutes=form.minutes.data or 0,
            choice=Choice(form.choice.data),
            choice_on=form.choice_on.data,
            by=the_actor(),
            today=today(),
        ),
        start=start,
        done="Mediation information and the family's choice are recorded.",
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/notes",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def note(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = NoteForm()
    return act_page(
        view,
        form,
        "tenants/casework/note.html",
        lambda: actions.write_note(
            session,
            case_id,
            text=form.text.data or "",
            shared=form.audience.data == "parties",
            by=the_actor(),
        ),
        done="The note is kept.",
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/assignment",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def assignment(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Who at the provider looks after the case."""
    view = the_case(session, case_id)
    form = AssignmentForm()
    form.coordinator.choices = blank_first(
        ((str(known), name) for known, name in coordinators(session)), "Choose"
    )

    def start() -> None:
        form.coordinator.data = str(view.case.coordinator_id or "")

    return act_page(
        view,
        form,
        "tenants/casework/assignment.html",
        lambda: assign(session, case_id, uuid.UUID(form.coordinator.data), by=the_actor()),
        start=start,
        done="The case is assigned.",
    )
