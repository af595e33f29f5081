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
from saas.identity.actions import TooManyAttemptsError, check_wait, note_failure, password_is
from saas.identity.models import Person
from saas.identity.permissions import Permission
from saas.identity.second_factor import ProofRefused, check_code, passkeys_of
from saas.identity.signed_in import SignedIn
from saas.sign_in.addresses import safe_next
from saas.sign_in.going_in import HALF, go_in, half_way, note, proved_again
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


class ProveByCodeForm(CodeForm):
    next = HiddenField()


@pages.page("/sign-in/second", permission=Permission.ANYONE, methods=("GET", "POST"))
def second() -> ResponseReturnValue:
    """The second proof of whoever gave their first a moment ago."""
    half = half_way()
    if half is None:
        flask.session.pop(HALF, None)
        return redirect(url_for("identity.sign_in"))
    form = CodeForm()
    if request.method == "POST" and form.validate():
        refusal = _refusal(form, half.person_id)
        if not refusal:
            return go_in(half)
        form.code.errors = [refusal]
    session = open_session(Scope.identity())
    keys = passkeys_of(session, half.person_id)
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
    """Ask once more who somebody is, where they proved it long ago: by the password; of whoever
    came by their work account there, or by a second proof of ours."""
    person = the_person()
    by_work = person.way.connection_id is not None
    form = ProveByCodeForm() if by_work else ProveForm()
    if request.method == "GET":
        form.next.data = safe_next(request.args.get("next")) or ""
        return _prove_page(form)
    if form.validate():
        refusal = _refusal(form, person.id) if by_work else _password_refusal(form, person)
        if not refusal:
            return proved_again(person, safe_next(form.next.data) or "")
        (form.code if by_work else form.password).errors = [refusal]
    return _prove_page(form), 422


def _prove_page(form: ProveForm | ProveByCodeForm) -> str:
    person = the_person()
    keys = passkeys_of(open_session(Scope.identity()), person.id)
    by_work = person.way.connection_id is not None
    return render_template(
        "saas/sign_in/prove_work_account.html" if by_work else "saas/sign_in/prove.html",
        form=form,
        may_use_code=person.has_second_factor,
        options=options_to_use(keys) if by_work and keys else "",
        go=url_for("work_account.prove", next=form.next.data or None),
    )


def _password_refusal(form: ProveForm, person: SignedIn) -> str:
    """What is wrong with the password; '' when it is right."""
    session = open_session(Scope.identity())
    source = request.remote_addr or ""
    secret = current_app.extensions["settings"].session_secret
    try:
        check_wait(session, person.email, source=source, at=now(), secret=secret)
    except TooManyAttemptsError as slow:
        return f"There were too many attempts. Wait {slow.minutes} min"
    if password_is(session, person.id, form.password.data or ""):
        return ""
    note_failure(session, person.email, source=source, at=now(), secret=secret)
    session.commit()
    return "The password is not right. Check it and try again"
