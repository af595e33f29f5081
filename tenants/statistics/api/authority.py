"""An authority's keys to the API, for its manager."""

from __future__ import annotations

import datetime as dt
import uuid

from flask import abort, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxesInput,
    GovRadioInput,
    GovSubmitInput,
    GovTextInput,
)
from wtforms import RadioField, SelectMultipleField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]
from wtforms.validators import InputRequired, Length

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.forms import PageForm
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.statistics.api.tokens import ALLOWS_WORDS, Allows, make_token, revoke, tokens

pages = DoorPages("authority_keys", __name__, door=Door.AUTHORITY, url_prefix="/authority/api-keys")


class KeyForm(PageForm):
    name = StringField(
        "What will use the key",
        description="For example, the name of your case management system",
        widget=GovTextInput(),
        validators=[InputRequired("Enter what will use the key"), Length(max=100)],
    )
    allows = SelectMultipleField(
        "What it may ask for",
        widget=GovCheckboxesInput(),
        choices=[SelectChoice(value=a.value, label=words) for a, words in ALLOWS_WORDS.items()],
        validators=[InputRequired("Choose what the key may ask for")],
    )
    days = RadioField(
        "How long it holds",
        widget=GovRadioInput(),
        choices=[
            SelectChoice(value="30", label="30 days"),
            SelectChoice(value="90", label="90 days"),
            SelectChoice(value="365", label="A year"),
        ],
        default="90",
        validators=[InputRequired("Choose how long the key holds")],
    )
    submit = SubmitField("Make the key", widget=GovSubmitInput())


@pages.page("", permission=Permission.MANAGE_API_TOKENS, methods=("GET", "POST"))
def keys(session: ScopedSession) -> ResponseReturnValue:
    """The keys there are, and a form for a new one; the key itself is shown this once."""
    form, made, status = KeyForm(), "", 200
    if form.is_submitted():
        if form.validate():
            made = make_token(
                session,
                name=form.name.data or "",
                allows=[Allows(value) for value in form.allows.data or []],
                expires_on=today() + dt.timedelta(days=int(form.days.data)),
                at=now(),
            )
            form = KeyForm(formdata=None)
        else:
            status = 422
    page = render_template(
        "tenants/statistics/api/authority_keys.html",
        form=form,
        made=made,
        keys=tokens(session),
        words={allow.value: words.split(":")[0] for allow, words in ALLOWS_WORDS.items()},
        today=today(),
    )
    return page, status


@pages.page(
    "/<uuid:token_id>/withdrawal",
    permission=Permission.MANAGE_API_TOKENS,
    methods=("POST",),
    when_reading=True,
)
def withdrawal(session: ScopedSession, token_id: uuid.UUID) -> ResponseReturnValue:
    """End a key at once."""
    if not revoke(session, token_id, at=now()):
        abort(404)
    flash("The key is withdrawn and opens nothing any more.")
    return redirect(url_for("authority_keys.keys"))
