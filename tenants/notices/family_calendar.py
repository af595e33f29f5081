"""The calendar file of a family's meeting, from its own page."""

from __future__ import annotations

from flask import Response, abort, current_app
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import the_link
from saas.web.today import now
from tenants.casework.family.pages import pages
from tenants.casework.family_view import NotTheirCaseError, family_view
from tenants.casework.kinds import FactKind
from tenants.casework.queries import load_record
from tenants.notices.meetings import calendar_file, meeting_of


@pages.page("/<token>/meeting.ics", permission=Permission.BY_PERSONAL_LINK)
def meeting_file(session: ScopedSession) -> ResponseReturnValue:
    """The meeting that stands; a calendar that has it already takes it for the same."""
    try:
        view = family_view(session, the_link().tenancy.name)
    except NotTheirCaseError:
        abort(404)
    if view.appointment is None:
        abort(404)
    record = load_record(session, view.id)
    fixed = [f for f in record.facts if f.kind is FactKind.MEETING_FIXED and not f.retracted]
    meeting = meeting_of(view.id, record, fixed[-1]) if fixed else None
    if meeting is None:
        abort(404)
    settings = current_app.extensions["settings"]
    file, _ = calendar_file(
        meeting,
        reference=view.reference,
        organiser_name=settings.provider_name,
        organiser=settings.sender,
        attendee="",
        # The key of the page is no thing for a calendar, which others may see.
        link=None,
        at=now(),
    )
    return Response(
        file,
        content_type="text/calendar; charset=utf-8",
        headers={"Content-Disposition": 'attachment; filename="meeting.ics"'},
    )
