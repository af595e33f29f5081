"""The second proof when signing in, and proving once more who one is before some acts."""

from __future__ import annotations

import uuid

import flask
from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import GovPasswordInput, GovTextInput
from wtforms import HiddenField, PasswordField, StringField
from wtforms.validators import InputRequired, Length

from saas.database.scope import Scope
from saas.identity import sessions
from saas.identity.actions import TooManyAttemptsError, check_wait, note_failure, password_is
from saas.identity.kept_entries import find_entry
from saas.identity.models import Person
from saas.identity.permissions import Permission
from saas.identity.second_factor import ProofRefused, check_code, passkeys_of
from saas.sign_in.addresses import first_page, safe_next
from saas.sign_in.going_in import HALF, go_in, half_way, note
from saas.sign_in.kept import known_on_this_device
from saas.sign_in.passkeys import check_passkey, options_to_use
from saas.web.access import DoorPages, open_session, the_person
from saas.web.forms import PageForm
from saas.web.today import now

pages = DoorPages("second_step", __name__, door=None)


class CodeForm(PageForm):
    code = StringField(
        "Code",
        widget=GovTextInput(),
        description="The six digits that your telephone shows, or one of your recovery codes.",
        validators=[Length(max=20)],
    )
    # What a passkey answered, as the script puts it here.
    passkey = HiddenField()


class ProveForm(PageForm):
    password = PasswordField(
        "Your password",
        widget=GovPasswordInput(),
        validators=[InputRequired("Enter your password"), Length(max=200)],
    )
    next = HiddenField()


@pages.page("/sign-in/second", permission=Permission.ANYONE, methods=("GET", "POST"))
def second() -> ResponseReturnValue:
    """The second proof of whoever gave the right password a moment ago."""
    half = half_way()
    if half is None:
        flask.session.pop(HALF, None)
        return redirect(url_for("identity.sign_in"))
    person_id, target = half
    form = CodeForm()
    if request.method == "POST" and form.validate():
        refusal = _refusal(form, person_id)
        if not refusal:
            return go_in(person_id, target)
        form.code.errors = [refusal]
    session = open_session(Scope.identity())
    keys = passkeys_of(session, person_id)
    page = render_template(
        "saas/sign_in/second.html", form=form, options=options_to_use(keys) if keys else ""
    )
    return (page, 422) if form.errors else page


def _refusal(form: CodeForm, person_id: uuid.UUID) -> str:
    """What is wrong with the proof; '' when it is right. A wrong one counts as a wrong password."""
    session = open_session(Scope.identity())
    secret = current_app.extensions["settings"].session_secret
    source = request.remote_addr or ""
    person = session.get(Person, person_id)
    email = person.email if person else ""
    try:
        is_known = known_on_this_device() == person_id
        check_wait(session, email, source=source, at=now(), secret=secret, is_known=is_known)
        if form.passkey.data:
            check_passkey(session, person_id, form.passkey.data, at=now())
        else:
            check_code(session, person_id, form.code.data or "", at=now(), secret=secret)
    except TooManyAttemptsError as slow:
        return f"There were too many attempts. Wait {slow.minutes} min, then try again"
    except ProofRefused as refused:
        session.rollback()
        note_failure(session, email, source=source, at=now(), secret=secret)
        session.commit()
        note("second proof refused", person_id)
        return str(refused)
    session.commit()
    return ""


@pages.page("/confirm-it-is-you", permission=Permission.SIGNED_IN, methods=("GET", "POST"))
def prove() -> ResponseReturnValue:
    """Ask for the password once more, where it was given long ago."""
    person = the_person()
    form = ProveForm()
    settings = current_app.extensions["settings"]
    if request.method == "GET":
        form.next.data = safe_next(request.args.get("next")) or ""
        return render_template("saas/sign_in/prove.html", form=form)
    if form.validate():
        session = open_session(Scope.identity())
        source, secret = request.remote_addr or "", settings.session_secret
        try:
            check_wait(session, person.email, source=source, at=now(), secret=secret)
            right = password_is(session, person.id, form.password.data or "")
        except TooManyAttemptsError as slow:
            form.password.errors = [f"There were too many attempts. Wait {slow.minutes} min"]
        else:
            if right and person.session_id is not None:
                sessions.proved(session, person.session_id, at=now())
                entry = find_entry(session, person.id, at=now(), secret=secret)
                session.commit()
                target = safe_next(form.next.data) or first_page(person)
                return redirect(url_for("kept_entry.kept") if entry else target)
            note_failure(session, person.email, source=source, at=now(), secret=secret)
            session.commit()
            form.password.errors = ["The password is not right. Check it and try again"]
    return render_template("saas/sign_in/prove.html", form=form), 422
