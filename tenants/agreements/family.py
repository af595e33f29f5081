"""The family reads the agreement and signs it, by its personal link."""

from __future__ import annotations

import uuid

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.today import now, today
from tenants.agreements.forms import SignForm
from tenants.agreements.models import Agreement
from tenants.agreements.reading import latest_agreement
from tenants.agreements.signing import sign
from tenants.casework.downloads import agreement_download
from tenants.casework.family.pages import pages, signer_of
from tenants.casework.family_view import name_of
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor


def the_family_member(session: ScopedSession) -> Actor:
    """Who holds the link, as what they sign will name them."""
    return Actor(id=None, name=name_of(session, the_link().party_id), at=now())


@pages.page("/<token>/agreement", permission=Permission.BY_PERSONAL_LINK, methods=("GET", "POST"))
def agreement(session: ScopedSession) -> ResponseReturnValue:
    """The text that is out for signature or was signed, and the place to sign it."""
    link = the_link()
    latest = latest_agreement(session, link.case_id)
    if latest is None:
        abort(404)
    own = signer_of(link)
    signer = next((one for one in latest.unsigned() if one.key == own), None)
    form = SignForm()
    if request.method == "POST":
        if signer is None:
            flash("There is nothing left for you to sign.")
            return redirect(url_for("family_case.agreement"))
        if form.validate():
            try:
                sign(
                    session,
                    latest.agreement,
                    signer,
                    typed_name=form.typed_name.data or "",
                    by=the_family_member(session),
                    link_id=link.id,
                )
            except RuleBroken as broken:
                form.refuse(broken)
            else:
                flash("You have signed. Thank you.")
                return redirect(url_for("family_case.agreement"))
    page = render_template(
        "tenants/agreements/family.html",
        latest=latest,
        form=form,
        may_sign=signer is not None and latest.out,
        authority=link.tenancy,
        today=today(),
    )
    return page, 422 if request.method == "POST" else 200


@pages.page("/<token>/agreements/<uuid:agreement_id>.pdf", permission=Permission.BY_PERSONAL_LINK)
def agreement_file(session: ScopedSession, agreement_id: uuid.UUID) -> ResponseReturnValue:
    found = session.get(Agreement, (session.tenant, agreement_id))
    if found is None:
        abort(404)
    return agreement_download(session, found)
