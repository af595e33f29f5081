"""The clock of a person's request for their data. Pure.

Source: UK GDPR article 12(3): one month from receipt, extendable by two further months where it is
complex, if the person is told so, with the reason, within the first month; article 12(6): where
there is doubt who asks, what confirms it may be asked for, and the time runs from then. A month
ends on the day of the same number, or the last of a shorter month; a day that is no working day is
moved to the next (ICO, Right of access guidance, after Regulation (EEC, Euratom) 1182/71).
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from dateutil.relativedelta import relativedelta

from saas.reference.working_days import is_working_day, next_working_day

MONTHS, MORE_MONTHS = 1, 2


@dataclass(frozen=True)
class AnswerClock:
    """When a request is to be answered. `first_due` is the last day to extend."""

    starts_on: dt.date
    first_due: dt.date
    due_on: dt.date
    extended: bool

    def urgency(self, today: dt.date, answered_on: dt.date | None) -> str:
        """As the clocks of cases are coloured."""
        if answered_on is not None:
            return "done" if answered_on <= self.due_on else "overdue"
        if today > self.due_on:
            return "overdue"
        return "soon" if self.due_on - today <= dt.timedelta(days=7) else "ok"


def clock_of(received_on: dt.date, *, identity_on: dt.date | None, extended: bool) -> AnswerClock:
    """The clock of a request.

    Args:
        identity_on: when it was confirmed who asks, if that had to be asked for.
    """
    starts = max(received_on, identity_on or received_on)
    months = MONTHS + (MORE_MONTHS if extended else 0)
    return AnswerClock(starts, _end(starts, MONTHS), _end(starts, months), extended)


def _end(start: dt.date, months: int) -> dt.date:
    day = start + relativedelta(months=months)
    return day if is_working_day(day) else next_working_day(day)
