"""A meeting keeps its calendar entry through every change, and the entry names nobody's child."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import icalendar
import pytest

from tenants.casework.kinds import FactKind, Route, Service
from tenants.casework.record import CaseRecord, Fact
from tenants.notices.meetings import Meeting, calendar_file, meeting_of, previous_meeting

CASE = uuid.UUID("01890000-0000-7000-8000-000000000001")
AT = dt.datetime(2026, 6, 10, 9, 30, tzinfo=dt.UTC)


def fixed(on: str, **detail: object) -> Fact:
    return Fact(
        uuid.uuid4(),
        FactKind.MEETING_FIXED,
        dt.date(2026, 6, 1),
        detail={"meeting_on": on, **detail},
    )


def happened(kind: FactKind) -> Fact:
    return Fact(uuid.uuid4(), kind, dt.date(2026, 6, 2))


def record(*facts: Fact) -> CaseRecord:
    return CaseRecord(Service.MEDIATION, Route.PARENT, dt.date(2026, 5, 5), facts=list(facts))


def met(*facts: Fact) -> list[Meeting]:
    whole = record(*facts)
    found = [
        meeting_of(CASE, whole, fact)
        for fact in facts
        if fact.kind in (FactKind.MEETING_FIXED, FactKind.MEETING_CANCELLED)
    ]
    assert all(found)
    return [meeting for meeting in found if meeting]


def test_a_changed_date_is_the_same_entry_with_a_higher_number() -> None:
    first, second = met(fixed("2026-07-09"), fixed("2026-07-16"))
    assert first.uid == second.uid
    assert (first.sequence, second.sequence) == (0, 1)
    assert (first.on.day, second.on.day) == (9, 16)


def test_a_cancellation_is_of_the_entry_that_was_fixed() -> None:
    first, gone = met(fixed("2026-07-09", time="10:00"), happened(FactKind.MEETING_CANCELLED))
    assert (gone.uid, gone.on, gone.time) == (first.uid, first.on, dt.time(10))
    assert gone.sequence > first.sequence


@pytest.mark.parametrize("between", [FactKind.MEETING_HELD, FactKind.MEETING_CANCELLED])
def test_a_further_meeting_is_an_entry_of_its_own(between: FactKind) -> None:
    facts = (fixed("2026-07-09"), happened(between), fixed("2026-07-30"))
    assert met(*facts)[0].uid != met(*facts)[-1].uid
    assert previous_meeting(record(*facts), facts[2]) is None


def test_nothing_is_cancelled_where_nothing_was_fixed() -> None:
    cancelled = happened(FactKind.MEETING_CANCELLED)
    assert meeting_of(CASE, record(cancelled), cancelled) is None


def test_a_meeting_survives_being_kept_in_a_notice() -> None:
    (meeting,) = met(fixed("2026-07-09", time="10:00", place="Town Hall", minutes=90))
    assert Meeting.from_detail(meeting.as_detail(cancelled=False)) == meeting


def entry(meeting: Meeting) -> tuple[icalendar.Calendar, Any]:
    text, method = calendar_file(
        meeting,
        reference="TRA-2026-0042",
        organiser_name="Example Mediation",
        organiser="post@provider.example",
        attendee="officer@borough.example",
        link="https://service.example/authority/cases/1",
        at=AT,
    )
    calendar = icalendar.Calendar.from_ical(text)
    assert calendar["METHOD"] == method
    (event,) = calendar.walk("VEVENT")
    return calendar, event


def test_the_file_says_when_and_where_in_englands_time() -> None:
    (meeting,) = met(fixed("2026-07-09", time="10:00", place="Town Hall", video_link=""))
    calendar, event = entry(meeting)
    (zone,) = calendar.walk("VTIMEZONE")
    assert zone["TZID"] == event["DTSTART"].params["TZID"] == "Europe/London"
    assert event["DTSTART"].dt.astimezone(dt.UTC) == dt.datetime(2026, 7, 9, 9, tzinfo=dt.UTC)
    assert event["DTEND"].dt - event["DTSTART"].dt == dt.timedelta(hours=2)
    assert event["LOCATION"] == "Town Hall"
    assert event["UID"] == f"meeting-1-{CASE}@provider.example"
    assert event["SUMMARY"] == "Mediation meeting, case TRA-2026-0042"
    assert event["ATTENDEE"] == "mailto:officer@borough.example"
    assert (calendar["METHOD"], event["STATUS"], event["CLASS"]) == (
        "REQUEST",
        "CONFIRMED",
        "PRIVATE",
    )


def test_a_meeting_without_a_time_takes_the_day_and_by_video_says_how_to_join() -> None:
    (meeting,) = met(fixed("2026-01-15", video_link="https://video.example/1"))
    calendar, event = entry(meeting)
    assert event["DTSTART"].dt == dt.date(2026, 1, 15)
    assert event["DTEND"].dt == dt.date(2026, 1, 16)
    assert event["LOCATION"] == "https://video.example/1"
    assert calendar.walk("VTIMEZONE") == []


def test_a_cancelled_meeting_is_taken_out_of_the_calendar() -> None:
    (meeting,) = met(fixed("2026-07-09", time="10:00"))
    gone = Meeting.from_detail(meeting.as_detail(cancelled=True))
    calendar, event = entry(gone)
    assert (calendar["METHOD"], event["STATUS"]) == ("CANCEL", "CANCELLED")
    assert event["UID"] == f"{meeting.uid}@provider.example"
