"""One's own security: password, second proof, where one is signed in, and for whom one works."""

from __future__ import annotations

import io
import uuid

import flask
import segno
import sqlalchemy as sa
from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovTextInput
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from saas.database.scope import Scope, ScopedSession
from saas.identity import second_factor, sessions
from saas.identity.actions import choose_password, password_is
from saas.identity.opened import places_of
from saas.identity.passwords import LEAST, MOST, PasswordRefused
from saas.identity.permissions import Permission
from saas.identity.second_factor import Passkey, ProofRefused
from saas.identity.sessions import WebSession
from saas.sign_in.addresses import first_page
from saas.sign_in.going_in import note
from saas.sign_in.passkeys import keep_passkey, options_to_make
from saas.web.access import DoorPages, open_session, the_person
from saas.web.forms import PageForm
from saas.web.today import now

pages = DoorPages("account_security", __name__, door=None, url_prefix="/account/security")
GET_AND_POST = ("GET", "POST")
# The secret of a telephone that is being set up, until its first code was right.
SETTING_UP = "setting_up"
# Recovery codes are shown on the page that follows, once.
SHOWN_ONCE = "recovery_codes"


class NewPasswordForm(PageForm):
    old = PasswordField(
        "Your password now",
        widget=GovPasswordInput(),
        validators=[InputRequired("Enter your password"), Length(max=200)],
    )
    password = PasswordField(
        "New password",
        widget=GovPasswordInput(),
        description=f"{LEAST} characters or more.",
        validators=[InputRequired("Choose a password"), Length(max=4 * MOST)],
    )


class FirstCodeForm(PageForm):
    code = StringField(
        "The code that it shows now",
        widget=GovTextInput(),
        validators=[InputRequired("Enter the six digits"), Length(max=20)],
    )


class PasskeyForm(PageForm):
    name = StringField(
        "What you call it",
        widget=GovTextInput(),
        description="Such as: work laptop, blue security key.",
        validators=[Length(max=60)],
    )
    passkey = HiddenField()


@pages.page("", permission=Permission.SIGNED_IN)
def security() -> ResponseReturnValue:
    person = the_person()
    session = open_session(Scope.identity())
    codes = flask.session.pop(SHOWN_ONCE, None)
    places = places_of(session, person.id, person.way)
    return render_template(
        "saas/sign_in/security.html",
        person=person,
        passkeys=second_factor.passkeys_of(session, person.id),
        has_codes=second_factor.has_codes(session, person.id),
        codes_left=second_factor.codes_left(session, person.id),
        codes=codes,
        sessions=sessions.sessions_of(session, person.id, at=now()),
        places=[current_app.extensions["tenancy_of_id"](place) for place in places],
    )


@pages.page("/password", permission=Permission.SIGNED_IN, methods=GET_AND_POST)
def password() -> ResponseReturnValue:
    person = the_person()
    form = NewPasswordForm()
    if request.method == "POST" and form.validate():
        session = open_session(Scope.identity())
        if not password_is(session, person.id, form.old.data or ""):
            form.old.errors = ["This is not your password"]
        else:
            try:
                choose_password(session, person.id, form.password.data or "")
            except PasswordRefused as refused:
                form.password.errors = [str(refused)]
            else:
                sessions.end(session, person.id, at=now(), but=person.session_id)
                session.commit()
                note("password changed", person.id)
                flash("Your password is changed. Where else you were signed in, you are no more.")
                return redirect(url_for("account_security.security"))
    page = render_template("saas/sign_in/password.html", form=form)
    return (page, 422) if form.errors else page


@pages.page("/telephone", permission=Permission.SIGNED_IN, methods=GET_AND_POST)
def telephone() -> ResponseReturnValue:
    """Have a telephone show codes: a secret is made, and kept once its first code was right."""
    person = the_person()
    form = FirstCodeForm()
    settings = current_app.extensions["settings"]
    if request.method == "GET" or SETTING_UP not in flask.session:
        flask.session[SETTING_UP] = second_factor.new_secret()
    code_secret = flask.session[SETTING_UP]
    if request.method == "POST" and form.validate():
        session = open_session(Scope.identity())
        try:
            second_factor.keep_secret(
                session, person.id, code_secret, form.code.data or "", at=now(),
                secret=settings.session_secret,
            )  # fmt: skip
        except ProofRefused as refused:
            form.code.errors = [str(refused)]
        else:
            if not second_factor.codes_left(session, person.id):
                flask.session[SHOWN_ONCE] = second_factor.new_recovery_codes(session, person.id)
            session.commit()
            flask.session.pop(SETTING_UP, None)
            note("second proof added", person.id, by="telephone")
            flash("From now on you sign in with a code of your telephone, too.")
            return redirect(url_for("account_security.security"))
    page = render_template(
        "saas/sign_in/telephone.html",
        form=form,
        code_secret=" ".join(code_secret[at : at + 4] for at in range(0, len(code_secret), 4)),
    )
    return (page, 422) if form.errors else page


