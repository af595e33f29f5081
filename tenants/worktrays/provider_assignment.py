"""Who at the provider looks after a case."""

from __future__ import annotations

import uuid

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.field_shapes import blank_first
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.worktrays.assignment import assign, cases_by_tenant, coordinators
from tenants.worktrays.assignment_form import AssignmentForm
from tenants.worktrays.filters import asked_person
from tenants.worktrays.tray_pages import chosen_ids


@pages.page("/assignments", permission=Permission.RECORD_CASES, methods=("POST",))
def assignments(_session: ScopedSession) -> ResponseReturnValue:
    """Give the cases that were ticked in the tray to one coordinator, each in its own tenant."""
    back = redirect(url_for("provider_cases.tray"))
    person, ids = asked_person(request.form.get("assignee", "")), chosen_ids()
    if not ids:
        flash("Tick the cases that you want to assign.", "problem")
        return back
    if person is None:
        flash("Choose who looks after them.", "problem")
        return back
    given = 0
    for tenant, of_tenant in cases_by_tenant(ids).items():
        with scoped(Scope.provider(tenant, the_person().id)) as session:
            for case_id in of_tenant:
                assign(session, case_id, person, by=the_actor())
                given += 1
    flash(f"{given} {'case is' if given == 1 else 'cases are'} assigned.", "done")
    return back


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
