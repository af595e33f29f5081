"""What anyone sees first: the first page, the check of a postcode, and help for who works here."""

from __future__ import annotations

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from flask_babel import lazy_gettext as later

from saas.database.scope import Scope
from saas.identity.permissions import Permission
from saas.page_counts.counting import count_step
from saas.reference.postcode_grammar import MalformedPostcodeError
from saas.web.access import DoorPages, open_session
from saas.web.field_shapes import choices
from saas.web.frame import Door
from saas.web.languages import is_switch
from saas.web.today import today
from tenants.front_door.forms import CouncilForm, PostcodeForm
from tenants.front_door.postcode_check import (
    PostcodeCheck,
    Status,
    area_of_slug,
    check_postcode,
    oldest_letter_in_time,
)
from tenants.front_door.texts.actions import standing, values_of
from tenants.front_door.texts.markdown import to_html
from tenants.front_door.texts.translated import in_page_language

pages = DoorPages("front_door", __name__, door=Door.PUBLIC)
# What the page of a postcode is called in the counts.
COUNTED = "postcode"


@pages.page("/", permission=Permission.ANYONE)
def home() -> ResponseReturnValue:
    text = standing(open_session(Scope.public()), "home")["home"]
    return render_template(
        "tenants/front_door/home.html",
        form=PostcodeForm(),
        introduction=to_html(
            in_page_language("home", text), values_of(current_app.extensions["settings"])
        ),
    )


@pages.page("/check-postcode", permission=Permission.ANYONE, methods=("GET", "POST"))
def postcode() -> ResponseReturnValue:
    """Whether a family is served. The postcode comes by POST and goes nowhere: what stands in an
    address is written into the logs of servers and the history of browsers."""
    form = PostcodeForm()
    if request.method != "POST":
        return render_template("tenants/front_door/postcode.html", form=form)
    session, day = open_session(Scope.public()), today()
    if "council" in request.form:
        return _chosen()
    if not form.validate():
        return render_template("tenants/front_door/postcode.html", form=form), 422
    found = check_postcode(session, form.postcode.data or "", today=day)
    _count(found.status.value)
    if found.status is Status.MALFORMED:
        form.postcode.errors = [_said(found.fault)]
        return render_template("tenants/front_door/postcode.html", form=form), 422
    return _answered(found)


def _chosen() -> ResponseReturnValue:
    """The answer for the council that a family named, where we had to ask."""
    area = area_of_slug(
        open_session(Scope.public()), request.form.get("council", ""), today=today()
    )
    if area is None:
        form = PostcodeForm(formdata=None)
        form.postcode.errors = [later("Enter your postcode once more, then choose your council.")]
        return render_template("tenants/front_door/postcode.html", form=form), 422
    _count("council-chosen")
    return _answered(PostcodeCheck(Status.LIVE, (area,)))


def _count(step: str) -> None:
    """Count what somebody did; whoever chooses another language does it no second time."""
    if not is_switch():
        count_step(COUNTED, step, today=today())


def _said(fault: MalformedPostcodeError | None) -> str:
    return str(gettext(fault.text, **fault.values)) if fault else ""


def _answered(found: PostcodeCheck) -> ResponseReturnValue:
    asked = found.area is None and bool(found.areas)
    form = CouncilForm(formdata=None)
    form.council.choices = choices((area.slug, area.name) for area in found.areas)
    return render_template(
        "tenants/front_door/postcode_answer.html",
        found=found,
        area=found.area,
        asks=form if asked else None,
        another=PostcodeForm(formdata=None),
        oldest=oldest_letter_in_time(today()),
    )


@pages.page("/help", permission=Permission.ANYONE)
def help_page() -> ResponseReturnValue:
    return render_template("tenants/front_door/help.html")
