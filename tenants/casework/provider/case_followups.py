"""What may happen to any case: consent, an appeal, a correction, its end."""

from __future__ import annotations

import uuid

from flask import abort
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.forms import (
    AppealForm,
    AppealOutcomeForm,
    ClosingForm,
    ConsentForm,
    CorrectionForm,
)
from tenants.casework.kinds import FactKind, fact_words
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case


@pages.page(
    "/<authority>/cases/<uuid:case_id>/consent",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def consent(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """One side's answer whether it takes part. DR and facilitation are voluntary for both."""
    view = the_case(session, case_id)
    form = ConsentForm()
    return act_page(
        view,
        form,
        "tenants/casework/consent.html",
        lambda: actions.add_fact(
            session,
            case_id,
            FactKind.CONSENT_GIVEN if form.answer.data == "yes" else FactKind.CONSENT_REFUSED,
            form.answered_on.data,
            value=form.side.data,
            detail={"by": form.by.data, "how": form.how.data},
            by=the_actor(),
            today=today(),
        ),
        start=lambda: form.answered_on.process_data(today()),
        done="The answer is recorded.",
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/appeal",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def appeal(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = AppealForm()
    return act_page(
        view,
        form,
        "tenants/casework/appeal.html",
        lambda: actions.add_fact(
            session,
            case_id,
            FactKind.APPEAL_REGISTERED,
            form.registered_on.data,
            detail={"told_by": form.told_by.data},
            by=the_actor(),
            today=today(),
        ),
        done="The appeal is recorded.",
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/appeal/outcome",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def appeal_outcome(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = AppealOutcomeForm()
    return act_page(
        view,
        form,
        "tenants/casework/appeal_outcome.html",
        lambda: actions.add_fact(
            session,
            case_id,
            FactKind.APPEAL_OUTCOME,
            form.decided_on.data,
            value=form.outcome.data,
            detail={"told_by": form.told_by.data},
            by=the_actor(),
            today=today(),
        ),
        done="The outcome of the appeal is recorded.",
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/closure",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def closure(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = ClosingForm()
    return act_page(
        view,
        form,
        "tenants/casework/closure.html",
        lambda: actions.add_fact(
            session,
            case_id,
            FactKind.CLOSED,
            form.closed_on.data,
            detail={"why": form.why.data},
            by=the_actor(),
            today=today(),
        ),
        start=lambda: form.closed_on.process_data(today()),
        done="The case is closed.",
    )


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
        "tenants/casework/correction.html",
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
