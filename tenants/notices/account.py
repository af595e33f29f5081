"""One's own choice of e-mails."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, open_session, the_person
from tenants.notices.actions import choose_for_person
from tenants.notices.forms import NoticesForm
from tenants.notices.queries import refused_by_person
from tenants.notices.topics import Topic

pages = DoorPages("account_notices", __name__, door=None, url_prefix="/account")


@pages.page("/notices", permission=Permission.SIGNED_IN, methods=("GET", "POST"))
def notices() -> ResponseReturnValue:
    person = the_person()
    session = open_session(Scope.identity())
    form = NoticesForm().for_person(handles_complaints=person.may(Permission.HANDLE_COMPLAINTS))
    if request.method == "POST" and form.validate():
        choose_for_person(session, person.id, wanted=form.wanted | set(form.not_offered))
        session.commit()
        flash("Your choice of e-mails is kept.")
        return redirect(url_for("identity.account"))
    if request.method == "GET":
        refused = refused_by_person(session, person.id)
        form.topics.process_data([t.value for t in Topic if t not in refused])
    page = render_template("tenants/notices/account.html", form=form)
    return page, 422 if request.method == "POST" else 200
