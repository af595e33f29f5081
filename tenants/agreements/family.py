"""The family reads the agreement and signs it, by its personal link."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.identity.personal_link import PersonalLink
from saas.web.access import the_link
from saas.web.today import today
from tenants.agreements.download import agreement_download
from tenants.agreements.forms import SignForm
from tenants.agreements.models import Agreement
from tenants.agreements.reading import latest_agreement
from tenants.agreements.signing import sign
from tenants.casework.family.pages import pages, the_family_member
from tenants.casework.record import RuleBroken


def signer_of(link: PersonalLink) -> str:
    """The key under which the holder of a link signs an agreement."""
    return f"family {link.party_id}"


def agreement_on_case_page(session: ScopedSession, case_id: uuid.UUID) -> dict[str, Any]:
    return {
        "agreement": latest_agreement(session, case_id),
        "own_signer": signer_of(the_link()),
    }


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
            flash(_("There is nothing left for you to sign."))
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
                flash(_("You have signed. Thank you."))
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
