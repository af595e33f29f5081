"""The page on which the holder of a family's link gives the date of birth, before anything else."""

from __future__ import annotations

import datetime as dt
import math

from flask import current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext as later

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.identity.personal_link import PersonalLink
from saas.web.access import the_link
from saas.web.field_shapes import button, date_field
from saas.web.today import now
from tenants.access_links.second_check import (
    MustWaitError,
    is_born_on,
    is_remembered,
    note_use,
    remember,
)
from tenants.casework.family.pages import pages
from tenants.casework.forms import CaseForm


class DateOfBirthForm(CaseForm):
    born_on = date_field(
        later("Date of birth of the child or young person"),
        subject=later("The date of birth"),
        needed=later("Enter the date of birth"),
        hint=later("For example, 27 3 2014. If the case is about you, enter your own."),
    )
    submit = button(later("Go on"))


def asks_first() -> bool:
    """Whether the date of birth is asked here: always in production."""
    return bool(current_app.extensions["settings"].asks_for_date_of_birth)


def second_check(link: PersonalLink) -> ResponseReturnValue | None:
    """What is shown instead of the page that was asked for; None if the page may be shown."""
    at = now()
    if asks_first() and not is_remembered(link, at=at):
        return redirect(url_for("family_case.check", then=request.path), 303)
    if request.method != "HEAD":
        note_use(link, at=at)
    return None


def _after() -> str:
    """Where the reader wanted to go: inside this link's own pages alone."""
    own = url_for("family_case.case")
    asked = request.args.get("then", "")
    return asked if asked.startswith(own) and "//" not in asked and "\\" not in asked else own


@pages.page("/<token>/check", permission=Permission.BY_UNPROVEN_LINK, methods=("GET", "POST"))
def check(_session: ScopedSession) -> ResponseReturnValue:
    """It says nothing of the case, and of a wrong date not which part is wrong."""
    link, at = the_link(), now()
    if not asks_first() or is_remembered(link, at=at):
        return redirect(_after(), 303)
    form = DateOfBirthForm()
    if request.method == "POST" and form.validate():
        try:
            right = is_born_on(link, form.born_on.data, at=at)
        except MustWaitError as must:
            form.born_on.errors = [_wait(must.until - at)]
        else:
            if right:
                remember(link, at=at)
                return redirect(_after(), 303)
            form.born_on.errors = [
                _("This is not the date that we have. Check it, and enter it again")
            ]
    page = render_template("tenants/access_links/check.html", form=form)
    return page, 422 if request.method == "POST" else 200


def _wait(left: dt.timedelta) -> str:
    minutes = max(1, math.ceil(left.total_seconds() / 60))
    return str(_("Too many dates did not fit. Enter it again in: %(number)s min", number=minutes))
