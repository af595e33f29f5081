"""The notice of a meeting that is fixed, and of one that is called off. Pure."""

from __future__ import annotations

import datetime as dt

from saas.reference.working_days import working_days_between
from tenants.law.clocks import due


def notice_given(fixed_on: dt.date, meeting_on: dt.date) -> int:
    """The working days of notice: those after the day of fixing and before the meeting's."""
    return max(0, working_days_between(fixed_on, meeting_on) - 1)


def is_short_notice(fixed_on: dt.date, meeting_on: dt.date) -> bool:
    """Whether the notice is less than K6 gives; the family may consent to it."""
    return fixed_on > due("K6", meeting_on)


def cancelled_late(cancelled_on: dt.date, meeting_on: dt.date, *, late_working_days: int) -> bool:
    """Whether a meeting was called off less than so many working days before it.

    How many is the provider's own rule: the setting LATE_CANCELLATION_WORKING_DAYS.
    """
    return working_days_between(cancelled_on, meeting_on) < late_working_days


def notice_hours(cancelled_at: dt.datetime, meeting_on: dt.date, time: str) -> int:
    """Whole hours from the cancelling to the meeting, by the clock on the wall in England.

    Args:
        cancelled_at: local time, without a zone.
        time: 'HH:MM' of the meeting; the start of the day where it is not known.
    """
    starts = dt.datetime.combine(meeting_on, dt.time.fromisoformat(time) if time else dt.time(9, 0))
    return max(0, int((starts - cancelled_at).total_seconds() // 3600))
