"""What a case adds to the counters, told from its facts alone. Pure.

This is the measure of the summary tables: they say the same in SQL, kept in step by triggers, and
`statistics verify` compares the two.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from tenants.casework.kinds import CertificateKind, Choice, FactKind, Outcome, Service
from tenants.casework.position import Position, derive
from tenants.casework.record import CaseRecord
from tenants.feedback.models import SATISFIED_FROM
from tenants.statistics.measures.breakdowns import NONE, UNKNOWN, age_band, phase

# What a meeting's fact may say in its detail, each true or false.
AUTHORITY_ATTENDED = "authority_attended"
AUTHORITY_COULD_DECIDE = "authority_could_decide"
VOICE_HEARD = "voice_heard"

_CERTIFICATES = {
    CertificateKind.NO_MEDIATION: "certificates_no_mediation",
    CertificateKind.AFTER_MEDIATION: "certificates_after_mediation",
    CertificateKind.DEEMED: "certificates_deemed",
}
_OUTCOMES = {
    Outcome.FULL: "full_agreements",
    Outcome.PARTIAL: "partial_agreements",
    Outcome.NONE: "no_agreements",
}


@dataclass(frozen=True, slots=True)
class Answer:
    """One evaluation: who gave it, when, and its rating of 5."""

    participant: str
    given_on: dt.date
    rating: int


@dataclass(frozen=True, slots=True)
class Event:
    """One more for a counter, on a day; `participant` for an evaluation."""

    counter: str
    on: dt.date
    participant: str | None = None

    @property
    def order(self) -> tuple[dt.date, str, str]:
        return self.on, self.counter, self.participant or ""


@dataclass(frozen=True, slots=True)
class Measured:
    """What one case adds, and by what it is broken down."""

    service: str
    route: str
    decision_type: str
    need: str
    age_band: str
    phase: str
    mediator: str
    delay_cause: str
    held_on: dt.date | None
    wait_days: int | None
    events: tuple[Event, ...]

    def value(self, breakdown: str, event: Event) -> str | None:
        if breakdown == "all":
            return "all"
        if breakdown == "participant":
            return event.participant
        value: str = getattr(self, breakdown)
        return value


def measure_case(
    record: CaseRecord,
    *,
    born: dt.date,
    need: str | None,
    mediator: str | None,
    answers: Sequence[Answer] = (),
) -> Measured:
    """What a case adds to the counters, from its facts."""
    position = derive(record)
    mediation = record.service is Service.MEDIATION
    started = position.mediation_started_on
    waited = (
        (position.held_on - started).days if mediation and position.held_on and started else None
    )
    found = [
        *_of_the_case(record, position),
        *(_of_mediation(record, position) if mediation else ()),
        *(_of_meetings(record) if mediation else ()),
        *_of_steps(record),
        *_of_answers(answers),
    ]
    return Measured(
        service=record.service.value,
        route=record.route.value,
        decision_type=record.decision_type or NONE,
        need=need or UNKNOWN,
        age_band=age_band(born, record.opened_on),
        phase=phase(born, record.opened_on),
        mediator=mediator or NONE,
        delay_cause=position.delay_cause or NONE,
        held_on=position.held_on if mediation else None,
        wait_days=waited,
        events=tuple(sorted(found, key=lambda event: event.order)),
    )


def _of_the_case(record: CaseRecord, position: Position) -> Iterator[Event]:
    yield Event("referrals", record.opened_on)
    if position.mias_on:
        yield Event("mias_delivered", position.mias_on)
    if position.choice_on and position.choice != Choice.THINKING:
        yield Event("choices_recorded", position.choice_on)
        if position.choice == Choice.MEDIATE:
            yield Event("chose_mediation", position.choice_on)
    if position.certificate_on:
        yield Event("certificates", position.certificate_on)
        kind = CertificateKind(position.certificate_kind or "")
        yield Event(_CERTIFICATES[kind], position.certificate_on)
        if position.certificate_due and position.certificate_on <= position.certificate_due:
            yield Event("certificates_in_time", position.certificate_on)
    if position.appeal_on:
        yield Event("appeals_registered", position.appeal_on)
    if position.held_on and record.service is Service.DISAGREEMENT_RESOLUTION:
        yield Event("resolutions_held", position.held_on)
    if position.held_on and record.service is Service.FACILITATION:
        yield Event("facilitations_held", position.held_on)
    if record.ended:
        yield Event(f"ended_{record.ended.value}", record.ended.on)


def _of_mediation(record: CaseRecord, position: Position) -> Iterator[Event]:
    due, fixed, held = position.mediation_due, position.date_fixed_on, position.held_on
    if due and fixed:
        yield Event("dates_fixed", fixed)
        if fixed <= due:
            yield Event("dates_fixed_within_30", fixed)
    if held is None:
        return
    yield Event("mediations_held", held)
    if due:
        yield Event("mediations_timed", held)
        if held <= due:
            yield Event("mediations_held_within_30", held)
    if position.outcome:
        yield Event(_OUTCOMES[Outcome(position.outcome)], held)
        if position.outcome != Outcome.NONE:
            yield Event("agreements", held)
    if position.appeal_on:
        yield Event("followed_by_appeal", held)
    meetings = record.of(FactKind.MEETING_HELD)
    if record.has(FactKind.CHILD_HEARD) or any(m.detail.get(VOICE_HEARD) for m in meetings):
        yield Event("voices_heard", held)


def _of_meetings(record: CaseRecord) -> Iterator[Event]:
    for meeting in record.of(FactKind.MEETING_HELD):
        attended = meeting.detail.get(AUTHORITY_ATTENDED)
        could_decide = meeting.detail.get(AUTHORITY_COULD_DECIDE)
        if attended is not None:
            yield Event("meetings_attendance_known", meeting.on)
        if attended:
            yield Event("meetings_authority_attended", meeting.on)
        if attended and could_decide is not None:
            yield Event("meetings_power_known", meeting.on)
        if attended and could_decide:
            yield Event("meetings_could_decide", meeting.on)


def _of_steps(record: CaseRecord) -> Iterator[Event]:
    for step in record.steps:
        yield Event("steps_due", step.due_on)
        if step.done_on and step.done_on <= step.due_on:
            yield Event("steps_in_time", step.due_on)


def _of_answers(answers: Sequence[Answer]) -> Iterator[Event]:
    for answer in answers:
        yield Event("answers", answer.given_on, answer.participant)
        if answer.rating >= SATISFIED_FROM:
            yield Event("satisfied_answers", answer.given_on, answer.participant)
