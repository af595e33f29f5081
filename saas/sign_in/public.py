"""Signing in and out, and one's own account."""

from __future__ import annotations

import datetime as dt
import uuid

import flask
from flask import Flask, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import LoginManager, login_user, logout_user

from saas.database.scope import Scope
from saas.identity import actions, queries
from saas.identity.kept_entries import find_entry
from saas.identity.permissions import Permission
from saas.identity.signed_in import SignedIn
from saas.sign_in.addresses import first_page, safe_next
from saas.sign_in.forms import SignInForm
from saas.sign_in.kept import forget_who, init_kept, remember_who
from saas.web.access import DoorPages, open_session, signed_in, the_person
from saas.web.today import now

pages = DoorPages("identity", __name__, door=None)


@pages.page("/sign-in", permission=Permission.ANYONE, methods=("GET", "POST"))
def sign_in() -> ResponseReturnValue:
    person = signed_in()
    if person is not None:
        return redirect(safe_next(request.args.get("next")) or first_page(person))
    form = SignInForm()
    if request.method == "GET":
        form.next.data = safe_next(request.args.get("next")) or ""
        return render_template("saas/sign_in/sign_in.html", form=form)
    if not form.validate():
        return render_template("saas/sign_in/sign_in.html", form=form), 422
    session = open_session(Scope.identity())
    refusal = ""
    try:
        person_id = actions.sign_in(
            session,
            email=form.email.data or "",
            password=form.password.data or "",
            at=now(),
            secret=current_app.extensions["settings"].session_secret,
        )
    except actions.TooManyAttemptsError:
        refusal = "There were too many attempts. Wait 15 minutes, then try again."
    except actions.SignInRefusedError:
        refusal = "The e-mail address or the password is not right. Check both and try again."
    # The attempt counts, whether it succeeded or not.
    session.commit()
    if refusal:
        form.email.errors = [refusal]
        return render_template("saas/sign_in/sign_in.html", form=form), 422
    found = current_app.extensions["find_signed_in"](person_id)
    flask.session.clear()
    login_user(found)
    flask.session.permanent = True
    entry = find_entry(
        session,
        found.id,
        at=now(),
        secret=current_app.extensions["settings"].session_secret,
    )
    target = safe_next(form.next.data) or first_page(found)
    response = current_app.make_response(redirect(url_for("kept_entry.kept") if entry else target))
    remember_who(response, found.id)
    return response


@pages.page("/sign-out", permission=Permission.ANYONE, methods=("POST",))
def sign_out() -> ResponseReturnValue:
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
        person_id, _, epoch = cookie.partition(":")
        try:
            found: SignedIn | None = app.extensions["find_signed_in"](uuid.UUID(person_id))
        except ValueError:
            return None
        return found if found is not None and str(found.epoch) == epoch else None
