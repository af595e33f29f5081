"""A small app on the real frame, and a page that shows every component once."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from flask import Flask, render_template, render_template_string, request
from flask_wtf import FlaskForm
from govuk_frontend_wtf.wtforms_widgets import (
    GovCheckboxInput,
    GovPasswordInput,
    GovRadioInput,
    GovSelect,
    GovTextArea,
    GovTextInput,
)
from jinja2 import ChoiceLoader, FileSystemLoader
from wtforms import (
    BooleanField,
    PasswordField,
    RadioField,
    SelectField,
    StringField,
    TextAreaField,
    ValidationError,
)
from wtforms.fields.choices import SelectChoice  # type: ignore[attr-defined]  # stubs of 3.2
from wtforms.validators import InputRequired

from saas.config import Settings
from saas.web.dates import date_hint
from saas.web.fields import DateNeeded, DatePartsField
from saas.web.frame import STATIC_FOLDER, TEMPLATE_FOLDER, Door, NavItem, PageFrame, init_frame
from saas.web.paging import Page, requested_page

TODAY = date(2026, 4, 1)  # the Wednesday before Easter

NAVIGATION = [
    NavItem(text="Cases", href="/", current=True),
    NavItem(text="Agreed steps", href="/steps"),
    NavItem(text="Statistics", href="/statistics"),
    NavItem(text="Usage and invoices", href="/invoices"),
    NavItem(text="Team", href="/team"),
]


def officer_frame() -> PageFrame:
    return PageFrame(
        door=Door.AUTHORITY,
        door_name="Authority",
        place="Trafford",
        navigation=NAVIGATION,
        signed_in_name="Nadia Osei",
        account_href="/account",
        sign_out_href="/sign-out",
    )


class ContactForm(FlaskForm):  # type: ignore[misc]  # the library has no types
    reference = StringField(
        "Reference", [InputRequired("Enter the reference")], widget=GovTextInput()
    )
    sent_on = DatePartsField(
        "When was the notice sent?",
        [DateNeeded("Enter the date the notice was sent")],
        subject="The date the notice was sent",
        description=date_hint(TODAY),
    )
    way = RadioField(
        "How did you talk?",
        choices=[SelectChoice("telephone", "By telephone"), SelectChoice("video", "By video")],
        widget=GovRadioInput(),
        validators=[InputRequired("Choose how you talked")],
    )
    agreed = BooleanField("The family agreed to be called again", widget=GovCheckboxInput())
    kind = SelectField(
        "Kind", choices=[SelectChoice("rta", "Refusal to assess")], widget=GovSelect()
    )
    note = TextAreaField("Note", widget=GovTextArea())
    password = PasswordField("Your password", widget=GovPasswordInput())

    def validate_note(self, field: TextAreaField) -> None:
        if field.data == "refuse the form":
            self.form_errors.append("The contact is recorded already")
            raise ValidationError("Say what is new")


def tray_rows() -> list[SimpleNamespace]:
    cases = [
        ("TRA-2026-0042", "B.O., 2014", "Choice recorded", -2, "The adviser", "Certificate", 61),
        ("TRA-2026-0043", "K.W., 2011", "Mediation agreed", 7, "You", "Name who attends", 12),
        ("TRA-2026-0051", "S.A., 2018", "Mediation held", 19, "The family", "", 30),
        ("TRA-2025-1102", "M.T., 2007", "Agreement", 300, "You", "Final plan", 188),
    ]
    return [
        SimpleNamespace(
            reference=reference,
            child=child,
            stage=stage,
            due=TODAY + timedelta(days=away),
            waiting=waiting,
            note=note,
            days=days,
        )
        for reference, child, stage, away, waiting, note, days in cases
    ]


def gallery_app(build_frame: Callable[[], PageFrame] = officer_frame, **settings: Any) -> Flask:
    """A Flask app with the frame and nothing else; `settings` override the test's."""
    app = Flask(
        __name__,
        template_folder=str(TEMPLATE_FOLDER),
        static_folder=str(STATIC_FOLDER),
        static_url_path="/static",
    )
    app.secret_key = "a secret of the tests"
    app.config["MAX_CONTENT_LENGTH"] = 100_000
    settings = {"environment": "test", **settings}
    init_frame(app, build_frame, settings=Settings(**settings))
    own = app.jinja_env.loader
    assert own is not None
    app.jinja_env.loader = ChoiceLoader([own, FileSystemLoader(Path(__file__).parent)])

    @app.route("/", methods=["GET", "POST"])
    @app.route("/contact", methods=["POST"], endpoint="contact")
    def gallery() -> str:
        form = ContactForm()
        form.validate_on_submit()
        return render_template(
            "gallery.html",
            form=form,
            today=TODAY,
            rows=tray_rows(),
            page=Page(items=tray_rows(), number=requested_page(), total=1204),
        )

    @app.get("/boom")
    def boom() -> str:
        raise RuntimeError("a fault that the page must not tell")

    @app.get("/misspelt")
    def misspelt() -> str:
        return render_template_string("{{ never_given }}")

    @app.post("/upload")
    def upload() -> str:
        return str(len(request.form))

    return app
