"""A meeting as a calendar sees it: one entry that is fixed, changed and cancelled. Pure.

The entry holds the case's reference, when and where; never who it is about.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from icalendar import Calendar, Event, Timezone, vCalAddress, vText
from icalendar.enums import CUTYPE

from saas.reference.today import LONDON
from tenants.casework.kinds import SERVICE_WORDS, FactKind, Service
from tenants.casework.record import CaseRecord, Fact

PRODUCT = "-//SEND mediation//meetings//EN"
LASTS = dt.timedelta(hours=2)
_ENDS_A_MEETING = (FactKind.MEETING_HELD, FactKind.MEETING_CANCELLED)


@dataclass(frozen=True)
class Meeting:
    """A meeting of a case. `time` is London's, None where none was said."""

    on: dt.date
    # The same through every change of one meeting; a further meeting has another.
    uid: str
    sequence: int
    service: Service
    time: dt.time | None = None
    minutes: int | None = None
    place: str = ""
    video: str = ""
    cancelled: bool = False

    def as_detail(self, *, cancelled: bool) -> dict[str, Any]:
        """As a notice keeps it."""
        return {
            "meeting_on": self.on.isoformat(),
            "uid": self.uid,
            "sequence": self.sequence,
            "service": self.service.value,
            "starts_at": self.time.strftime("%H:%M") if self.time else None,
            "minutes": self.minutes,
            "place": self.place,
            "video": self.video,
            "cancelled": cancelled,
        }

    @classmethod
    def from_detail(cls, kept: Mapping[str, Any]) -> Meeting:
        return cls(
            on=dt.date.fromisoformat(kept["meeting_on"]),
            uid=kept["uid"],
            sequence=kept["sequence"],
            service=Service(kept["service"]),
            time=_time(kept["starts_at"]),
            minutes=kept["minutes"],
            place=kept["place"],
            video=kept["video"],
            cancelled=kept["cancelled"],
        )

    @property
    def in_words(self) -> str:
        """'Thursday 9 July 2026 at 10:00'; nothing of the place, which the calendar file has."""
        day = f"{self.on:%A} {self.on.day} {self.on:%B %Y}"
        return f"{day} at {self.time:%H:%M}" if self.time else day


def _time(text: Any) -> dt.time | None:
    try:
        return dt.time.fromisoformat(text) if text else None
    except ValueError:
        return None


def meeting_of(case_id: uuid.UUID, record: CaseRecord, fact: Fact) -> Meeting | None:
    """The meeting that a fact fixes, changes or cancels; None if there was none to cancel."""
    fixed: Fact | None = fact
    if fact.kind is FactKind.MEETING_CANCELLED:
        fixed = previous_meeting(record, fact)
    if fixed is None:
        return None
    before = record.facts[: _place(record, fact)]
    ended = sum(f.kind in _ENDS_A_MEETING and not f.replaces for f in before)
    sequence = sum(f.kind in (FactKind.MEETING_FIXED, FactKind.MEETING_CANCELLED) for f in before)
    minutes = fixed.detail.get("minutes")
    return Meeting(
        on=fixed.meeting_on,
        uid=f"meeting-{ended + 1}-{case_id}",
        sequence=sequence,
        service=record.service,
        time=_time(fixed.detail.get("time")),
        minutes=int(minutes) if minutes else None,
        place=str(fixed.detail.get("place") or ""),
        video=str(fixed.detail.get("video_link") or ""),
    )


def previous_meeting(record: CaseRecord, fact: Fact) -> Fact | None:
    """The date that was fixed for this meeting before the fact, if it still stood."""
    for known in reversed(record.facts[: _place(record, fact)]):
        if known.kind in _ENDS_A_MEETING and not known.retracted:
            return None
        if known.kind is FactKind.MEETING_FIXED:
            return None if known.retracted else known
    return None


def _place(record: CaseRecord, fact: Fact) -> int:
    places = (n for n, known in enumerate(record.facts) if known.id == fact.id)
    return next(places, len(record.facts))


def calendar_file(
    meeting: Meeting,
    *,
    reference: str,
    organiser_name: str,
    organiser: str,
    attendee: str,
    link: str | None,
    at: dt.datetime,
) -> tuple[str, str]:
    """The iCalendar file of a meeting, and its method (RFC 5546).

    Args:
        attendee: whom it is sent to; empty for who takes it from a page (PUBLISH).
    """
    asks = "REQUEST" if attendee else "PUBLISH"
    method = "CANCEL" if meeting.cancelled else asks
    calendar = Calendar()
    calendar.add("PRODID", PRODUCT)
    calendar.add("VERSION", "2.0")
    calendar.add("CALSCALE", "GREGORIAN")
    calendar.add("METHOD", method)
    entry = Event()
    entry.add("UID", f"{meeting.uid}@{organiser.rpartition('@')[2]}")
    entry.add("SEQUENCE", meeting.sequence)
    entry.add("DTSTAMP", at.astimezone(dt.UTC))
    entry.add("SUMMARY", f"{SERVICE_WORDS[meeting.service]} meeting, case {reference}")
    if meeting.time is None:
        entry.add("DTSTART", meeting.on)
        entry.add("DTEND", meeting.on + dt.timedelta(days=1))
    else:
        calendar.add_component(Timezone.from_tzid("Europe/London", first_date=dt.date(2020, 1, 1)))
        start = dt.datetime.combine(meeting.on, meeting.time, tzinfo=LONDON)
        lasts = dt.timedelta(minutes=meeting.minutes) if meeting.minutes else LASTS
        entry.add("DTSTART", start)
        entry.add("DTEND", start + lasts)
    if meeting.place or meeting.video:
        entry.add("LOCATION", meeting.place or meeting.video)
    if meeting.video:
        entry.add("DESCRIPTION", f"Join by video: {meeting.video}")
    if link:
        entry.add("URL", link)
    entry.add("STATUS", "CANCELLED" if meeting.cancelled else "CONFIRMED")
    # Nobody else's calendar shows what somebody does with special educational needs.
    entry.add("CLASS", "PRIVATE")
    entry.add("ORGANIZER", _address(organiser, organiser_name))
    if attendee:
        entry.add("ATTENDEE", _address(attendee))
    calendar.add_component(entry)
    return calendar.to_ical().decode(), method


def _address(address: str, name: str = "") -> vCalAddress:
    written = vCalAddress(f"mailto:{address}")
    if name:
        written.params["CN"] = vText(name)
    else:
        written.params["CUTYPE"] = vText(CUTYPE.INDIVIDUAL)
        written.params["ROLE"] = vText("REQ-PARTICIPANT")
    return written