@pages.page("/telephone/picture", permission=Permission.SIGNED_IN)
def telephone_picture() -> ResponseReturnValue:
    """What an authenticator app reads, while a telephone is being set up in this browser."""
    code_secret = flask.session.setdefault(SETTING_UP, second_factor.new_secret())
    settings = current_app.extensions["settings"]
    address = second_factor.address_of(
        code_secret, email=the_person().email, issuer=settings.provider_name
    )
    drawn = io.BytesIO()
    segno.make(address, error="m").save(drawn, kind="svg", scale=5, border=4)
    no_store = {"Cache-Control": "no-store"}
    return flask.Response(drawn.getvalue(), mimetype="image/svg+xml", headers=no_store)


@pages.page("/telephone/remove", permission=Permission.SIGNED_IN, methods=("POST",))
def remove_telephone() -> ResponseReturnValue:
    person = the_person()
    session = open_session(Scope.identity())
    if _is_last(session, person.id, telephone=True):
        session.rollback()
        flash("Set up a passkey first: you need one second proof", "problem")
        return redirect(url_for("account_security.security"))
    second_factor.forget_secret(session, person.id)
    session.commit()
    note("second proof removed", person.id, by="telephone")
    flash("Your telephone's codes are not asked for any more.")
    return redirect(url_for("account_security.security"))


@pages.page("/passkeys/new", permission=Permission.SIGNED_IN, methods=GET_AND_POST)
def new_passkey() -> ResponseReturnValue:
    person = the_person()
    form = PasskeyForm()
    session = open_session(Scope.identity())
    if request.method == "POST" and form.validate():
        try:
            keep_passkey(
                session, person.id, form.passkey.data or "", form.name.data or "", at=now()
            )
        except ProofRefused as refused:
            form.name.errors = [str(refused)]
        else:
            if not second_factor.codes_left(session, person.id):
                flask.session[SHOWN_ONCE] = second_factor.new_recovery_codes(session, person.id)
            session.commit()
            note("second proof added", person.id, by="passkey")
            flash("The passkey is kept. From now on you sign in with it, too.")
            return redirect(url_for("account_security.security"))
    known = second_factor.passkeys_of(session, person.id)
    page = render_template(
        "saas/sign_in/new_passkey.html", form=form, options=options_to_make(person, known)
    )
    return (page, 422) if form.errors else page


@pages.page(
    "/passkeys/<uuid:passkey_id>/remove", permission=Permission.SIGNED_IN, methods=("POST",)
)
def remove_passkey(passkey_id: uuid.UUID) -> ResponseReturnValue:
    person = the_person()
    session = open_session(Scope.identity())
    key = session.scalar(
        sa.select(Passkey).where(Passkey.id == passkey_id, Passkey.person_id == person.id)
    )
    if key is None:
        abort(404)
    if _is_last(session, person.id, telephone=False):
        session.rollback()
        flash("Set up another second proof first: you need one", "problem")
        return redirect(url_for("account_security.security"))
    session.delete(key)
    session.commit()
    note("second proof removed", person.id, by="passkey")
    flash("The passkey opens nothing any more.")
    return redirect(url_for("account_security.security"))


def _is_last(known: ScopedSession, person_id: uuid.UUID, *, telephone: bool) -> bool:
    """Whether this is the only second proof, and one is needed."""
    settings = current_app.extensions["settings"]
    if not settings.asks_for_second_factor:
        return False
    keys = len(second_factor.passkeys_of(known, person_id))
    codes = second_factor.has_codes(known, person_id)
    return (keys == 0) if telephone else (keys == 1 and not codes)


@pages.page("/recovery-codes", permission=Permission.SIGNED_IN, methods=("POST",))
def recovery_codes() -> ResponseReturnValue:
    person = the_person()
    session = open_session(Scope.identity())
    flask.session[SHOWN_ONCE] = second_factor.new_recovery_codes(session, person.id)
    session.commit()
    note("recovery codes made", person.id)
    flash("These are your new recovery codes. The old ones open nothing any more.")
    return redirect(url_for("account_security.security"))


@pages.page(
    "/sessions/<uuid:web_session_id>/end", permission=Permission.SIGNED_IN, methods=("POST",)
)
def end_session(web_session_id: uuid.UUID) -> ResponseReturnValue:
    person = the_person()
    session = open_session(Scope.identity())
    if not sessions.end(session, person.id, at=now(), only=web_session_id):
        session.rollback()
        abort(404)
    session.commit()
    flash("You are signed out there.")
    return redirect(url_for("account_security.security"))


@pages.page("/sessions/end-others", permission=Permission.SIGNED_IN, methods=("POST",))
def end_others() -> ResponseReturnValue:
    person = the_person()
    session = open_session(Scope.identity())
    ended = sessions.end(session, person.id, at=now(), but=person.session_id)
    session.commit()
    flash("You are signed out everywhere else." if ended else "You were signed in nowhere else.")
    return redirect(url_for("account_security.security"))


@pages.page("/places/<uuid:tenancy_id>", permission=Permission.SIGNED_IN, methods=("POST",))
def work_in(tenancy_id: uuid.UUID) -> ResponseReturnValue:
    """Work for another authority in this browser, where one belongs to several."""
    person = the_person()
    session = open_session(Scope.identity())
    if tenancy_id not in places_of(session, person.id, person.way):
        session.rollback()
        abort(404)
    session.execute(
        sa.update(WebSession).where(WebSession.id == person.session_id).values(works_in=tenancy_id)
    )
    session.commit()
    moved = current_app.extensions["find_signed_in"](person.id, person.session_key)
    return redirect(first_page(moved))
