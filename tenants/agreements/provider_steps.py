"""The agreed steps that are followed: all that are late, and one that was done."""

from __future__ import annotations

import uuid

from flask import abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import today
from tenants.agreements import agreed_steps
from tenants.agreements.forms import StepDoneForm
from tenants.agreements.steps import OpenStep, asked_list, count_open_steps, open_steps
from tenants.casework.kinds import WORDS
from tenants.casework.models import AgreedStep
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case


def _hrefs(step: OpenStep) -> tuple[str, str]:
    """Where the case of a step is, and where it is recorded as done."""
    done = ""
    if the_person().may(Permission.WRITE_AGREEMENTS):
        done = url_for(
            "provider_cases.step_done",
            authority=step.slug,
            case_id=step.case_id,
            step_id=step.id,
        )
    return url_for("provider_cases.case", authority=step.slug, case_id=step.case_id), done


@pages.page("/steps", permission=Permission.SEE_APPOINTED_CASES)
def steps(session: ScopedSession) -> ResponseReturnValue:
    """Agreed steps across authorities: what authorities have left undone, and the others."""
    person = the_person()
    day = today()
    mediator = None if person.may(Permission.SEE_CASES) else person.id
    which = asked_list(request.args)
    number = requested_page()
    rows = open_steps(
        session,
        today=day,
        which=which,
        limit=PAGE_SIZE + 1,
        offset=(number - 1) * PAGE_SIZE,
        mediator=mediator,
    )
    counts = count_open_steps(session, today=day, mediator=mediator)
    return render_template(
        "tenants/agreements/steps.html",
        page=paginate(rows, number=number, total=counts.of(which)),
        counts=counts,
        which=which,
        hrefs=_hrefs,
        today=day,
        words=WORDS,
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/steps/<uuid:step_id>/done",
    permission=Permission.WRITE_AGREEMENTS,
    methods=("GET", "POST"),
)
def step_done(
    session: ScopedSession, case_id: uuid.UUID, step_id: uuid.UUID
) -> ResponseReturnValue:
    view = the_case(session, case_id)
    step = session.get(AgreedStep, (session.tenant, step_id))
    if step is None or step.case_id != case_id:
        abort(404)
    form = StepDoneForm().for_step(step)
    return act_page(
        view,
        form,
        "tenants/agreements/step_done.html",
        lambda: agreed_steps.record_step_done(
            session,
            case_id,
            step_id,
            on=form.on.data,
            evidence=form.evidence.data or "",
            part=form.done_part,
            by=the_actor(),
            today=today(),
        ),
        done="The step is recorded as done.",
        start=lambda: form.on.process_data(today()),
        step=step,
    )
