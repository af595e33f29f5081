"""Signing in and out, and one's own account."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import flask
from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, logout_user

from saas.database.scope import Scope
from saas.identity import actions, queries, sessions
from saas.identity.connections import connection_for, is_any_on
from saas.identity.permissions import Permission
from saas.identity.second_factor import has_second_factor
from saas.identity.signed_in import SignedIn
from saas.sign_in import work_account
from saas.sign_in.addresses import first_page, safe_next
from saas.sign_in.forms import AddressForm, SignInForm
from saas.sign_in.going_in import HalfWay, ask_second, go_in, note
from saas.sign_in.kept import forget_who, init_kept, known_on_this_device
from saas.web.access import AUTHORITY_ARGUMENT, DoorPages, open_session, signed_in, the_person
from saas.web.today import now

pages = DoorPages("identity", __name__, door=None)
_SLUG = re.compile("[a-z0-9-]+")
# What the second button of the page sends.
WAY, BY_WORK_ACCOUNT = "way", "work-account"
NO_WORK_ACCOUNT = "People with such an address sign in by a password. Enter yours"
MUST_USE = (
    "The e-mail address or the password is not right, or people of your organisation sign in by "
    "their work account. Leave the password empty to go there."
)


@pages.page("/sign-in", permission=Permission.ANYONE, methods=("GET", "POST"))
def sign_in() -> ResponseReturnValue:
    person = signed_in()
    if person is not None:
        return redirect(safe_next(request.args.get("next")) or first_page(person))
    form = SignInForm()
    if request.method == "GET":
        form.next.data = safe_next(request.args.get("next")) or ""
        return _sign_in_page(form)
    session = open_session(Scope.identity())
    target = safe_next(form.next.data) or ""
    asks = request.form.get(WAY) == BY_WORK_ACCOUNT
    if (asks or not form.password.data) and AddressForm().validate():
        leads = work_account.offer(session, form.email.data or "", target)
        if leads is not None:
            return leads
        if asks:
            form.email.errors = [NO_WORK_ACCOUNT]
            return _sign_in_page(form), 422
    if not form.validate():
        if asks:
            form.password.errors = []
        return _sign_in_page(form), 422
    settings = current_app.extensions["settings"]
    refusal = ""
    try:
        person_id = actions.sign_in(
            session,
            email=form.email.data or "",
            password=form.password.data or "",
            at=now(),
            secret=settings.session_secret,
            source=request.remote_addr or "",
            known_person=known_on_this_device(),
        )
    except actions.TooManyAttemptsError as slow:
        minutes = "a minute" if slow.minutes == 1 else f"{slow.minutes} minutes"
        refusal = f"There were too many attempts. Wait {minutes}, then try again."
    except actions.SignInRefusedError:
        refusal = "The e-mail address or the password is not right. Check both and try again."
        # Said of the domain: it tells neither whether somebody has the address nor the password.
        connection = connection_for(session, form.email.data or "")
        if connection is not None and connection.must_use:
            refusal = MUST_USE
    # The attempt counts, whether it succeeded or not.
    session.commit()
    if refusal:
        note("sign-in refused", None)
        form.email.errors = [refusal]
        return _sign_in_page(form), 422
    half = HalfWay(person_id, target)
    if has_second_factor(open_session(Scope.identity()), person_id):
        return ask_second(half)
    return go_in(half)


def _sign_in_page(form: SignInForm) -> str:
    any_on = is_any_on(open_session(Scope.identity()))
    return render_template(
        "saas/sign_in/sign_in.html", form=form, way=WAY, by_work=BY_WORK_ACCOUNT if any_on else ""
    )


@pages.page("/sign-out", permission=Permission.ANYONE, methods=("POST",))
def sign_out() -> ResponseReturnValue:
    person = signed_in()
    if person is not None and person.session_id is not None:
        session = open_session(Scope.identity())
        sessions.end(session, person.id, at=now(), only=person.session_id)
        session.commit()
    logout_user()
    flask.session.clear()
    response = current_app.make_response(redirect(url_for("front_door.home")))
    forget_who(response)
    return response


@pages.page("/account", permission=Permission.SIGNED_IN)
def account() -> ResponseReturnValue:
    person = the_person()
    found = queries.find_active_person(open_session(Scope.identity()), person.id)
    may = sorted(p.value for p in person.permissions - {Permission.ANYONE, Permission.SIGNED_IN})
    return render_template("saas/sign_in/account.html", person=person, found=found, may=may)


def _named_authority() -> str:
    """What the address of the page names as an authority; empty for what no authority is called."""
    slug = (request.view_args or {}).get(AUTHORITY_ARGUMENT, "")
    return slug if _SLUG.fullmatch(slug) else ""


def init_sign_in(app: Flask) -> None:
    """Install Flask-Login. A cookie names the person and the epoch of their sessions."""
    settings = app.extensions["settings"]
    app.config.update(
        PERMANENT_SESSION_LIFETIME=dt.timedelta(hours=settings.session_hours),
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.is_production,
        SESSION_COOKIE_NAME="__Host-session" if settings.is_production else "session",
    )
    init_kept(app)
    manager = LoginManager(app)
    manager.session_protection = "basic"

    @manager.user_loader  # type: ignore[untyped-decorator]
    def load(cookie: str) -> SignedIn | None:
        try:
            person_id, epoch, key = cookie.split(":")
            found: SignedIn | None = app.extensions["find_signed_in"](
                uuid.UUID(person_id), key, named=_named_authority()
            )
        except ValueError:
            return None
        return found if found is not None and str(found.epoch) == epoch else None
