"""Who has access, for the provider's administrators: everyone, wherever they work."""

from __future__ import annotations

import uuid

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record_across
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity import second_factor, team
from saas.identity.connections import forget_identities
from saas.identity.permissions import AuthorityRole, Permission, ProviderRole
from saas.identity.team import Member, TeamRefused
from saas.web.access import DoorPages, the_person
from saas.web.checking import check_page, is_checked
from saas.web.downloads import csv_file
from saas.web.field_shapes import blank_first
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now, today
from tenants.subscribers.queries import all_tenancies
from tenants.subscribers.team import (
    HEAD,
    access_of,
    row_of,
    second_proof_check,
    show,
    suspend_check,
    work_account_check,
)
from tenants.subscribers.team_forms import InviteAnywhereForm, ProviderRolesForm

pages = DoorPages("manager_people", __name__, door=Door.MANAGER, url_prefix="/manager/people")
GET_AND_POST = ("GET", "POST")


@pages.page("", permission=Permission.SEE_PEOPLE)
def people(session: ScopedSession) -> ResponseReturnValue:
    """Who has access and when they last signed in."""
    number = requested_page()
    # Who people are is read by the identity role alone.
    with scoped(Scope.identity()) as identities:
        found = team.everyone(identities, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE + 1)
    return render_template(
        "tenants/subscribers/manager_people.html",
        page=paginate(found, number=number),
        places=_places(session),
        access_of=access_of,
        may_manage=the_person().may(Permission.MANAGE_PEOPLE),
        may_see_trail=the_person().may(Permission.SEE_TRAIL),
    )


def _places(session: ScopedSession) -> dict[uuid.UUID | None, str]:
    return {tenancy.id: tenancy.name for tenancy in all_tenancies(session)}


@pages.page("/export", permission=Permission.SEE_PEOPLE)
def export(session: ScopedSession) -> ResponseReturnValue:
    """The review of access as a file."""
    places = _places(session)
    provider = current_app.extensions["settings"].provider_name
    with scoped(Scope.identity()) as identities:
        found = team.everyone(identities)
    _note("review of access exported", rows=len(found))
    return csv_file(
        f"access-{today()}.csv",
        ("Works for", *HEAD),
        [(places.get(one.tenant_id, provider), *row_of(one)) for one in found],
    )


@pages.page("/invite", permission=Permission.MANAGE_PEOPLE, methods=GET_AND_POST)
def invite(session: ScopedSession) -> ResponseReturnValue:
    form = InviteAnywhereForm()
    known = sorted((name, str(id_)) for id_, name in _places(session).items())
    form.place.choices = blank_first([(id_, name) for name, id_ in known], "The provider")
    if form.validate_on_submit():
        chosen, roles = form.place.data, [ProviderRole(one) for one in form.roles.data or ()]
        try:
            if not chosen and not roles:
                raise TeamRefused("roles", "Choose what the person does")
            with scoped(Scope.identity()) as identities:
                person_id = team.invite(
                    identities,
                    email=form.email.data or "",
                    name=form.name.data or "",
                    by=f"{the_person().name}, {current_app.extensions['settings'].provider_name}",
                    at=now(),
                    tenant_id=uuid.UUID(chosen) if chosen else None,
                    role=AuthorityRole(form.role.data) if chosen else None,
                    provider_roles=() if chosen else roles,
                )
        except TeamRefused as refused:
            show(form, refused)
        else:
            _note("person invited", of=person_id, place=chosen or "provider")
            current_app.extensions["wake_worker"]("send_account_links")
            flash(f"{form.name.data} is let in. Who has no account yet gets an e-mail.")
            return redirect(url_for("manager_people.person", person_id=person_id))
    page = render_template("tenants/subscribers/manager_invite.html", form=form)
    return (page, 422) if form.errors else page


