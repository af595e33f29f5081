"""A person makes or ends the address of their calendar, on their own account."""

from __future__ import annotations

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, open_session, the_person
from saas.web.today import now
from tenants.calendars.feeds import end_feed, feed_of, make_feed

pages = DoorPages("account_calendar", __name__, door=None, url_prefix="/account")


@pages.page("/calendar", permission=Permission.SIGNED_IN, methods=("GET", "POST"))
def calendar() -> ResponseReturnValue:
    """The address is shown once, when it is made: whoever has it reads the meetings."""
    person = the_person()
    session = open_session(Scope.identity())
    address = ""
    if request.method == "POST":
        act = request.form.get("act")
        if act == "end" and end_feed(session, person.id, at=now()):
            session.commit()
            flash("The address is ended: calendars that ask by it get nothing any more.")
        if act != "make":
            return redirect(url_for("account_calendar.calendar"))
        token = make_feed(session, person.id, at=now())
        session.commit()
        address = url_for("public_calendar.feed", calendar_key=token, _external=True)
        session.open(Scope.identity())
    return render_template(
        "tenants/calendars/account.html", feed=feed_of(session, person.id), address=address
    )
