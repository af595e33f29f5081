"""The authority reads and signs an agreement, and says when it did its own steps."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.checking import Check
from saas.web.dates import long_date
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import today
from tenants.agreements import agreed_steps
from tenants.agreements.download import agreement_download
from tenants.agreements.forms import SignForm, StepDoneForm
from tenants.agreements.models import Agreement
from tenants.agreements.reading import latest_agreement
from tenants.agreements.signing import sign, signer_of_side
from tenants.agreements.steps import OpenStep, asked_list, count_open_steps, open_steps
from tenants.casework.authority.own_case import act_page, own_case, the_officer
from tenants.casework.authority.pages import pages
from tenants.casework.kinds import WORDS, Side
from tenants.casework.models import AgreedStep
from tenants.casework.record import RuleBroken


@pages.page(
    "/cases/<uuid:case_id>/agreement",
    permission=Permission.SEE_OWN_CASES,
    methods=("GET", "POST"),
)
def agreement(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """The text that is out for signature or was signed, and the place to sign it."""
    view = own_case(session, case_id)
    latest = latest_agreement(session, case_id)
    may_sign = the_person().may(Permission.ACT_ON_OWN_CASES)
    form = SignForm()
    form.agreed.label.text = (
        f"I have read it, I agree to it, and I have authority to decide for {the_tenancy().name}"
    )
    signer = signer_of_side(latest.unsigned(), Side.AUTHORITY) if latest else None
    if request.method == "POST":
        if not may_sign:
            abort(403)
        if latest is None:
            abort(404)
        if signer is None:
            flash("There is nothing left for you to sign.")
            return redirect(url_for("authority_cases.agreement", case_id=case_id))
        if form.validate():
            try:
                sign(
                    session,
                    latest.agreement,
                    signer,
                    typed_name=form.typed_name.data or "",
                    by=the_officer(),
                )
            except RuleBroken as broken:
                form.refuse(broken)
            else:
                flash("You have signed. When everyone has, the steps stand in the case.")
                return redirect(url_for("authority_cases.agreement", case_id=case_id))
    page = render_template(
        "tenants/agreements/authority.html",
        view=view,
        latest=latest,
        form=form,
        may_object=may_sign,
        may_sign=may_sign and signer is not None and latest is not None and latest.out,
        authority=the_tenancy(),
        today=today(),
        words=WORDS,
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/agreements/<uuid:agreement_id>.pdf", permission=Permission.SEE_OWN_CASES)
def agreement_file(session: ScopedSession, agreement_id: uuid.UUID) -> ResponseReturnValue:
    found = session.get(Agreement, (session.tenant, agreement_id))
    if found is None:
        abort(404)
    return agreement_download(session, found)


def _hrefs(step: OpenStep) -> tuple[str, str]:
    """Where the case of a step is, and where one's own step is recorded as done."""
    own = step.responsible == Side.AUTHORITY and the_person().may(Permission.ACT_ON_OWN_CASES)
    done = (
        url_for("authority_cases.step_done", case_id=step.case_id, step_id=step.id) if own else ""
    )
    return url_for("authority_cases.case", case_id=step.case_id), done


@pages.page("/steps", permission=Permission.SEE_OWN_CASES)
def steps(session: ScopedSession) -> ResponseReturnValue:
    """The authority's agreed steps that are not done: late ones first."""
    day = today()
    which = asked_list(request.args)
    number = requested_page()
    rows = open_steps(
        session, today=day, which=which, limit=PAGE_SIZE + 1, offset=(number - 1) * PAGE_SIZE
    )
    counts = count_open_steps(session, today=day)
    return render_template(
        "tenants/agreements/authority_steps.html",
        page=paginate(rows, number=number, total=counts.of(which)),
        counts=counts,
        which=which,
        hrefs=_hrefs,
        today=day,
        words=WORDS,
        authority=the_tenancy(),
    )


@pages.page(
    "/cases/<uuid:case_id>/steps/<uuid:step_id>/done",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def step_done(
    session: ScopedSession, case_id: uuid.UUID, step_id: uuid.UUID
) -> ResponseReturnValue:
    """The authority did one of its own steps."""
    view = own_case(session, case_id)
    step = session.get(AgreedStep, (session.tenant, step_id))
    if step is None or step.case_id != case_id or step.responsible != Side.AUTHORITY:
        abort(404)
    form = StepDoneForm().for_step(step)
    if request.method == "GET":
        form.on.process_data(today())
    return act_page(
        "tenants/agreements/authority_step_done.html",
        view,
        form,
        lambda: agreed_steps.record_step_done(
            session,
            case_id,
            step_id,
            on=form.on.data,
            evidence=form.evidence.data or "",
            part=form.done_part,
            by=the_officer(),
            today=today(),
        ),
        done="The step is recorded as done. Everyone in the case is told.",
        check=lambda: Check(
            "Is this step done?",
            [
                f"You say that it was done on {long_date(form.on.data)}: {step.wording}",
                "The family, the mediator and the provider are told.",
                "You can take it back until the case is closed.",
            ],
            "Yes, record it as done",
        ),
        step=step,
    )
