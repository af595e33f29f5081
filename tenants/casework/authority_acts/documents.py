"""An authority's papers in its own cases, and what it may read of the others'."""

from __future__ import annotations

import uuid

from flask import abort, flash, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person
from saas.web.today import now
from tenants.casework.authority import pages
from tenants.casework.authority_acts.own_case import own_case, the_officer, to_own_case
from tenants.casework.documents.forms import AuthorityUploadForm
from tenants.casework.documents.pages import hand_out, take_in
from tenants.casework.documents.queries import find_document
from tenants.casework.kinds import Side
from tenants.casework.rows import Actor


def _the_officer() -> Actor:
    person = the_person()
    return Actor(id=person.id, name=person.name, at=now())


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
        "tenants/casework/documents/upload.html",
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
