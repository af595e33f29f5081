"""Managers choose which of the words with consent are shown, and take them back at any time."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record as audit
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.field_shapes import button, text_field
from saas.web.forms import PageForm
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now
from tenants.feedback.models import Evaluation, Participant
from tenants.front_door.quotations.actions import (
    SAID_BY,
    evaluation_of,
    may_be_quoted,
    quote,
    withdraw,
    words_shown,
)
from tenants.front_door.quotations.models import LONGEST

PREFIX = "/manager/public-pages/quotations"
pages = DoorPages("manager_quotations", __name__, door=Door.MANAGER, url_prefix=PREFIX)


class QuotationForm(PageForm):
    words = text_field(
        "The words to show",
        longest=LONGEST,
        needed="Enter the words to show",
        hint="Take out names, schools, places and whatever else could tell who said it.",
    )
    submit = button("Show it to everyone")


@pages.page("", permission=Permission.CHOOSE_QUOTATIONS)
def quotations(session: ScopedSession) -> ResponseReturnValue:
    number = requested_page()
    found = may_be_quoted(session, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/front_door/manager_quotations.html",
        page=paginate(found, number=number),
        said_by={who.value: words for who, words in SAID_BY.items()},
    )


@pages.page(
    "/<authority>/<uuid:evaluation_id>",
    permission=Permission.CHOOSE_QUOTATIONS,
    methods=("GET", "POST"),
)
def quotation(session: ScopedSession, evaluation_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(session, evaluation_id)
    back = redirect(url_for("manager_quotations.quotations"))
    if not found.may_quote or not found.comment:
        flash("Whoever said this did not agree to be quoted.", "problem")
        return back
    is_shown = words_shown(session, evaluation_id)
    form = QuotationForm(words=is_shown or found.comment[:LONGEST])
    if form.validate_on_submit():
        with scoped(Scope.panel(the_person().id)) as writing:
            quote(writing, found, form.words.data or "", by=the_person().id, at=now())
        _note(session, "quotation shown", found)
        flash("Everyone can read it now.")
        return back
    page = render_template(
        "tenants/front_door/manager_quotation.html",
        form=form,
        evaluation=found,
        is_shown=bool(is_shown),
        said_by=SAID_BY[Participant(found.participant)],
        tenancy=the_tenancy(),
    )
    return (page, 422) if form.errors else page


@pages.page(
    "/<authority>/<uuid:evaluation_id>/withdraw",
    permission=Permission.CHOOSE_QUOTATIONS,
    methods=("GET", "POST"),
)
def withdrawal(session: ScopedSession, evaluation_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(session, evaluation_id)
    back = redirect(url_for("manager_quotations.quotations"))
    if request.method == "GET":
        return check_page(
            Check(
                "Show this quotation no more?",
                ("Nobody reads it on the public page any more.", "What was shown is deleted."),
                "Withdraw it",
            )
        )
    if is_checked():
        with scoped(Scope.panel(the_person().id)) as writing:
            withdraw(writing, evaluation_id, at=now())
        _note(session, "quotation withdrawn", found)
        flash("The quotation is withdrawn.")
    return back


def _found(session: ScopedSession, evaluation_id: uuid.UUID) -> Evaluation:
    found = evaluation_of(session, evaluation_id)
    if found is None:
        abort(404)
    return found


def _note(session: ScopedSession, action: str, evaluation: Evaluation) -> None:
    audit(session, action, subject_kind="case", subject_id=evaluation.case_id, at=now())
