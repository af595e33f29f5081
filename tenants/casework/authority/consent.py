"""The authority answers whether it takes part in disagreement resolution or facilitation."""

from __future__ import annotations

import uuid

from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.checking import Check
from saas.web.dates import long_date
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.arrangement import meeting_ahead
from tenants.casework.authority.own_case import act_page, own_case, the_officer, to_own_case
from tenants.casework.authority.pages import pages
from tenants.casework.case_view import CaseView
from tenants.casework.forms import OwnConsentForm
from tenants.casework.kinds import FactKind, Service, Side


def before_refusing(view: CaseView) -> Check:
    fixed = meeting_ahead(view.record)
    follows = [
        f"The meeting of {long_date(fixed.meeting_on)} does not take place."
        if fixed
        else "No meeting takes place.",
        "The provider tells the family that you do not take part, and closes the case.",
        "Taking part is voluntary. The family keeps every other right that it has.",
        "You can change your answer here until the case is closed.",
    ]
    return Check("Do you really not take part?", follows, "Yes, send our answer")


@pages.page(
    "/cases/<uuid:case_id>/consent",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def consent(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """It is voluntary for both sides, so the case waits for the answer of each."""
    view = own_case(session, case_id)
    if view.record.service is Service.MEDIATION:
        # It asks for no consent of the authority, which has to attend.
        return to_own_case(case_id)
    form = OwnConsentForm()
    officer = the_officer()
    return act_page(
        "tenants/casework/authority_consent.html",
        view,
        form,
        lambda: actions.add_fact(
            session,
            case_id,
            FactKind.CONSENT_GIVEN if form.answer.data == "yes" else FactKind.CONSENT_REFUSED,
            today(),
            value=Side.AUTHORITY.value,
            detail={"by": officer.name, "how": "on the authority's own page"},
            by=officer,
            today=today(),
        ),
        done="Your answer is sent.",
        check=lambda: before_refusing(view) if form.answer.data == "no" else None,
    )
