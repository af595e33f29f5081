"""The statutory clocks of a case: when each is due, how that was counted, when it was met. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tenants.casework.arrangement import (
    meeting_fixed,
    meets_no_more,
)
from tenants.casework.kinds import BOUND_BY_LAW, Choice, FactKind, Service
from tenants.casework.record import (
    CaseRecord,
    Fact,
)
from tenants.law.appeal import AppealTime, appeal_time
from tenants.law.clocks import ClockFacts, ClockReading, read_clocks
from tenants.law.decisions import decision_type

# They run no more once no meeting is to come; K6 goes with the date that was fixed.
OF_THE_MEETING = ("K3", "K4", "K5", "K6")


def day_of(fact: Fact | None) -> dt.date | None:
    return fact.on if fact else None


def appeal_of(record: CaseRecord) -> AppealTime | None:
    """Until when the family may appeal; None where there is nothing to appeal against.

    Disagreement resolution and facilitation give no certificate, and know of none: where the
    decision needs one they cannot tell the time, and the pages say that they do not move it.
    """
    if record.service is not Service.MEDIATION and (
        record.decision_type is None
        or decision_type(record.decision_type, record.decided_on).certificate_needed
    ):
        return None
    return appeal_time(
        day_of(record.first(FactKind.NOTICE_SENT)),
        day_of(record.certificate),
        certificate_needed=record.certificate_needed,
        beside_appeal_only=record.beside_appeal_only is not None,
    )


def clock_facts(record: CaseRecord) -> ClockFacts:
    """The dated facts from which the statutory clocks of a case run."""
    choice = record.choice
    fixed = meeting_fixed(record)
    declined = choice.on if choice and choice.value == Choice.DECLINE else None
    mediation = record.service is Service.MEDIATION
    # K5 is the authority's. K4, and K11 after it, are the ICB's where health is the only issue.
    icb_alone = record.health_only
    told_by_family = record.first(FactKind.FAMILY_INFORMED_AUTHORITY)
    told_by_adviser = record.first(FactKind.ADVISER_INFORMED_AUTHORITY)
    return ClockFacts(
        notice_sent=day_of(record.first(FactKind.NOTICE_SENT)),
        declined_mediation=declined,
        health_told_authority=day_of(record.first(FactKind.HEALTH_TOLD_AUTHORITY)),
        authority_told_icb=day_of(record.first(FactKind.AUTHORITY_TOLD_ICB)) if icb_alone else None,
        family_informed_authority=None if icb_alone else day_of(told_by_family),
        adviser_informed_authority=None if icb_alone else day_of(told_by_adviser),
        meeting_on=fixed.meeting_on if fixed and mediation else None,
        mediation_concluded=day_of(record.last(FactKind.CONCLUDED)) if mediation else None,
        authority_cannot_arrange=day_of(record.last(FactKind.AUTHORITY_CANNOT_ARRANGE)),
        certificate_issued=day_of(record.certificate),
        agreement_made=day_of(record.first(FactKind.AGREEMENT_MADE)) if mediation else None,
        steps=(
            tuple(dict.fromkeys(s.kind for s in record.steps if s.responsible in BOUND_BY_LAW))
            if mediation
            else ()
        ),
    )


@dataclass(frozen=True, slots=True)
class CaseClock:
    """A clock of a case: when it is due, how that was counted, and when it was met.

    `appeal` is the time to appeal where the clock is K9: it is not over while a certificate is
    needed and not issued, whatever was counted from the notice.
    """

    reading: ClockReading
    met_on: dt.date | None
    appeal: AppealTime | None = None


def clocks_of(record: CaseRecord) -> list[CaseClock]:
    """Every clock that runs or ran in the case. DR and facilitation start and stop none."""
    facts = clock_facts(record)
    if not facts.dated():
        return []
    met = {
        "K1": record.opened_on,
        "K2": day_of(record.certificate),
        "K3": day_of(record.first(FactKind.AUTHORITY_TOLD_ICB)),
        "K4": day_of(record.first(FactKind.MEETING_HELD)),
        "K5": day_of(record.first(FactKind.MEETING_HELD)),
        "K6": day_of(record.last(FactKind.MEETING_FIXED)),
        "K7": day_of(record.certificate),
        "K8": day_of(record.certificate),
        "K9": day_of(record.first(FactKind.APPEAL_REGISTERED)),
        "K11": day_of(record.first(FactKind.ICB_TOLD_AUTHORITY)),
    }
    done = {
        (step.kind, step.part): step.done_on
        for step in record.steps
        if step.responsible in BOUND_BY_LAW
    }
    parts_done = {part for (_, part), day in done.items() if day}
    clocks = []
    appeal = appeal_of(record)
    void = meets_no_more(record)
    for reading in read_clocks(facts, on_k5=record.k5_starts):
        if reading.clock == "K9":
            if appeal is not None:
                clocks.append(CaseClock(reading, met["K9"], appeal))
        elif void and reading.clock in OF_THE_MEETING and met[reading.clock] is None:
            continue
        elif reading.clock in met:
            clocks.append(CaseClock(reading, met[reading.clock]))
        elif reading.clock == "K10" and not facts.steps:
            continue
        elif reading.part == "no_plan" and "no_plan" not in parts_done:
            # The other end of the road to a plan: it counts once it was taken.
            continue
        elif reading.part == "final_plan" and "no_plan" in parts_done:
            continue
        else:
            by_part = [day for (_, part), day in done.items() if part == reading.part and day]
            clocks.append(CaseClock(reading, max(by_part, default=None)))
    return clocks
