"""Intake: whose case it is, then the referral."""

from __future__ import annotations

from flask import redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.reference.postcodes import look_up
from saas.web.access import the_person, the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.field_shapes import blank_first
from saas.web.today import today
from tenants.casework.actions import NewParty, NewReferral, open_case
from tenants.casework.kinds import Route, Service, Side
from tenants.casework.provider.pages import pages, the_actor
from tenants.casework.provider.right_place import asks_about_contact
from tenants.casework.queries import SameMatter, same_matter
from tenants.casework.record import RuleBroken
from tenants.casework.referral_forms import AuthorityForm, ReferralForm
from tenants.subscribers.queries import all_tenancies


@pages.page("/cases/new", permission=Permission.RECORD_CASES)
def choose_authority(session: ScopedSession) -> ResponseReturnValue:
    """Find the authority by the family's postcode, or choose it."""
    form = AuthorityForm(request.args, meta={"csrf": False})
    tenancies = all_tenancies(session, served_on=today())
    form.authority.choices = blank_first(((t.slug, t.name) for t in tenancies), "Choose")
    asked = "submit" in request.args
    status = 200
    if asked and form.validate():
        slug = form.authority.data or ""
        if form.postcode.data:
            answer = look_up(session, form.postcode.data)
            slug = answer.authority or ""
            if slug not in {t.slug for t in tenancies}:
                form.postcode.errors = [
                    f"{answer.authority_name} does not subscribe: signpost the family to it"
                    if answer.authority_name
                    else answer.why
                ]
                slug = ""
        elif not slug:
            form.postcode.errors = ["Enter a postcode, or choose the authority below"]
        if slug:
            return redirect(
                url_for("provider_cases.new_case", authority=slug, postcode=form.postcode.data)
            )
    if asked:
        status = 422
    return render_template("tenants/casework/choose_authority.html", form=form), status


def _referral(form: ReferralForm) -> NewReferral:
    return NewReferral(
        service=Service(form.service.data),
        route=Route(form.route.data),
        opened_on=form.opened_on.data,
        given_name=form.given_name.data or "",
        family_name=form.family_name.data or "",
        date_of_birth=form.date_of_birth.data,
        upn=form.upn.data or None,
        primary_need=form.primary_need.data or None,
        decision_type=form.decision_type.data or None,
        notice_sent=form.notice_sent.data,
        authority_reference=form.authority_reference.data or None,
        sections="".join(form.sections.data or []),
        health_issue=form.health_issue.data,
        social_care_issue=form.social_care_issue.data,
        permission_on=form.permission_on.data,
        permission_by=form.permission_by.data or "",
        permission_how=form.permission_how.data or "",
        capacity=form.capacity.data or "",
        plan_maintained_until=form.plan_maintained_until.data,
        parties=(
            NewParty(
                side=Side.FAMILY,
                name=form.contact_name.data or "",
                relation=form.contact_relation.data or "",
                email=form.contact_email.data or None,
                telephone=form.contact_telephone.data or None,
                postcode=form.contact_postcode.data or None,
                preferred_communication=form.preferred_communication.data or None,
                adjustments=form.adjustments.data or None,
                interpreter=form.interpreter.data or None,
            ),
        ),
        coordinator_id=the_person().id,
    )


def _asks(session: ScopedSession, form: ReferralForm) -> Check | None:
    return asks_about_contact(
        session,
        email=form.contact_email.data,
        postcode=form.contact_postcode.data,
        button="Open the case",
    )


@pages.page("/<authority>/cases/new", permission=Permission.RECORD_CASES, methods=("GET", "POST"))
def new_case(session: ScopedSession) -> ResponseReturnValue:
    form = ReferralForm()
    if request.method == "GET":
        form.opened_on.process_data(today())
        form.contact_postcode.data = request.args.get("postcode", "")
        return render_template("tenants/casework/new_case.html", form=form, today=today(), same=())
    same: list[SameMatter] = []
    if form.validate():
        referral = _referral(form)
        same = [] if form.another_case.data else same_matter(session, referral)
        asked = None if same or is_checked() else _asks(session, form)
        if asked is not None:
            return check_page(asked)
        if same:
            form.another_case.errors = ["There is a case about this child and this decision"]
        else:
            try:
                case = open_case(session, referral, by=the_actor(), today=today())
            except RuleBroken as broken:
                form.refuse(broken)
            else:
                return redirect(
                    url_for(
                        "provider_cases.case",
                        authority=the_tenancy().slug,
                        case_id=case.id,
                        new="yes",
                    )
                )
    page = render_template(
        "tenants/casework/new_case.html",
        form=form,
        today=today(),
        same=same,
        authority=the_tenancy(),
    )
    return page, 422
