"""Links for those who sign an agreement without a sign-in or a page of their own."""

from __future__ import annotations

import uuid

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.field_shapes import choices
from saas.web.today import now
from tenants.access_links.links import NewLink
from tenants.agreements.provider import CASE
from tenants.agreements.reading import latest_agreement
from tenants.agreements.signing_link_forms import SigningLinkForm
from tenants.agreements.signing_links import (
    email_signing_link,
    make_signing_link,
    revoke_signing_link,
    signing_links_of,
    wanting_a_link,
)
from tenants.casework.provider.pages import pages, the_actor, the_case
from tenants.casework.record import RuleBroken


def signing_address(token: str) -> str:
    """The whole address, as the one who signs gets it."""
    public: str = current_app.extensions["settings"].public_url
    if public:
        return public.rstrip("/") + url_for("agreement_signer.agreement", key=token)
    return url_for("agreement_signer.agreement", key=token, _external=True)


@pages.page(
    f"{CASE}/signing-links", permission=Permission.WRITE_AGREEMENTS, methods=("GET", "POST")
)
def signing_links(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """The links to the agreements of the case. A new one is shown on the answer to its form, and
    never again."""
    view = the_case(session, case_id)
    latest = latest_agreement(session, case_id)
    if latest is None:
        return redirect(
            url_for("provider_cases.agreement", authority=the_tenancy().slug, case_id=case_id)
        )
    wanting = wanting_a_link(latest)
    form = SigningLinkForm()
    form.signer.choices = choices((one.key, one.name) for one in wanting)
    made: NewLink | None = None
    if request.method == "POST" and form.validate():
        key, email = form.signer.data or "", form.email.data or ""
        try:
            if not form.by_email.data:
                made = make_signing_link(session, case_id, key, by=the_actor())
            elif not email:
                raise RuleBroken("email", "Enter the e-mail address to which the link is to go")
            else:
                email_signing_link(session, case_id, key, email=email, by=the_actor())
                flash("A link is e-mailed within a minute or so. It works for 30 days.")
                return _to_links(case_id)
        except RuleBroken as broken:
            form.refuse(broken)
    elif request.method == "GET" and len(wanting) == 1:
        form.signer.process_data(wanting[0].key)
    page = render_template(
        "tenants/agreements/signing_links.html",
        view=view,
        form=form,
        wanting=wanting,
        made=made,
        address=signing_address(made.token) if made else "",
        names={one.signer.key: one.signer.name for one in latest.signers},
        links=signing_links_of(session, case_id),
        latest=latest,
        authority=the_tenancy(),
        now=now(),
    )
    return page, 200 if made or request.method == "GET" else 422


@pages.page(
    f"{CASE}/signing-links/<uuid:link_id>/revocation",
    permission=Permission.WRITE_AGREEMENTS,
    methods=("POST",),
)
def signing_link_revoked(
    session: ScopedSession, case_id: uuid.UUID, link_id: uuid.UUID
) -> ResponseReturnValue:
    the_case(session, case_id)
    try:
        revoke_signing_link(session, case_id, link_id, by=the_actor())
    except RuleBroken:
        abort(404)
    flash("The link is revoked: it no longer opens anything.")
    return _to_links(case_id)


def _to_links(case_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(
        url_for("provider_cases.signing_links", authority=the_tenancy().slug, case_id=case_id)
    )
