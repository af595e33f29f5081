"""An authority's team, as its manager runs it: who has access, who is let in, who no more."""

from __future__ import annotations

import uuid
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record as audit
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity import second_factor, team
from saas.identity.connections import ConnectionRefused, forget_identities
from saas.identity.permissions import AuthorityRole, Permission
from saas.identity.team import Member, TeamRefused
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.downloads import csv_file
from saas.web.forms import PageForm
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.subscribers.team_forms import AUTHORITY_ROLE_WORDS, InviteForm, RoleForm

pages = DoorPages("authority_team", __name__, door=Door.AUTHORITY, url_prefix="/authority/team")
GET_AND_POST = ("GET", "POST")
HEAD = ("Name", "E-mail address", "Role", "Access", "Last signed in", "Second proof")


@pages.page("", permission=Permission.SEE_OWN_TEAM)
def members(session: ScopedSession) -> ResponseReturnValue:
    """Who has access, and when they last used it."""
    with scoped(Scope.identity()) as identities:
        found = team.team(identities, the_tenancy().id)
    return render_template(
        "tenants/subscribers/authority_team.html",
        members=found,
        words=AUTHORITY_ROLE_WORDS,
        may_manage=the_person().may(Permission.MANAGE_OWN_TEAM),
        may_see_walls=the_person().may(Permission.SEE_WALLS),
        may_see_trail=the_person().may(Permission.SEE_OWN_TRAIL),
    )


@pages.page("/export", permission=Permission.SEE_OWN_TEAM)
def export(session: ScopedSession) -> ResponseReturnValue:
    """The review of access as a file."""
    with scoped(Scope.identity()) as identities:
        found = team.team(identities, the_tenancy().id)
    return csv_file(
        f"access-{the_tenancy().slug}-{today()}.csv", HEAD, [row_of(one) for one in found]
    )


def row_of(one: Member) -> tuple[object, ...]:
    """A person in the review of access."""
    return (
        one.name,
        one.email,
        ", ".join(one.roles),
        access_of(one),
        one.last_signed_in_at.date() if one.last_signed_in_at else None,
        "yes" if one.has_second_factor else "no",
    )


def access_of(one: Member) -> str:
    if not one.active:
        return "suspended"
    return "open" if one.joined else "invited"


@pages.page("/invite", permission=Permission.MANAGE_OWN_TEAM, methods=GET_AND_POST)
def invite(session: ScopedSession) -> ResponseReturnValue:
    form, tenancy = InviteForm(), the_tenancy()
    if form.validate_on_submit():
        try:
            with scoped(Scope.identity()) as identities:
                person_id = team.invite(
                    identities,
                    email=form.email.data or "",
                    name=form.name.data or "",
                    by=f"{the_person().name}, {tenancy.name}",
                    at=now(),
                    tenant_id=tenancy.id,
                    role=AuthorityRole(form.role.data),
                )
        except TeamRefused as refused:
            show(form, refused)
        else:
            _note(session, "person invited", person_id, role=form.role.data)
            current_app.extensions["wake_worker"]("send_account_links")
            flash(f"{form.name.data} is in the team. Who has no account yet gets an e-mail.")
            return redirect(url_for("authority_team.members"))
    page = render_template("tenants/subscribers/team_invite.html", form=form)
    return (page, 422) if form.errors else page


