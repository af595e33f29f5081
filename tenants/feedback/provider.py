"""What the provider records of participants' evaluations."""

from __future__ import annotations

import uuid

from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.frame import Door
from saas.web.today import today
from tenants.casework.provider.pages import act_page, the_actor, the_case
from tenants.feedback.actions import record_evaluation
from tenants.feedback.forms import EvaluationForm
from tenants.feedback.models import Participant

pages = DoorPages("provider_feedback", __name__, door=Door.PROVIDER, url_prefix="/provider")


@pages.page(
    "/<authority>/cases/<uuid:case_id>/evaluation",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def evaluation(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """One participant's evaluation of a case."""
    view = the_case(session, case_id)
    form = EvaluationForm()
    return act_page(
        view,
        form,
        "tenants/feedback/evaluation.html",
        lambda: record_evaluation(
            session,
            case_id,
            participant=Participant(form.participant.data),
            given_on=form.given_on.data,
            rating=int(form.rating.data),
            comment=form.comment.data or "",
            may_quote=bool(form.may_quote.data),
            by=the_actor(),
            today=today(),
        ),
        start=lambda: form.given_on.process_data(today()),
        done="The evaluation is recorded.",
    )
