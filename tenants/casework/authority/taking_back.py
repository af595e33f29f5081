"""The authority takes back what it recorded by mistake, until somebody relied on it."""

from __future__ import annotations

import uuid

from flask import abort, flash
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.today import today
from tenants.casework import actions
from tenants.casework.authority.own_case import act_page, own_case, the_officer, to_own_case
from tenants.casework.authority.pages import pages
from tenants.casework.forms import TakeBackForm
from tenants.casework.kinds import fact_words
from tenants.casework.rules import may_be_taken_back_by_authority


@pages.page(
    "/cases/<uuid:case_id>/facts/<uuid:fact_id>/take-back",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def take_back(
    session: ScopedSession, case_id: uuid.UUID, fact_id: uuid.UUID
) -> ResponseReturnValue:
    view = own_case(session, case_id)
    fact = next((f for f in view.record.facts if f.id == fact_id), None)
    entry = next((e for e in view.timeline if e.id == fact_id), None)
    own = entry is not None and entry.by_person == the_person().id
    if fact is None:
        abort(404)
    if not own or not may_be_taken_back_by_authority(view.record, fact):
        flash("Only whoever recorded it can take it back, and only while nothing was built on it.")
        return to_own_case(view.id)
    form = TakeBackForm()
    return act_page(
        "tenants/casework/authority_take_back.html",
        view,
        form,
        lambda: actions.take_back(
            session,
            case_id,
            fact_id,
            reason=form.reason.data or "",
            by=the_officer(),
            today=today(),
        ),
        done="It is taken back. What was there before stays on the timeline.",
        fact=fact,
        title=fact_words(fact.kind, view.record.service),
    )