@pages.page("/<uuid:person_id>", permission=Permission.MANAGE_OWN_TEAM, methods=GET_AND_POST)
def member(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    """One of the team: another role, and what else can be done."""
    found = _member(person_id)
    form = RoleForm(role=found.roles[0])
    if form.validate_on_submit():
        try:
            with scoped(Scope.identity()) as identities:
                before = team.change_role(
                    identities,
                    the_tenancy().id,
                    person_id,
                    AuthorityRole(form.role.data),
                    at=now(),
                )
        except TeamRefused as refused:
            show(form, refused)
        else:
            _note(session, "role changed", person_id, was=before, is_now=form.role.data)
            flash(f"{found.name} has another role now, and signs in anew.")
            return redirect(url_for("authority_team.members"))
    page = render_template(
        "tenants/subscribers/authority_member.html",
        form=form,
        member=found,
        access=access_of(found),
        is_oneself=person_id == the_person().id,
    )
    return (page, 422) if form.errors else page


@pages.page(
    "/<uuid:person_id>/suspend",
    permission=Permission.MANAGE_OWN_TEAM,
    methods=GET_AND_POST,
    when_reading=True,
)
def suspend(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _member(person_id)
    back = redirect(url_for("authority_team.member", person_id=person_id))
    if request.method == "POST" and not is_checked():
        return redirect(url_for("authority_team.member", person_id=person_id))
    if request.method == "GET":
        return check_page(suspend_check(found))
    try:
        with scoped(Scope.identity()) as identities:
            team.suspend_place(identities, the_tenancy().id, person_id, at=now())
    except TeamRefused as refused:
        flash(refused.message, "problem")
        return back
    _note(session, "person suspended", person_id)
    flash(f"{found.name} is suspended.")
    return back


def suspend_check(found: Member) -> Check:
    return Check(
        f"Suspend {found.name}",
        [
            "They are signed out at once, wherever they are signed in",
            "What they recorded stays, under their name",
            "You can let them in again at any time",
        ],
        "Suspend",
    )


@pages.page("/<uuid:person_id>/resume", permission=Permission.MANAGE_OWN_TEAM, methods=("POST",))
def resume(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _member(person_id)
    try:
        with scoped(Scope.identity()) as identities:
            team.resume_place(identities, the_tenancy().id, person_id, at=now())
    except TeamRefused as refused:
        flash(refused.message, "problem")
        return redirect(url_for("authority_team.member", person_id=person_id))
    _note(session, "person let in again", person_id)
    flash(f"{found.name} is let in again.")
    return redirect(url_for("authority_team.member", person_id=person_id))


@pages.page(
    "/<uuid:person_id>/invite-again", permission=Permission.MANAGE_OWN_TEAM, methods=("POST",)
)
def invite_again(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    found = _member(person_id)
    try:
        with scoped(Scope.identity()) as identities:
            by = f"{the_person().name}, {the_tenancy().name}"
            team.invite_again(identities, person_id, by=by, at=now())
    except TeamRefused as refused:
        flash(refused.message, "problem")
    else:
        current_app.extensions["wake_worker"]("send_account_links")
        flash(f"{found.name} gets a new invitation.")
    return redirect(url_for("authority_team.member", person_id=person_id))


@pages.page(
    "/<uuid:person_id>/new-second-proof",
    permission=Permission.MANAGE_OWN_TEAM,
    methods=GET_AND_POST,
)
def new_second_proof(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody begin anew whose telephone is lost."""
    found = _member(person_id)
    if request.method == "POST" and not is_checked():
        return redirect(url_for("authority_team.member", person_id=person_id))
    if request.method == "GET":
        return check_page(second_proof_check(found))
    try:
        with scoped(Scope.identity()) as identities:
            team.check_works_nowhere_else(identities, the_tenancy().id, person_id)
            second_factor.remove_all(identities, person_id)
    except TeamRefused as refused:
        flash(refused.message, "problem")
        return redirect(url_for("authority_team.member", person_id=person_id))
    _note(session, "second proof removed", person_id)
    flash(f"{found.name} sets up a new second proof when they sign in next.")
    return redirect(url_for("authority_team.member", person_id=person_id))


@pages.page(
    "/<uuid:person_id>/another-work-account",
    permission=Permission.MANAGE_OWN_TEAM,
    methods=GET_AND_POST,
)
def forget_work_account(session: ScopedSession, person_id: uuid.UUID) -> ResponseReturnValue:
    """Let somebody come by another account of their organisation: theirs was made anew."""
    found = _member(person_id)
    back = redirect(url_for("authority_team.member", person_id=person_id))
    if request.method == "POST" and not is_checked():
        return redirect(url_for("authority_team.member", person_id=person_id))
    if request.method == "GET":
        return check_page(work_account_check(found))
    try:
        with scoped(Scope.identity()) as identities:
            team.check_works_nowhere_else(identities, the_tenancy().id, person_id)
            forget_identities(identities, person_id, at=now())
    except TeamRefused as refused:
        flash(refused.message, "problem")
        return back
    _note(session, "work account forgotten", person_id)
    flash(f"{found.name} is learnt anew when they sign in by a work account next.")
    return back


def work_account_check(found: Member) -> Check:
    return Check(
        f"Let {found.name} sign in by another work account",
        [
            "Make sure that it is really they: whoever has their address there next is taken for "
            "them",
            "They are signed out where they signed in by the work account",
        ],
        "Forget the work account",
    )


def second_proof_check(found: Member) -> Check:
    return Check(
        f"Let {found.name} set up a new second proof",
        [
            "Make sure that it is really they who ask: telephone them, do not answer an e-mail",
            "Until they have set up a new one, their password alone lets them in",
        ],
        "Remove the second proof",
    )


def _member(person_id: uuid.UUID) -> Member:
    with scoped(Scope.identity()) as identities:
        found = team.team(identities, the_tenancy().id, only=person_id)
    if not found:
        abort(404)
    return found[0]


def _note(session: ScopedSession, action: str, person_id: uuid.UUID, **detail: Any) -> None:
    audit(session, action, subject_kind="person", subject_id=person_id, at=now(), **detail)


def show(form: PageForm, refused: TeamRefused | ConnectionRefused) -> None:
    """The refusal at its field, or at the form where it has none."""
    field = form._fields.get(refused.field)
    if field is None:
        form.form_errors.append(refused.message)
    else:
        field.errors = [refused.message]
