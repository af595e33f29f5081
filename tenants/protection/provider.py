"""Keeping and erasing at the provider's door: the rule, what is due, holds, and the log."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.database.together import Asked
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check, done_or_asked
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.protection import actions, queries
from tenants.protection.certificate import certificate_file
from tenants.protection.forms import HoldForm, LiftForm, RuleForm
from tenants.protection.keeping import refusal_words, words_of
from tenants.protection.models import CaseErasure, LegalHold

pages = DoorPages("provider_protection", __name__, door=Door.PROVIDER, url_prefix="/provider")
GET_AND_POST = ("GET", "POST")
ERASURES = "/<authority>/erasures"
ONE = f"{ERASURES}/<uuid:erasure_id>"
KEEPING = "/<authority>/cases/<uuid:case_id>/keeping"
FOLLOWS = (
    "Names, notes, documents, certificates, agreements, messages and links of these cases are"
    " erased for good. Nobody can bring them back.",
    "Kinds, days and marks stay without a name, so that no figure changes.",
    "The authority sees in its log that it was done, with a certificate of each.",
    "Until the worker has done it, within minutes, each can be taken back.",
)


def _actor() -> Actor:
    person = the_person()
    return Actor(id=person.id, name=person.name, at=now())


def _to(endpoint: str, **ids: Any) -> ResponseReturnValue:
    where = f"provider_protection.{endpoint}"
    return redirect(url_for(where, authority=the_tenancy().slug, **ids))


def _kept(_session: ScopedSession, rows: list[Any]) -> dict[str, Any]:
    may = the_person().may(Permission.PROTECT_DATA)
    return {"kept": queries.kept_in(rows[0]), "may_protect": may}


# Until when a case is kept, for its page; and whether the reader may hold it.
kept_on_case_page = Asked(queries.KEPT, _kept)


@pages.page("/<authority>/retention", permission=Permission.PROTECT_DATA, methods=GET_AND_POST)
def retention(session: ScopedSession) -> ResponseReturnValue:
    """How long this authority's cases are kept, and those whose time is over."""
    number, problem = requested_page(), ""
    if request.method == "POST":
        try:
            chosen = [uuid.UUID(one) for one in request.form.getlist("case")][:PAGE_SIZE]
        except ValueError:
            abort(400)
        if not queries.are_all_there(session, chosen):
            abort(404)

        def act() -> object:
            return actions.ask_erasure(session, chosen, by=_actor(), today=today())

        try:
            what = f"Erase {_cases(len(chosen))}"
            if asks := done_or_asked(act, lambda: Check(f"{what}?", FOLLOWS, what)):
                return asks
        except RuleBroken as broken:
            problem = str(broken)
        else:
            session.once_committed(
                lambda: current_app.extensions["wake_worker"]("erase_cases_that_are_due")
            )
            flash(f"{_cases(len(chosen)).capitalize()} will be erased within minutes.")
            return _to("erasures")
    rule = queries.rule_of(session)
    found = queries.due_cases(
        session, rule, today=today(), offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1
    )
    page = render_template(
        "tenants/protection/retention.html",
        rule=rule,
        rules=queries.rules(session, limit=20),
        page=paginate(found, number=number),
        problem=problem,
        words_of=words_of,
        authority=the_tenancy(),
    )
    return (page, 422) if problem else page


def _cases(number: int) -> str:
    return "1 case" if number == 1 else f"{number} cases"


@pages.page("/<authority>/retention/rule", permission=Permission.PROTECT_DATA, methods=GET_AND_POST)
def retention_rule(session: ScopedSession) -> ResponseReturnValue:
    """Another number of years, and why."""
    rule = queries.rule_of(session)
    form = RuleForm(data={"years": rule.years, "reason": rule.reason if rule.is_own else ""})
    if form.validate_on_submit():
        try:
            actions.set_rule(
                session,
                years=form.years.data or 0,
                reason=form.reason.data or "",
                by=_actor(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The rule is set. It holds for all cases of this authority from now on.")
            return _to("retention")
    page = render_template(
        "tenants/protection/retention_rule.html", form=form, authority=the_tenancy()
    )
    return (page, 422) if form.errors else page


@pages.page(ERASURES, permission=Permission.PROTECT_DATA)
def erasures(session: ScopedSession) -> ResponseReturnValue:
    """What is to be erased, and the log of what was."""
    number = requested_page()
    waiting = queries.erasures(session, done=False, offset=0, limit=PAGE_SIZE)
    done = queries.erasures(
        session, done=True, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1
    )
    return render_template(
        "tenants/protection/erasures.html",
        waiting=waiting,
        refused={
            one: refusal_words(said)
            for one, said in queries.refusals(session, [one.id for one in waiting]).items()
        },
        page=paginate(done, number=number),
        authority=the_tenancy(),
    )


def _erasure(session: ScopedSession, erasure_id: uuid.UUID) -> CaseErasure:
    found = session.get(CaseErasure, (session.tenant, erasure_id), with_for_update=True)
    if found is None:
        abort(404)
    return found


@pages.page(f"{ONE}/taking-back", permission=Permission.PROTECT_DATA, methods=("POST",))
def take_back(session: ScopedSession, erasure_id: uuid.UUID) -> ResponseReturnValue:
    found = _erasure(session, erasure_id)
    try:
        actions.take_back(session, found, by=_actor())
    except RuleBroken as broken:
        flash(str(broken), "problem")
    else:
        flash(f"{found.reference} stays as it is.")
    return _to("erasures")


@pages.page(f"{ONE}/certificate.pdf", permission=Permission.PROTECT_DATA)
def certificate(session: ScopedSession, erasure_id: uuid.UUID) -> ResponseReturnValue:
    return certificate_file(session, erasure_id)


@pages.page(KEEPING, permission=Permission.PROTECT_DATA, methods=GET_AND_POST)
def keeping(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Until when one case is kept, and what holds it."""
    reference, form = _reference(session, case_id), HoldForm()
    if form.validate_on_submit():
        try:
            actions.place_hold(session, case_id, reason=form.reason.data or "", by=_actor())
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The case is held: it is not erased until this is lifted.")
            return _to("keeping", case_id=case_id)
    page = render_template(
        "tenants/protection/keeping.html",
        form=form,
        reference=reference,
        case_id=case_id,
        kept=queries.kept_of(session, case_id),
        holds=queries.holds_of(session, case_id),
        authority=the_tenancy(),
    )
    return (page, 422) if form.errors or form.form_errors else page


@pages.page(
    f"{KEEPING}/<uuid:hold_id>/lifting", permission=Permission.PROTECT_DATA, methods=GET_AND_POST
)
def lift(session: ScopedSession, case_id: uuid.UUID, hold_id: uuid.UUID) -> ResponseReturnValue:
    """End a hold, with the reason."""
    reference, form = _reference(session, case_id), LiftForm()
    hold = session.get(LegalHold, (session.tenant, hold_id), with_for_update=True)
    if hold is None or hold.case_id != case_id:
        abort(404)
    if form.validate_on_submit():
        try:
            actions.lift_hold(session, hold, because=form.because.data or "", by=_actor())
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The hold is lifted.")
            return _to("keeping", case_id=case_id)
    page = render_template(
        "tenants/protection/lift.html",
        form=form,
        hold=hold,
        reference=reference,
        case_id=case_id,
        authority=the_tenancy(),
    )
    return (page, 422) if form.errors else page


def _reference(session: ScopedSession, case_id: uuid.UUID) -> str:
    found = queries.reference_of(session, case_id)
    if found is None:
        abort(404)
    return found
