"""Where a family that lost its link asks for a new one. The answer is the same for everyone."""

from __future__ import annotations

from flask import current_app, render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope
from saas.identity.actions import email_key
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, open_session
from saas.web.frame import Door
from saas.web.today import now
from tenants.access_links.forms import AskForm
from tenants.access_links.requests import TooManyAskedError, ask_for_link

pages = DoorPages("family_link", __name__, door=Door.PUBLIC)


@pages.page("/new-link", permission=Permission.ANYONE, methods=("GET", "POST"))
def ask() -> ResponseReturnValue:
    form = AskForm()
    if request.method == "GET":
        return render_template("tenants/access_links/new_link.html", form=form)
    if form.validate():
        session = open_session(Scope.identity())
        email = form.email.data or ""
        secret = current_app.extensions["settings"].session_secret
        try:
            ask_for_link(session, email=email, email_key=email_key(email, secret), at=now())
        except TooManyAskedError:
            form.email.errors = ["Very many people ask just now. Try again in 10 minutes."]
        else:
            session.commit()
            return render_template("tenants/access_links/new_link_asked.html")
    return render_template("tenants/access_links/new_link.html", form=form), 422
