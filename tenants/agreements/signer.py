"""The door of those who sign one agreement: its text, who signed it, and the place to sign.

Every address in it is a key, and nothing else of the case is behind it: the role that it connects
as reads one agreement and the signatures on it.
"""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import SIGNING_ARGUMENT, DoorPages, signing_link_over, the_signing_link
from saas.web.frame import Door
from saas.web.today import now
from tenants.agreements.download import agreement_download
from tenants.agreements.forms import SignForm
from tenants.agreements.models import Agreement
from tenants.agreements.reading import ShownAgreement, shown
from tenants.agreements.signing import sign
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor

pages = DoorPages("agreement_signer", __name__, door=Door.SIGNER, url_prefix="/sign")


@pages.url_defaults
def keep_the_key(_endpoint: str, values: dict[str, Any]) -> None:
    """Addresses inside the door carry the key by which the reader came."""
    if SIGNING_ARGUMENT not in values and request.view_args:
        values[SIGNING_ARGUMENT] = request.view_args.get(SIGNING_ARGUMENT)


def the_agreement(session: ScopedSession) -> ShownAgreement | None:
    """The agreement of the link; None when it was called back or replaced."""
    found = session.get(Agreement, (session.tenant, the_signing_link().agreement_id))
    view = shown(session, found) if found else None
    return view if view and (view.out or view.agreed_on) else None


@pages.page("/<key>/", permission=Permission.BY_SIGNING_LINK, methods=("GET", "POST"))
def agreement(session: ScopedSession) -> ResponseReturnValue:
    """The text, who signed it, and the place to sign it."""
    link = the_signing_link()
    view = the_agreement(session)
    if view is None:
        return signing_link_over()
    own = next(one for one in view.signers if one.signer.key == link.signer)
    may_sign = own.signature is None and view.out
    form = SignForm()
    if request.method == "POST":
        if not may_sign:
            flash("There is nothing left for you to sign.")
            return redirect(url_for("agreement_signer.agreement"))
        if form.validate():
            name = form.typed_name.data or ""
            try:
                sign(
                    session,
                    view.agreement,
                    own.signer,
                    typed_name=name,
                    by=Actor(id=None, name=name, at=now()),
                    link_id=link.id,
                )
            except RuleBroken as broken:
                form.refuse(broken)
            else:
                flash("You have signed. Thank you.")
                return redirect(url_for("agreement_signer.agreement"))
    page = render_template(
        "tenants/agreements/signer.html",
        view=view,
        own=own,
        form=form,
        may_sign=may_sign,
        authority=link.tenancy,
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/<key>/agreement.pdf", permission=Permission.BY_SIGNING_LINK)
def agreement_file(session: ScopedSession) -> ResponseReturnValue:
    view = the_agreement(session)
    if view is None:
        return signing_link_over()
    return agreement_download(session, view.agreement)
