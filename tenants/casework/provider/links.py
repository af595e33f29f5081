"""Personal links for a case's family: made, shown once, revoked."""

from __future__ import annotations

import uuid

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.field_shapes import choices
from saas.web.today import now
from tenants.casework.personal_links.actions import family_of, links_of, make_link, revoke_link
from tenants.casework.personal_links.forms import LinkForm
from tenants.casework.provider.pages import pages, the_actor, the_case
from tenants.casework.record import RuleBroken


def link_address(token: str) -> str:
    """The whole address, as the family gets it."""
    public: str = current_app.extensions["settings"].public_url
    if public:
        return public.rstrip("/") + url_for("family_case.case", token=token)
    return url_for("family_case.case", token=token, _external=True)


@pages.page(
    "/<authority>/cases/<uuid:case_id>/links",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def links(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """The links of the case. A new one is shown on the answer to its form, and never again."""
    view = the_case(session, case_id)
    form = LinkForm()
    family = family_of(session, case_id)
    form.party.choices = choices((str(party_id), name) for party_id, name in family)
    made = None
    if request.method == "POST" and form.validate():
        made = make_link(session, case_id, uuid.UUID(form.party.data), by=the_actor())
    elif request.method == "GET" and len(family) == 1:
        form.party.process_data(str(family[0][0]))
    page = render_template(
        "tenants/casework/family_links.html",
        view=view,
        form=form,
        family=family,
        made=made,
        address=link_address(made.token) if made else "",
        for_whom=next((n for i, n in family if made and str(i) == form.party.data), ""),
        links=links_of(session, case_id),
        authority=the_tenancy(),
        now=now(),
    )
    return page, 200 if made or request.method == "GET" else 422


@pages.page(
    "/<authority>/cases/<uuid:case_id>/links/<uuid:link_id>/revocation",
    permission=Permission.RECORD_CASES,
    methods=("POST",),
)
def link_revoked(
    session: ScopedSession, case_id: uuid.UUID, link_id: uuid.UUID
) -> ResponseReturnValue:
    the_case(session, case_id)
    try:
        revoke_link(session, case_id, link_id, by=the_actor())
    except RuleBroken:
        abort(404)
    flash("The link is revoked: it no longer opens anything.")
    return redirect(url_for("provider_cases.links", authority=the_tenancy().slug, case_id=case_id))
