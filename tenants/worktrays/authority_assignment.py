"""Who of an authority's team looks after a case: one by one, or many at once from the tray."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_person, the_tenancy
from saas.web.paging import url_with
from tenants.casework.authority.own_case import the_officer
from tenants.casework.authority.pages import pages
from tenants.worktrays.assignment import assign_officer, officers
from tenants.worktrays.filters import NOBODY, asked_person
from tenants.worktrays.tray_pages import chosen_ids


def whose_tabs() -> list[dict[str, Any]]:
    """Whose cases a list shows: everybody's, one's own, those that nobody looks after."""
    now, own = request.args.get("person", ""), str(the_person().id)
    return [
        {"text": text, "href": url_with(person=value, page=None), "current": now == (value or "")}
        for text, value in (("All", None), ("Mine", own))
    ]


@pages.page("/assignments", permission=Permission.ACT_ON_OWN_CASES, methods=("POST",))
def assignments(session: ScopedSession) -> ResponseReturnValue:
    """Give the cases that were ticked in the tray to one of the team."""
    back = redirect(url_for("authority_cases.tray"))
    ids = chosen_ids()
    team = dict(officers(the_tenancy().id))
    asked = request.form.get("assignee", "")
    person = asked_person(asked)
    if not ids:
        flash("Tick the cases that you want to assign.", "problem")
        return back
    if person not in team and asked != NOBODY:
        flash("Choose who of your team looks after them.", "problem")
        return back
    given = assign_officer(session, ids, person, by=the_officer())
    who = team.get(person, "nobody") if person else "nobody"
    flash(f"{given} {'case is' if given == 1 else 'cases are'} assigned to {who}.", "done")
    return back
