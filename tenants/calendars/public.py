"""What a calendar program asks for: the address is the key, so nobody signs in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Response, abort, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope, scoped
from saas.identity.permissions import Permission
from saas.web.access import DoorPages
from saas.web.frame import Door
from saas.web.today import now, today
from tenants.calendars.feeds import owner_of
from tenants.calendars.meetings import calendar_of, calls_of, meetings_of
from tenants.call_backs.queries import CallSoon
from tenants.worktrays.this_week import MeetingSoon

pages = DoorPages("public_calendar", __name__, door=Door.PUBLIC)


@pages.page("/calendar/<calendar_key>.ics", permission=Permission.ANYONE)
def feed(calendar_key: str) -> ResponseReturnValue:
    with scoped(Scope.identity()) as session:
        person = owner_of(session, calendar_key, at=now())
    if person is None:
        abort(404)
    of_authority = person.tenant_id is not None

    def href(one: MeetingSoon) -> str:
        if of_authority:
            return url_for("authority_cases.case", case_id=one.case_id, _external=True)
        return url_for(
            "provider_cases.case",
            authority=one.authority_slug,
            case_id=one.case_id,
            _external=True,
        )

    def call_href(one: CallSoon) -> str:
        return url_for(
            "provider_call_backs.call_back",
            authority=one.authority_slug,
            case_id=one.case_id,
            _external=True,
        )

    file = calendar_of(
        meetings_of(person, today=today()),
        calls_of(person, today=today()),
        host=urlsplit(request.host_url).hostname or "localhost",
        href=href,
        call_href=call_href,
        at=now(),
    )
    return Response(file, content_type="text/calendar; charset=utf-8")
