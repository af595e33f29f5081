"""A correction of a fact: the right one in its place; the old one stays on the timeline."""

from __future__ import annotations

import uuid

from flask import abort
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.kinds import fact_words
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.corrections.forms import CorrectionForm


@pages.page(
    "/<authority>/cases/<uuid:case_id>/facts/<uuid:fact_id>/correction",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def correction(
    session: ScopedSession, case_id: uuid.UUID, fact_id: uuid.UUID
) -> ResponseReturnValue:
    """Put a right fact in the place of a wrong one. The old one stays on the timeline."""
    view = the_case(session, case_id)
    fact = next((f for f in view.record.facts if f.id == fact_id), None)
    if fact is None:
        abort(404)
    form = CorrectionForm()
    return act_page(
        view,
        form,
        "tenants/corrections/fact.html",
        lambda: actions.correct_fact(
            session,
            case_id,
            fact_id,
            on=form.on.data,
            value=None,
            reason=form.reason.data or "",
            retract=form.what.data == "retract",
            by=the_actor(),
            today=today(),
        ),
        start=lambda: form.on.process_data(fact.on),
        done="The correction is recorded. What was there before stays on the timeline.",
        fact=fact,
        title=fact_words(fact.kind, view.record.service),
    )
