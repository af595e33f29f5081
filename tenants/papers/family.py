"""A family's papers: its own, and those that both sides may read."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from tenants.casework.family.pages import pages, the_family_member
from tenants.casework.family_view import NotTheirCaseError, family_view
from tenants.casework.kinds import Side
from tenants.papers.forms import FamilyUploadForm
from tenants.papers.pages import hand_out, take_in, withdrawal_page
from tenants.papers.queries import find_document


@pages.page(
    "/<token>/documents/new", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST")
)
def document_upload(session: ScopedSession) -> ResponseReturnValue:
    try:
        view = family_view(session, the_link().tenancy.name)
    except NotTheirCaseError:
        abort(404)
    form = FamilyUploadForm()
    by = the_family_member(session)
    if request.method == "POST" and form.validate():
        taken = take_in(session, view.id, form, side=Side.FAMILY, by=by, party=the_link().party_id)
        if taken is not None:
            flash(_("We have your document. Thank you."))
            return redirect(url_for("family_case.case"))
    page = render_template(
        "tenants/papers/upload.html",
        form=form,
        view=view,
        back=url_for("family_case.case"),
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/<token>/documents/<uuid:document_id>", permission=Permission.BY_PERSONAL_LINK)
def document(session: ScopedSession, document_id: uuid.UUID) -> ResponseReturnValue:
    row = find_document(session, document_id)
    if row is None:
        abort(404)
    return hand_out(session, row, by=the_family_member(session), back=url_for("family_case.case"))


@pages.page(
    "/<token>/documents/<uuid:document_id>/withdrawal",
    permission=Permission.BY_PERSONAL_LINK,
    methods=("GET", "POST"),
)
def document_withdrawal(session: ScopedSession, document_id: uuid.UUID) -> ResponseReturnValue:
    """The family's own paper, until it is exchanged."""
    row = find_document(session, document_id)
    if row is None:
        abort(404)
    if row.party_id not in (None, the_link().party_id):
        # Both sides may read it; to take it back is for whose it is.
        abort(403)
    by = the_family_member(session)
    back = url_for("family_case.case")
    return withdrawal_page(session, row, by=by, back=back, by_side=Side.FAMILY)
