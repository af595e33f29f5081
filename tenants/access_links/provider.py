"""Personal links for a case's family: made, shown once, revoked."""

from __future__ import annotations

import uuid

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.field_shapes import choices
from saas.web.today import now
from tenants.access_links.contact import Contact, change_contact, contact_of
from tenants.access_links.family_links import (
    email_link,
    family_of,
    links_of,
    make_link,
    revoke_link,
)
from tenants.access_links.forms import ContactForm, LinkForm
from tenants.access_links.participant_links import (
    participant_links_of,
    revoke_participant_link,
)
from tenants.access_links.second_check import ask_anew, wrong_dates
from tenants.casework.provider.pages import act_page, pages, the_actor, the_case
from tenants.casework.provider.right_place import asks_about_contact
from tenants.casework.record import RuleBroken

# The newest so many are shown: a link that ran out opens nothing.
MOST_MEETING_LINKS = 50


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
        if form.email.data:
            try:
                email_link(session, case_id, uuid.UUID(form.party.data), by=the_actor())
            except RuleBroken as broken:
                form.refuse(broken)
            else:
                flash("A new link is e-mailed within a minute or so. It works for 30 days.")
                return _to_links(case_id)
        else:
            made = make_link(session, case_id, uuid.UUID(form.party.data), by=the_actor())
    elif request.method == "GET" and len(family) == 1:
        form.party.process_data(str(family[0][0]))
    page = render_template(
        "tenants/access_links/family_links.html",
        view=view,
        form=form,
        family=family,
        made=made,
        address=link_address(made.token) if made else "",
        for_whom=next((n for i, n in family if made and str(i) == form.party.data), ""),
        links=links_of(session, case_id),
        meeting_links=participant_links_of(session, case_id, most=MOST_MEETING_LINKS),
        wrong_dates=wrong_dates(session, case_id),
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
    return _to_links(case_id)


@pages.page(
    "/<authority>/cases/<uuid:case_id>/meeting-links/<uuid:link_id>/revocation",
    permission=Permission.RECORD_CASES,
    methods=("POST",),
)
def meeting_link_revoked(
    session: ScopedSession, case_id: uuid.UUID, link_id: uuid.UUID
) -> ResponseReturnValue:
    """End the link of somebody who comes to a meeting; they are e-mailed a new one with the next
    message about it."""
    the_case(session, case_id)
    try:
        revoke_participant_link(session, case_id, link_id, by=the_actor())
    except RuleBroken:
        abort(404)
    flash("The link is revoked: it no longer opens anything.")
    return _to_links(case_id)


ASKS_ANEW = Check(
    "Ask for the date of birth again?",
    [
        "This person's page asks for the date of birth again, in every browser.",
        "Wrong dates given before are forgotten, so that they can try at once.",
    ],
    "Ask again",
)


@pages.page(
    "/<authority>/cases/<uuid:case_id>/links/asked-anew/<uuid:party_id>",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def link_asks_anew(
    session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID
) -> ResponseReturnValue:
    """Browsers that were let in are asked again, and who waits after wrong dates waits no more."""
    the_case(session, case_id)
    if party_id not in dict(family_of(session, case_id)):
        abort(404)
    if request.method == "GET":
        return check_page(ASKS_ANEW)
    if not is_checked():
        return redirect(request.path)
    ask_anew(session, case_id, party_id, by=the_actor())
    flash("The date of birth is asked again in every browser of this person.")
    return _to_links(case_id)


def _to_links(case_id: uuid.UUID) -> ResponseReturnValue:
    return redirect(url_for("provider_cases.links", authority=the_tenancy().slug, case_id=case_id))


@pages.page(
    "/<authority>/cases/<uuid:case_id>/contact/<uuid:party_id>",
    permission=Permission.RECORD_CASES,
    methods=("GET", "POST"),
)
def contact(session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID) -> ResponseReturnValue:
    """How to reach one of the family: put right, or withdrawn by leaving it empty."""
    view = the_case(session, case_id)
    known = contact_of(session, case_id, party_id)
    if known is None:
        abort(404)
    form = ContactForm(obj=known[1] if request.method == "GET" else None)
    form.keep_own_words(known[1].preferred_communication)
    return act_page(
        view,
        form,
        "tenants/casework/contact.html",
        lambda: change_contact(
            session,
            case_id,
            party_id,
            Contact(
                email=form.email.data or None,
                telephone=form.telephone.data or None,
                postcode=form.postcode.data or None,
                preferred_communication=form.preferred_communication.data or None,
            ),
            by=the_actor(),
        ),
        done="The contact details are kept. Links sent to an address no longer used have ended.",
        check=lambda: asks_about_contact(
            session, email=form.email.data, postcode=form.postcode.data, button="Save"
        ),
        name=known[0],
    )
