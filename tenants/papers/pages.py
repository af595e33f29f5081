"""What the doors share: reading the form, and handing a paper out."""

from __future__ import annotations

import uuid
from io import BytesIO
from typing import Any

import sqlalchemy as sa
from flask import (
    abort,
    current_app,
    flash,
    redirect,
    render_template,
    request,
    send_file,
)
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.database.scope import ScopedSession
from saas.documents.media import LARGEST, UploadRefused
from saas.documents.storage import StorageError
from saas.web.languages import said
from tenants.casework.forms import NOT_SO
from tenants.casework.kinds import Side
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.papers import uploads
from tenants.papers.forms import UploadForm, WithdrawDocumentForm
from tenants.papers.kinds import Audience, DocumentKind
from tenants.papers.models import CaseDocument
from tenants.papers.queries import papers_of
from tenants.papers.rounds import the_store
from tenants.papers.withdrawal import why_it_stays, withdraw_document


def take_in(
    session: ScopedSession,
    case_id: uuid.UUID,
    form: UploadForm,
    *,
    side: Side,
    by: Actor,
    party: uuid.UUID | None = None,
) -> CaseDocument | None:
    """The uploaded paper; None when the form now says why it is not taken.

    Args:
        party: whose of the family it is, where it is one person's.
    """
    given: Any = form.file.data
    # One byte more than is taken tells that it is too large; the rest is not read.
    content = given.stream.read(LARGEST + 1)
    new = uploads.NewDocument(
        kind=DocumentKind(form.kind.data),
        side=side,
        audience=Audience(form.audience.data),
        description=form.description.data or "",
        name=given.filename or "",
        content=content,
        party=party,
    )
    store = the_store(current_app.extensions["settings"])
    try:
        return uploads.upload(session, case_id, new, store=store, by=by)
    except UploadRefused as refused:
        form.refuse_upload(refused)
    except StorageError:
        current_app.logger.exception("a document could not be stored")
        form.form_errors.append("The file could not be kept just now. Try again in a minute.")
    return None


def withdrawal_page(
    session: ScopedSession,
    row: sa.Row[*tuple[Any, ...]],
    *,
    by: Actor,
    back: str,
    by_side: Side | None = None,
) -> ResponseReturnValue:
    """What withdrawing does, and the reason asked for; then back to the case."""
    form = WithdrawDocumentForm()
    paper = next(p for p in papers_of(session, row.case_id) if p.id == row.id)
    stays = why_it_stays(row, by_side=by_side)
    if request.method == "POST" and stays is None and form.validate():
        try:
            withdraw_document(session, row, reason=form.reason.data or "", by=by)
        except RuleBroken as broken:
            form.refuse(broken)
        else:
            flash(_("The document is withdrawn: nobody can open it any more."))
            return redirect(back)
    page = render_template(
        "tenants/papers/withdrawal.html",
        form=form,
        paper=paper,
        stays=said(stays, NOT_SO) if stays else None,
        back=back,
    )
    if request.method == "GET":
        return page
    return page, 409 if stays else 422


def hand_out(
    session: ScopedSession, row: sa.Row[*tuple[Any, ...]], *, by: Actor, back: str
) -> ResponseReturnValue:
    """The file, named by its kind and case, with a line in the trail; or why it is held back."""
    store = the_store(current_app.extensions["settings"])
    try:
        content = uploads.open_document(session, row, store=store, by=by)
    except uploads.NotToBeReadError as why:
        return render_template("tenants/papers/held.html", why=str(why), back=back), 409
    except StorageError:
        current_app.logger.exception("the document %s cannot be read", row.id)
        abort(503)
    name = next(p.file_name for p in papers_of(session, row.case_id) if p.id == row.id)
    session.commit()
    return send_file(
        BytesIO(content),
        mimetype=row.media_type,
        as_attachment=True,
        download_name=name,
        max_age=0,
    )