@pages.page("/<uuid:person_id>", permission=Permission.MANAGE_PEOPLE, methods=GET_AND_POST)
def person(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    """One person: the roles at the provider, and what else can be done."""
    found = _found(person_id)
    known = {role.value for role in ProviderRole}
    form = ProviderRolesForm(roles=[role for role in found[0].roles if role in known])
    if form.validate_on_submit():
        try:
            with scoped(Scope.identity()) as identities:
                chosen = [ProviderRole(one) for one in form.roles.data or ()]
                team.set_provider_roles(identities, person_id, chosen, at=now())
        except TeamRefused as refused:
            form.roles.errors = [refused.message]
        else:
            _note("roles changed", of=person_id, roles=sorted(form.roles.data or ()))
            flash(f"{found[0].name} has these roles now, and signs in anew.")
            return redirect(url_for("manager_people.person", person_id=person_id))
    page = render_template(
        "tenants/subscribers/manager_person.html",
        form=form,
        found=found,
        person=found[0],
        is_ours=any(one.tenant_id is None for one in found),
        places=_places(session),
        access_of=access_of,
        is_oneself=person_id == the_person().id,
    )
    return (page, 422) if form.errors else page


@pages.page(
    "/<uuid:person_id>/suspend",
    permission=Permission.MANAGE_PEOPLE,
    methods=GET_AND_POST,
)
def suspend(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(person_id)[0]
    back = redirect(url_for("manager_people.person", person_id=person_id))
    if request.method == "POST" and not is_checked():
        return redirect(url_for("manager_people.person", person_id=person_id))
    if request.method == "GET":
        return check_page(suspend_check(found))
    try:
        with scoped(Scope.identity()) as identities:
            team.suspend_person(identities, person_id, at=now())
    except TeamRefused as refused:
        flash(refused.message, "problem")
        return back
    _note("person suspended", of=person_id)
    flash(f"{found.name} is suspended.")
    return back


@pages.page("/<uuid:person_id>/resume", permission=Permission.MANAGE_PEOPLE, methods=("POST",))
def resume(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(person_id)[0]
    with scoped(Scope.identity()) as identities:
        team.resume_person(identities, person_id, at=now())
    _note("person let in again", of=person_id)
    flash(f"{found.name} is let in again.")
    return redirect(url_for("manager_people.person", person_id=person_id))


@pages.page(
    "/<uuid:person_id>/invite-again", permission=Permission.MANAGE_PEOPLE, methods=("POST",)
)
def invite_again(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _found(person_id)[0]
    try:
        with scoped(Scope.identity()) as identities:
            team.invite_again(identities, person_id, by=the_person().name, at=now())
    except TeamRefused as refused:
        flash(refused.message, "problem")
    else:
        current_app.extensions["wake_worker"]("send_account_links")
        flash(f"{found.name} gets a new invitation.")
    return redirect(url_for("manager_people.person", person_id=person_id))


@pages.page(
    "/<uuid:person_id>/new-second-proof", permission=Permission.MANAGE_PEOPLE, methods=GET_AND_POST
)
def new_second_proof(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody begin anew whose telephone is lost."""
    found = _found(person_id)[0]
    if request.method == "POST" and not is_checked():
        return redirect(url_for("manager_people.person", person_id=person_id))
    if request.method == "GET":
        return check_page(second_proof_check(found))
    with scoped(Scope.identity()) as identities:
        second_factor.remove_all(identities, person_id)
    _note("second proof removed", of=person_id)
    flash(f"{found.name} sets up a new second proof when they sign in next.")
    return redirect(url_for("manager_people.person", person_id=person_id))


@pages.page(
    "/<uuid:person_id>/another-work-account",
    permission=Permission.MANAGE_PEOPLE,
    methods=GET_AND_POST,
)
def forget_work_account(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody come by another account of their organisation: theirs was made anew."""
    found = _found(person_id)[0]
    if request.method == "POST" and not is_checked():
        return redirect(url_for("manager_people.person", person_id=person_id))
    if request.method == "GET":
        return check_page(work_account_check(found))
    with scoped(Scope.identity()) as identities:
        forget_identities(identities, person_id, at=now())
    _note("work account forgotten", of=person_id)
    flash(f"{found.name} is learnt anew when they sign in by a work account next.")
    return redirect(url_for("manager_people.person", person_id=person_id))


def _found(person_id: uuid.UUID) -> list[Member]:
    with scoped(Scope.identity()) as identities:
        found = team.everyone(identities, only=person_id)
    if not found:
        abort(404)
    return found


def _note(action: str, **detail: object) -> None:
    told = {name: str(x) if isinstance(x, uuid.UUID) else x for name, x in detail.items()}
    record_across(action, person_id=the_person().id, at=now(), **told)
