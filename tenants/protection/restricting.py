"""Restriction and objection at the provider's door."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.field_shapes import choice_field, date_field, text_field
from saas.web.today import now, today
from tenants.casework.forms import CaseForm
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.protection.provider import pages
from tenants.protection.queries import reference_of
from tenants.restrictions import actions
from tenants.restrictions.models import DECISIONS, GROUNDS, CaseRestriction

GET_AND_POST = ("GET", "POST")
CASE = "/<authority>/cases/<uuid:case_id>/restriction"
ONE = f"{CASE}/<uuid:case_restriction_id>"


class AskForm(CaseForm):
    received_on = date_field("When it came", needed="Enter the day on which it came")
    ground = choice_field("On which ground", list(GROUNDS.items()), needed="Choose the ground")
    words = text_field(
        "What the person asks for, and why",
        longest=2_000,
        needed="Say what the person asks for, and why",
    )


class DecideForm(CaseForm):
    decision = choice_field("What is decided", list(DECISIONS.items()), needed="Choose")
    reason = text_field("Why", longest=2_000, needed="Say why: the person is told")
    told_on = date_field("When the person was told")


class LiftForm(CaseForm):
    because = text_field(
        "Why it is no longer restricted", longest=2_000, needed="Say why it is lifted"
    )
    told_on = date_field(
        "When the person was told that it ends", hint="Before it ends (UK GDPR article 18(3))."
    )


def _actor() -> Actor:
    person = the_person()
    return Actor(id=person.id, name=person.name, at=now())


def _shown(session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    reference = reference_of(session, case_id)
    if reference is None:
        abort(404)
    return {
        "reference": reference,
        "case_id": case_id,
        "authority": the_tenancy(),
        "grounds": GROUNDS,
        "decisions": DECISIONS,
        "decide_by": actions.decide_by,
        "today": today(),
    }


def _back(case_id: uuid.UUID) -> ResponseReturnValue:
    where = "provider_protection.restriction"
    return redirect(url_for(where, authority=the_tenancy().slug, case_id=case_id))


@pages.page(CASE, permission=Permission.PROTECT_DATA, methods=GET_AND_POST)
def restriction(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """What was asked and decided of a case's use, and a form for what comes in."""
    shown, form = _shown(session, case_id), AskForm()
    if form.validate_on_submit():
        try:
            actions.record(
                session,
                case_id,
                ground=form.ground.data,
                words=form.words.data or "",
                received_on=form.received_on.data,
                by=_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("It is recorded. Decide it within a month.")
            return _back(case_id)
    page = render_template(
        "tenants/protection/restriction.html",
        form=form,
        found=actions.restrictions_of(session, case_id),
        **shown,
    )
    return (page, 422) if form.errors else page


def _one(session: ScopedSession, case_id: uuid.UUID, one_id: uuid.UUID) -> CaseRestriction:
    found = session.get(CaseRestriction, (session.tenant, one_id), with_for_update=True)
    if found is None or found.case_id != case_id:
        abort(404)
    return found


@pages.page(f"{ONE}/decision", permission=Permission.PROTECT_DATA, methods=GET_AND_POST)
def decide_restriction(
    session: ScopedSession, case_id: uuid.UUID, case_restriction_id: uuid.UUID
) -> ResponseReturnValue:
    shown, one = _shown(session, case_id), _one(session, case_id, case_restriction_id)
    form = DecideForm(data={"decision": one.decision, "reason": one.reason, "told_on": one.told_on})
    if form.validate_on_submit():
        try:
            actions.decide(
                session,
                one,
                decision=form.decision.data,
                reason=form.reason.data or "",
                told_on=form.told_on.data,
                by=_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("It is decided. Tell the person, and whoever received what it is about.")
            return _back(case_id)
    page = render_template(
        "tenants/protection/restriction_form.html", form=form, one=one, lifts=False, **shown
    )
    return (page, 422) if form.errors else page


@pages.page(f"{ONE}/lifting", permission=Permission.PROTECT_DATA, methods=GET_AND_POST)
def lift_restriction(
    session: ScopedSession, case_id: uuid.UUID, case_restriction_id: uuid.UUID
) -> ResponseReturnValue:
    shown, one = _shown(session, case_id), _one(session, case_id, case_restriction_id)
    form = LiftForm()
    if form.validate_on_submit():
        try:
            actions.lift(
                session,
                one,
                because=form.because.data or "",
                told_on=form.told_on.data,
                by=_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The restriction is lifted.")
            return _back(case_id)
    page = render_template(
        "tenants/protection/restriction_form.html", form=form, one=one, lifts=True, **shown
    )
    return (page, 422) if form.errors else page
