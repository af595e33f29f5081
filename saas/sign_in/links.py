"""A password that was forgotten, and choosing one by the link of an e-mail."""

from __future__ import annotations

import flask
import sqlalchemy as sa
from flask import current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput
from wtforms import PasswordField
from wtforms.validators import InputRequired, Length

from saas.database.scope import Scope
from saas.identity import account_links, sessions
from saas.identity.actions import choose_password, fold_email
from saas.identity.models import Person
from saas.identity.passwords import LEAST, MOST, PasswordRefused
from saas.identity.permissions import Permission
from saas.sign_in.addresses import public_address
from saas.sign_in.going_in import note
from saas.web.access import DoorPages, open_session
from saas.web.field_shapes import email_field
from saas.web.forms import PageForm
from saas.web.today import now

pages = DoorPages("account_links", __name__, door=None)


class ForgottenForm(PageForm):
    email = email_field("Your e-mail address", needed="Enter your e-mail address")


class PasswordForm(PageForm):
    password = PasswordField(
        "New password",
        widget=GovPasswordInput(),
        description=f"{LEAST} characters or more. Four words that do not belong together are easy "
        "to remember and hard to guess.",
        validators=[InputRequired("Choose a password"), Length(max=4 * MOST)],
    )


@pages.page("/forgotten-password", permission=Permission.ANYONE, methods=("GET", "POST"))
def forgotten() -> ResponseReturnValue:
    """Somebody asks for a new password. The answer is the same, known or not, and so is its time:
    the worker makes the link and sends it."""
    form = ForgottenForm()
    if request.method == "POST" and form.validate():
        session = open_session(Scope.identity())
        person_id = session.scalar(
            sa.select(Person.id).where(
                Person.email == fold_email(form.email.data or ""), Person.active
            )
        )
        account_links.ask(session, person_id, "password", at=now())
        session.commit()
        return render_template("saas/sign_in/forgotten_asked.html")
    page = render_template("saas/sign_in/forgotten.html", form=form)
    return (page, 422) if form.errors else page


@pages.page("/choose-password/<account_key>", permission=Permission.ANYONE, methods=("GET", "POST"))
def choose(account_key: str) -> ResponseReturnValue:
    """Choose a password by a link that was e-mailed."""
    session = open_session(Scope.identity())
    link = account_links.find_link(session, account_key, at=now())
    if link is None:
        return render_template("saas/sign_in/account_link_over.html"), 404
    form = PasswordForm()
    if request.method == "POST" and form.validate():
        try:
            choose_password(session, link.person_id, form.password.data or "")
        except PasswordRefused as refused:
            form.password.errors = [str(refused)]
        else:
            account_links.use_up(session, link, at=now())
            sessions.end(session, link.person_id, at=now())
            session.commit()
            note("password chosen", link.person_id, by=link.purpose)
            flask.session.clear()
            flash("Your password is chosen. Sign in with it.")
            return redirect(url_for("identity.sign_in"))
    page = render_template("saas/sign_in/choose.html", form=form, link=link)
    return (page, 422) if form.errors else page


def address_of(key: str) -> str:
    """The address that a key of an e-mail opens; without a key, where people sign in."""
    base = public_address(current_app.extensions["settings"])
    return f"{base}/choose-password/{key}" if key else f"{base}/sign-in"
