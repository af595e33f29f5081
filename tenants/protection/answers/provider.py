"""The requests of people for their data, at the provider's door."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from flask import Response, abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_apart
from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.field_shapes import choices
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.papers.rounds import the_store
from tenants.protection.answers import actions, queries
from tenants.protection.answers.file import make_file
from tenants.protection.answers.forms import AnswerForm, FindForm, FollowUpForm, RequestForm
from tenants.protection.answers.items import items_of
from tenants.protection.answers.models import OUTCOMES, SubjectRequest
from tenants.protection.answers.queries import CaseOfPerson
from tenants.protection.answers.withholding import REASONS
from tenants.protection.provider import pages
from tenants.restrictions.actions import decide_by, undecided
from tenants.restrictions.models import GROUNDS

GET_AND_POST = ("GET", "POST")
ALL = "/<authority>/subject-requests"
ONE = f"{ALL}/<uuid:subject_request_id>"


def _actor() -> Actor:
    person = the_person()
    return Actor(id=person.id, name=person.name, at=now())


def _to(found: SubjectRequest) -> ResponseReturnValue:
    return redirect(
        url_for(
            "provider_protection.subject_request",
            authority=the_tenancy().slug,
            subject_request_id=found.id,
        )
    )


def _found(session: ScopedSession, subject_request_id: uuid.UUID) -> SubjectRequest:
    lock = request.method == "POST"
    found = session.get(SubjectRequest, (session.tenant, subject_request_id), with_for_update=lock)
    if found is None:
        abort(404)
    return found


def _shown() -> dict[str, Any]:
    return {
        "authority": the_tenancy(),
        "today": today(),
        "clock_of": actions.clock,
        "outcomes": OUTCOMES,
    }


@pages.page(ALL, permission=Permission.PROTECT_DATA)
def subject_requests(session: ScopedSession) -> ResponseReturnValue:
    """Who asked for their data, and by when they are answered."""
    number, open_only = requested_page(), request.args.get("view") != "all"
    found = queries.requests(
        session, open_only=open_only, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1
    )
    return render_template(
        "tenants/protection/subject_requests.html",
        page=paginate(found, number=number),
        open_only=open_only,
        undecided=undecided(session, limit=PAGE_SIZE),
        decide_by=decide_by,
        grounds=GROUNDS,
        **_shown(),
    )


@pages.page(f"{ALL}/new", permission=Permission.PROTECT_DATA, methods=GET_AND_POST)
def find_person(session: ScopedSession) -> ResponseReturnValue:
    """Find the person who asks; what is typed stands in no address."""
    form = FindForm()
    people = None
    if form.validate_on_submit():
        people = queries.find_people(session, form.typed.data or "")
    page = render_template(
        "tenants/protection/find_person.html", form=form, people=people, **_shown()
    )
    return (page, 422) if form.errors else page


@pages.page(
    f"{ALL}/new/child/<uuid:child_id>", permission=Permission.PROTECT_DATA, methods=GET_AND_POST
)
def new_request_of_child(session: ScopedSession, child_id: uuid.UUID) -> ResponseReturnValue:
    return _new_request(session, "family", queries.cases_of_child(session, child_id))


@pages.page(
    f"{ALL}/new/party/<uuid:party_id>", permission=Permission.PROTECT_DATA, methods=GET_AND_POST
)
def new_request_of_party(session: ScopedSession, party_id: uuid.UUID) -> ResponseReturnValue:
    side, cases = queries.cases_of_party(session, party_id)
    return _new_request(session, side or "", cases)


def _new_request(
    session: ScopedSession, side: str, cases: Sequence[CaseOfPerson]
) -> ResponseReturnValue:
    if not cases:
        abort(404)
    form = RequestForm(data={"cases": [str(one.case_id) for one in cases if one.sure]})
    form.cases.choices = choices(
        (str(one.case_id), f"{one.reference}: {one.what}") for one in cases
    )
    if form.validate_on_submit():
        try:
            made = actions.record_request(
                session,
                side=side,
                cases=[
                    {
                        "case": str(one.case_id),
                        "party": str(one.party_id) if one.party_id else None,
                    }
                    for one in cases
                    if str(one.case_id) in (form.cases.data or ())
                ],
                received_on=form.received_on.data,
                by=_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("The request is recorded. Acknowledge it, and make sure who asks.")
            return _to(made)
    page = render_template("tenants/protection/new_subject_request.html", form=form, **_shown())
    return (page, 422) if form.errors else page


def _page(
    session: ScopedSession, found: SubjectRequest, form: FollowUpForm, answering: AnswerForm
) -> ResponseReturnValue:
    page = render_template(
        "tenants/protection/subject_request.html",
        one=found,
        form=form,
        answering=answering,
        items=items_of(session, found),
        reasons=REASONS,
        takes=actions.can_be_taken(found, now()),
        until=found.made_at + actions.TAKEN_WITHIN if found.made_at else None,
        **_shown(),
    )
    wrong = form.errors or form.form_errors or answering.errors or answering.form_errors
    return (page, 422) if wrong else page


def _answer_form() -> AnswerForm:
    return AnswerForm(formdata=None, data={"answered_on": today()})


@pages.page(ONE, permission=Permission.PROTECT_DATA, methods=GET_AND_POST)
def subject_request(session: ScopedSession, subject_request_id: uuid.UUID) -> ResponseReturnValue:
    """One request: its clock, what was done, and all that is held, item by item."""
    found = _found(session, subject_request_id)
    form = FollowUpForm() if request.method == "POST" else FollowUpForm.of(found)
    if form.validate_on_submit():
        try:
            actions.follow_up(
                session,
                found,
                identity_on=form.identity_on.data,
                how_known=form.how_known.data or None,
                acknowledged_on=form.acknowledged_on.data,
                extended_on=form.extended_on.data,
                extended_because=form.extended_because.data or "",
                by=_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("It is recorded.")
            return _to(found)
    return _page(session, found, form, _answer_form())


@pages.page(f"{ONE}/items", permission=Permission.PROTECT_DATA, methods=("POST",))
def decide_items(session: ScopedSession, subject_request_id: uuid.UUID) -> ResponseReturnValue:
    """Decide what is given, and have the file made."""
    found = _found(session, subject_request_id)
    proposed = {item.key: item.withheld is None for item in items_of(session, found)}
    try:
        actions.decide(
            session,
            found,
            proposed=proposed,
            given=set(request.form.getlist("give")) & proposed.keys(),
            by=_actor(),
        )
    except RuleBroken as broken:
        form = FollowUpForm.of(found)
        form.refuse(broken)
        return _page(session, found, form, _answer_form())
    flash("The file can be taken away for seven days.")
    return _to(found)


@pages.page(f"{ONE}/file.zip", permission=Permission.ANSWER_PERSONS)
def subject_file(session: ScopedSession, subject_request_id: uuid.UUID) -> ResponseReturnValue:
    """What is given to the person; that it was taken away is in the trail."""
    found = _found(session, subject_request_id)
    if not actions.can_be_taken(found, now()):
        abort(404)
    content = make_file(
        items_of(session, found),
        authority=the_tenancy().name,
        storage=the_store(current_app.extensions["settings"]).storage,
        on=today(),
    )
    record_apart(
        session.scope, "subject file taken away", subject_kind="subject request",
        subject_id=found.id, at=now(),
    )  # fmt: skip
    return Response(
        content,
        content_type="application/zip",
        headers={"Content-Disposition": f'attachment; filename="answer-{today()}.zip"'},
    )


@pages.page(f"{ONE}/answer", permission=Permission.PROTECT_DATA, methods=("POST",))
def answer_request(session: ScopedSession, subject_request_id: uuid.UUID) -> ResponseReturnValue:
    found, form = _found(session, subject_request_id), AnswerForm()
    if form.validate():
        try:
            actions.answer(
                session,
                found,
                on=form.answered_on.data,
                outcome=form.outcome.data,
                words=form.outcome_words.data or "",
                by=_actor(),
                today=today(),
            )
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash("It is recorded how the request was answered.")
            return _to(found)
    return _page(session, found, FollowUpForm.of(found), form)


@pages.page(f"{ONE}/open", permission=Permission.PROTECT_DATA, methods=("POST",))
def open_request(session: ScopedSession, subject_request_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(session, subject_request_id)
    actions.open_again(session, found, by=_actor())
    flash("The request is open again.")
    return _to(found)
