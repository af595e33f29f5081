"""From a case's record to what is billed for it. Pure.

A service is billed once a case, with its first meeting, however many meetings it takes; information
and advice once a case. Whoever cancels a meeting that was fixed is charged by the notice given, but
never for what the provider itself cancels.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

from saas.reference.working_days import working_days_between
from tenants.casework.kinds import DelayCause, FactKind, Service
from tenants.casework.record import CaseRecord, Fact

SERVICE_KINDS = {
    Service.MEDIATION: "mediation",
    Service.FACILITATION: "facilitation",
    Service.DISAGREEMENT_RESOLUTION: "disagreement_resolution",
}


@dataclass(frozen=True)
class Billable:
    """An event that a contract prices."""

    source_id: uuid.UUID
    kind: str
    on: dt.date
    notice_days: int | None = None


def billable_events(record: CaseRecord) -> dict[uuid.UUID, Billable]:
    """What is billed for the case as its record stands, by the fact that is billed."""
    events = []
    advice = record.first(FactKind.MIAS_HELD)
    if advice is not None:
        events.append(Billable(advice.id, "mias", advice.on))
    held = record.first(FactKind.MEETING_HELD)
    if held is not None:
        events.append(Billable(held.id, SERVICE_KINDS[record.service], held.on))
    events += _cancellations(record)
    return {event.source_id: event for event in events}


def _cancellations(record: CaseRecord) -> list[Billable]:
    events = []
    fixed: Fact | None = None
    for fact in record.effective():
        if fact.kind is FactKind.MEETING_FIXED:
            fixed = fact
        elif fact.kind is FactKind.MEETING_CANCELLED and fixed is not None:
            if fact.value != DelayCause.PROVIDER:
                notice = max(0, working_days_between(fact.on, fixed.meeting_on))
                events.append(Billable(fact.id, "late_cancellation", fact.on, notice))
            fixed = None
    return events
