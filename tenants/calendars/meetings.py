"""The meetings of one person, as a calendar that is asked for again and again (RFC 5545).

An entry holds a reference, the time and the place; never whose case it is.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Callable, Iterable

from icalendar import Calendar, Event, Timezone

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.queries import FoundPerson
from saas.reference.today import LONDON
from tenants.call_backs.queries import CallSoon, calls_between
from tenants.call_backs.slots import LASTS as CALL_LASTS
from tenants.notices.meetings import LASTS, PRODUCT
from tenants.worktrays.this_week import MeetingSoon, meetings_between
from tenants.worktrays.tray_filter import TrayFilter

BEFORE, AHEAD = dt.timedelta(days=31), dt.timedelta(days=400)
MOST = 500


def meetings_of(person: FoundPerson, *, today: dt.date) -> list[MeetingSoon]:
    """The meetings that are a person's: of the cases they look after or mediate in, and for an
    authority's manager of all its cases. An officer has those too that nobody looks after."""
    whose: list[TrayFilter] = []
    scope: Scope | None = None
    if person.tenant_id is not None:
        scope = Scope.authority(person.tenant_id, person.id)
        own = TrayFilter(tasks_on=today)
        if person.authority_role is AuthorityRole.MANAGER:
            whose = [own]
        elif person.authority_role is AuthorityRole.OFFICER:
            whose = [
                dataclasses.replace(own, person=person.id),
                dataclasses.replace(own, unassigned=True),
            ]
    elif person.provider_roles:
        scope = Scope.all_cases(person.id)
        if ProviderRole.MEDIATOR in person.provider_roles:
            whose.append(TrayFilter(mediator=person.id))
        if ProviderRole.COORDINATOR in person.provider_roles:
            whose.append(TrayFilter(coordinator=person.id))
    if scope is None or not whose:
        return []
    found: dict[object, MeetingSoon] = {}
    with scoped(scope) as session:
        for asked in whose:
            meetings, _ = meetings_between(
                session, asked, today - BEFORE, today + AHEAD, today=today, most=MOST
            )
            found |= {one.case_id: one for one in meetings}
    return sorted(found.values(), key=lambda one: (one.on, one.time, one.reference))


def calls_of(person: FoundPerson, *, today: dt.date) -> list[CallSoon]:
    """The calls with families that are booked with an adviser."""
    if not {ProviderRole.ADVISER, ProviderRole.COORDINATOR} & set(person.provider_roles):
        return []
    since = dt.datetime.combine(today - BEFORE, dt.time(), LONDON)
    with scoped(Scope.all_cases(person.id)) as session:
        return calls_between(session, since, since + AHEAD, adviser=person.id, limit=MOST)


def calendar_of(
    meetings: Iterable[MeetingSoon],
    calls: Iterable[CallSoon] = (),
    *,
    host: str,
    href: Callable[[MeetingSoon], str],
    call_href: Callable[[CallSoon], str],
    at: dt.datetime,
) -> bytes:
    """The iCalendar file.

    Args:
        host: of the service, which makes the ids of entries its own.
        href: where the case of a meeting is.
        call_href: where the call of a case is.
    """
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("X-WR-CALNAME", "SEND mediation")
    calendar.add("REFRESH-INTERVAL;VALUE=DURATION", "PT1H")
    calendar.add_component(Timezone.from_tzid("Europe/London", first_date=dt.date(2020, 1, 1)))
    for one in meetings:
        entry = Event()
        entry.add("UID", f"{one.case_id}-{one.on:%Y%m%d}@{host}")
        entry.add("DTSTAMP", at.astimezone(dt.UTC))
        entry.add("SUMMARY", f"Meeting, case {one.reference} ({one.authority_name})")
        if one.time:
            start = dt.datetime.combine(one.on, dt.time.fromisoformat(one.time), tzinfo=LONDON)
            entry.add("DTSTART", start)
            entry.add("DTEND", start + LASTS)
        else:
            entry.add("DTSTART", one.on)
            entry.add("DTEND", one.on + dt.timedelta(days=1))
        if one.place or one.link:
            entry.add("LOCATION", one.place or one.link)
        lines = [f"Missing: {' and '.join(one.missing)}"] if one.missing else []
        lines += [f"Join by video: {one.link}"] if one.link else []
        if lines:
            entry.add("DESCRIPTION", "\n".join(lines))
        entry.add("URL", href(one))
        entry.add("CLASS", "PRIVATE")
        calendar.add_component(entry)
    for call in calls:
        entry = Event()
        entry.add("UID", f"call-{call.id}@{host}")
        entry.add("DTSTAMP", at.astimezone(dt.UTC))
        entry.add("SUMMARY", f"Call, case {call.reference} ({call.authority_name})")
        entry.add("DTSTART", call.starts_at.astimezone(LONDON))
        entry.add("DTEND", (call.starts_at + CALL_LASTS).astimezone(LONDON))
        entry.add("URL", call_href(call))
        entry.add("CLASS", "PRIVATE")
        calendar.add_component(entry)
    return bytes(calendar.to_ical())
