"""First contact: information and advice, the family's choice, notes."""

from __future__ import annotations

import uuid

from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.forms import MiasForm, NoteForm
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
