"""The provider puts right who a child is, what was referred, and who the people are."""

from __future__ import annotations

import uuid

from flask import abort, flash, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.today import today
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.corrections import actions
from tenants.corrections.forms import FIELD_WORDS, ChildForm, PersonForm, ReferralCorrectionForm
from tenants.corrections.queries import child_of, corrections_of, person_of

DONE = "It is put right. What was there before is kept, and who changed it and why."


def _say_what_is_outdated(corrected: actions.Corrected) -> None:
    for number in corrected.outdated:
        flash(
            f"Certificate {number} still says it as it was before: withdraw it, and issue it anew."
        )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/child",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def correct_child(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    child = child_of(session, case_id)
    if child is None:
        abort(404)
    form = ChildForm(obj=child if request.method == "GET" else None)
    return act_page(
        view,
        form,
        "tenants/corrections/child.html",
        lambda: _say_what_is_outdated(
            actions.correct_child(
                session,
                case_id,
                form.values,
                reason=form.reason.data or "",
                by=the_actor(),
                today=today(),
            )
        ),
        done=DONE,
        before=corrections_of(session, child.id),
        field_words=FIELD_WORDS,
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/referral",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def correct_referral(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = the_case(session, case_id)
    form = ReferralCorrectionForm(obj=view.case if request.method == "GET" else None)
    if request.method == "GET":
        form.sections.data = list(view.case.sections)
    return act_page(
        view,
        form,
        "tenants/corrections/referral.html",
        lambda: _say_what_is_outdated(
            actions.correct_referral(
                session,
                case_id,
                {
                    "route": form.route.data,
                    "decision_type": form.decision_type.data or None,
                    "sections": "".join(form.sections.data or []),
                    "plan_maintained_until": form.plan_maintained_until.data,
                    "health_issue": form.health_issue.data,
                    "social_care_issue": form.social_care_issue.data,
                    "authority_reference": form.authority_reference.data or None,
                },
                reason=form.reason.data or "",
                by=the_actor(),
                today=today(),
            )
        ),
        done=DONE,
        before=corrections_of(session, case_id),
        field_words=FIELD_WORDS,
    )


@pages.page(
    "/<authority>/cases/<uuid:case_id>/people/<uuid:party_id>",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def correct_person(
    session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID
) -> ResponseReturnValue:
    view = the_case(session, case_id)
    party = person_of(session, case_id, party_id)
    if party is None:
        abort(404)
    form = PersonForm(obj=party if request.method == "GET" else None)
    return act_page(
        view,
        form,
        "tenants/corrections/person.html",
        lambda: _say_what_is_outdated(
            actions.correct_person(
                session,
                case_id,
                party_id,
                {
                    "name": form.name.data,
                    "relation": form.relation.data,
                    "adjustments": form.adjustments.data or None,
                    "interpreter": form.interpreter.data or None,
                },
                reason=form.reason.data or "",
                by=the_actor(),
            )
        ),
        done=DONE,
        before=corrections_of(session, party_id),
        field_words=FIELD_WORDS,
    )
