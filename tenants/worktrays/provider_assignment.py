"""Who at the provider looks after a case."""

from __future__ import annotations

import uuid

from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.field_shapes import blank_first
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.worktrays.assignment import assign, coordinators
from tenants.worktrays.assignment_form import AssignmentForm


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
        "tenants/worktrays/assignment.html",
        lambda: assign(session, case_id, uuid.UUID(form.coordinator.data), by=the_actor()),
        start=start,
        done="The case is assigned.",
    )
