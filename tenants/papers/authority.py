"""An authority's papers in its own cases, and what it may read of the others'."""

from __future__ import annotations

import uuid

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from tenants.casework.authority.own_case import own_case, the_officer, to_own_case
from tenants.casework.authority.pages import pages
from tenants.casework.kinds import Side
from tenants.papers.forms import AuthorityUploadForm
from tenants.papers.pages import hand_out, take_in, withdrawal_page
from tenants.papers.queries import find_document


@pages.page(
    "/cases/<uuid:case_id>/documents/new",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def document_upload(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    view = own_case(session, case_id)
    form = AuthorityUploadForm()
    if request.method == "POST" and form.validate():
        taken = take_in(session, case_id, form, side=Side.AUTHORITY, by=the_officer())
        if taken is not None:
            flash("The document is kept.")
            return to_own_case(case_id)
    page = render_template(
        "tenants/papers/upload.html",
        form=form,
        view=view,
        back=url_for("authority_cases.case", case_id=case_id),
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/documents/<uuid:document_id>", permission=Permission.SEE_OWN_CASES)
def document(session: ScopedSession, document_id: uuid.UUID) -> ResponseReturnValue:
    row = find_document(session, document_id)
    if row is None:
        abort(404)
    back = url_for("authority_cases.case", case_id=row.case_id)
    return hand_out(session, row, by=the_officer(), back=back)


@pages.page(
    "/documents/<uuid:document_id>/withdrawal",
    permission=Permission.ACT_ON_OWN_CASES,
    methods=("GET", "POST"),
)
def document_withdrawal(session: ScopedSession, document_id: uuid.UUID) -> ResponseReturnValue:
    """One's own paper, until it is exchanged."""
    row = find_document(session, document_id)
    if row is None:
        abort(404)
    back = url_for("authority_cases.case", case_id=row.case_id)
    return withdrawal_page(session, row, by=the_officer(), back=back, by_side=Side.AUTHORITY)
