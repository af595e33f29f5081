"""The clock of a personal data breach. Pure.

Source: UK GDPR article 33(1): the Commissioner is told without undue delay and, where feasible,
within 72 hours of the controller becoming aware of it, unless it is unlikely to be a risk to
people; later with reasons. 33(2): a processor tells the controller without undue delay. 34: people
are told where the risk to them is high.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

# Hours of the clock, not working hours: weekends and bank holidays count.
WITHIN = dt.timedelta(hours=72)


@dataclass(frozen=True)
class BreachClock:
    """When the Commissioner is to be told, and how that stands."""

    due_at: dt.datetime
    state: str
    hours: int

    @property
    def urgency(self) -> str:
        """As the clocks of cases are coloured."""
        return {"running": "soon", "late": "overdue", "told late": "overdue"}.get(
            self.state, "done"
        )


def clock_of(
    aware_at: dt.datetime, *, told_at: dt.datetime | None, not_to_tell: bool, now: dt.datetime
) -> BreachClock:
    """How the clock stands.

    Args:
        told_at: when the Commissioner was told.
        not_to_tell: it was decided, with its reason, that there is no risk to people.

    Returns:
        `hours` are those left, or those that it is late, rounded down.
    """
    # In UTC: local time would lose or win an hour when the clocks change.
    due = aware_at.astimezone(dt.UTC) + WITHIN
    if told_at is not None:
        late = told_at > due
        return BreachClock(due, "told late" if late else "told", _hours(abs(told_at - due)))
    if not_to_tell:
        return BreachClock(due, "not to tell", 0)
    return BreachClock(due, "late" if now > due else "running", _hours(abs(due - now)))


def _hours(span: dt.timedelta) -> int:
    return int(span.total_seconds() // 3600)
