"""The papers of a case: taken in, handed out, summaries exchanged."""

from __future__ import annotations

import uuid

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.today import today
from tenants.casework.case_view import CaseView
from tenants.casework.kinds import SIDE_WORDS, Side
from tenants.casework.provider.pages import (
    act_page,
    may_work_on,
    pages,
    the_actor,
    the_case,
    to_case,
)
from tenants.papers.exchange import exchange_summaries, summaries_waiting
from tenants.papers.forms import ExchangeForm, ProviderUploadForm
from tenants.papers.pages import hand_out, take_in, withdrawal_page
from tenants.papers.queries import find_document


def _the_case_to_work_on(session: ScopedSession, case_id: uuid.UUID) -> CaseView:
    view = the_case(session, case_id)
    if not may_work_on(view):
        abort(403)
    return view


@pages.page(
    "/<authority>/cases/<uuid:case_id>/documents/new",
    permission=Permission.SEE_APPOINTED_CASES,
    methods=("GET", "POST"),
)
def document_upload(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = _the_case_to_work_on(session, case_id)
    form = ProviderUploadForm()
    family = [party for party in view.parties if party.side == Side.FAMILY]
    form.offer_family(family)
    if request.method == "POST" and form.validate():
        side = Side(form.side.data)
        taken = take_in(session, case_id, form, side=side, by=the_actor(), party=form.whose())
        if taken is not None:
            flash("The document is kept.")
            return to_case(case_id)
    page = render_template(
        "tenants/papers/upload.html",
        form=form,
        view=view,
        back=url_for("provider_cases.case", authority=the_tenancy().slug, case_id=case_id),
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/<authority>/documents/<uuid:document_id>", permission=Permission.SEE_APPOINTED_CASES)
def document(session: ScopedSession, document_id: uuid.UUID) -> ResponseReturnValue:
    row = find_document(session, document_id)
    if row is None:
        abort(404)
    the_case(session, row.case_id)
    back = url_for("provider_cases.case", authority=the_tenancy().slug, case_id=row.case_id)
    return hand_out(session, row, by=the_actor(), back=back)


@pages.page(
    "/<authority>/documents/<uuid:document_id>/withdrawal",
    permission=Permission.SEE_APPOINTED_CASES,
    methods=("GET", "POST"),
)
def document_withdrawal(session: ScopedSession, document_id: uuid.UUID) -> ResponseReturnValue:
    """Any paper that was uploaded by mistake, whoever did it."""
    row = find_document(session, document_id)
    if row is None:
        abort(404)
    _the_case_to_work_on(session, row.case_id)
    back = url_for("provider_cases.case", authority=the_tenancy().slug, case_id=row.case_id)
    return withdrawal_page(session, row, by=the_actor(), back=back)


@pages.page(
    "/<authority>/cases/<uuid:case_id>/summaries",
    permission=Permission.SEE_APPOINTED_CASES,
    methods=("GET", "POST"),
)
def summaries(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """Look at what is here of both sides, then release both at one moment."""
    view = _the_case_to_work_on(session, case_id)
    waiting = summaries_waiting(session, case_id)
    return act_page(
        view,
        ExchangeForm(),
        "tenants/papers/exchange.html",
        lambda: exchange_summaries(session, case_id, by=the_actor(), today=today()),
        done="Both sides can read both summaries now, and are told so.",
        waiting=[(SIDE_WORDS[side], number) for side, number in waiting.items()],
        complete=all(waiting.values()),
    )
