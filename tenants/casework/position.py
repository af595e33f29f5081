"""Where a case stands: stage, next step and next clock, derived from its facts. Pure."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from tenants.casework.arrangement import (
    adjourned,
    mediation_clock,
    mediation_started,
    meeting_ahead,
    meeting_fixed,
    meeting_to_call_off,
    meets_no_more,
    side_to_answer,
)
from tenants.casework.case_clocks import appeal_of, day_of
from tenants.casework.kinds import (
    BOUND_BY_LAW,
    CertificateKind,
    Choice,
    FactKind,
    Outcome,
    Service,
    Side,
    Stage,
)
from tenants.casework.record import (
    CaseRecord,
    Fact,
    Step,
    certificate_ground,
    certificate_kind,
    consents,
    consents_missing,
    sides_to_sign,
)
from tenants.law.clocks import due

CERTIFICATE_CLOCK = {
    CertificateKind.NO_MEDIATION: "K2",
    CertificateKind.AFTER_MEDIATION: "K7",
    CertificateKind.DEEMED: "K8",
}


@dataclass(frozen=True, slots=True)
class Position:
    """The row of `case_position`, without its keys. Dates are days; `next_due` is inclusive."""

    stage: Stage
    is_open: bool
    waiting_for: str | None = None
    next_step: str | None = None
    next_clock: str | None = None
    next_part: str | None = None
    next_due: dt.date | None = None
    notice_sent: dt.date | None = None
    mias_on: dt.date | None = None
    choice: str | None = None
    choice_on: dt.date | None = None
    certificate_kind: str | None = None
    certificate_on: dt.date | None = None
    certificate_due: dt.date | None = None
    mediation_started_on: dt.date | None = None
    mediation_due: dt.date | None = None
    date_fixed_on: dt.date | None = None
    meeting_on: dt.date | None = None
    held_on: dt.date | None = None
    concluded_on: dt.date | None = None
    outcome: str | None = None
    delay_cause: str | None = None
    appeal_on: dt.date | None = None
    closed_on: dt.date | None = None


@dataclass(frozen=True, slots=True)
class Next:
    """What happens next, who does it, and by when."""

    stage: Stage
    step: str | None = None
    waiting_for: str | None = None
    clock: str | None = None
    part: str | None = None
    due: dt.date | None = None


def derive(record: CaseRecord) -> Position:
    """The position of a case. What it says follows from the facts alone, whatever day it is."""
    notice = record.first(FactKind.NOTICE_SENT)
    choice = record.choice
    certificate = record.certificate
    fixed = meeting_fixed(record)
    held = record.first(FactKind.MEETING_HELD)
    concluded = record.last(FactKind.CONCLUDED)
    closed = record.last(FactKind.CLOSED)
    started = mediation_started(record)
    kind = CertificateKind(certificate.value or "") if certificate else certificate_kind(record)
    ground = certificate_ground(record, kind) if kind else None
    ahead = _next(record, fixed, held, concluded, started)
    return Position(
        stage=Stage.CLOSED if closed else ahead.stage,
        is_open=closed is None,
        waiting_for=None if closed else ahead.waiting_for,
        next_step=None if closed else ahead.step,
        next_clock=None if closed else ahead.clock,
        next_part=None if closed else ahead.part,
        next_due=None if closed else ahead.due,
        notice_sent=day_of(notice),
        mias_on=day_of(record.first(FactKind.MIAS_HELD)),
        choice=choice.value if choice else None,
        choice_on=day_of(choice),
        certificate_kind=certificate.value if certificate else None,
        certificate_on=day_of(certificate),
        certificate_due=due(CERTIFICATE_CLOCK[kind], ground) if kind and ground else None,
        mediation_started_on=started,
        mediation_due=due(mediation_clock(record), started) if started else None,
        date_fixed_on=day_of(record.first(FactKind.MEETING_FIXED)),
        # A date that nobody comes to any more is shown to nobody.
        meeting_on=fixed.meeting_on if fixed and (held or not meets_no_more(record)) else None,
        held_on=day_of(held),
        concluded_on=day_of(concluded),
        outcome=concluded.value if concluded else None,
        delay_cause=next(
            (
                f.detail["delay_cause"]
                for f in record.of(FactKind.MEETING_HELD)
                if f.detail.get("delay_cause")
            ),
            None,
        ),
        appeal_on=day_of(record.first(FactKind.APPEAL_REGISTERED)),
        closed_on=day_of(closed),
    )


def _next(
    record: CaseRecord,
    fixed: Fact | None,
    held: Fact | None,
    concluded: Fact | None,
    started: dt.date | None,
) -> Next:
    kind = certificate_kind(record)
    calls_off = meeting_to_call_off(record)
    if kind is not None:
        ground = certificate_ground(record, kind)
        on_certificate = CERTIFICATE_CLOCK[kind]
        return Next(
            Stage.CERTIFICATE,
            "Call off the meeting, then issue the certificate"
            if calls_off
            else "Issue the certificate",
            "provider",
            on_certificate,
            due=due(on_certificate, ground) if ground else None,
        )
    if concluded:
        return _after(record, concluded)
    if record.ended:
        return _closing("Call off the meeting, then close the case", calls_off)
    if held and adjourned(record):
        return _further(record)
    if held:
        return Next(Stage.MET, "Record how it concluded", "provider", *_k5(record, started, held))
    before = _before_arranging(record)
    if before is not None:
        return before
    icb = _ask_health(record)
    if icb is not None:
        return icb
    if fixed:
        clock, part, due_on = _k5(record, started, None)
        due_on = due_on or fixed.meeting_on
        if record.service is not Service.FACILITATION and not record.has(
            FactKind.REPRESENTATIVE_NAMED
        ):
            # SEND Regs 2014 reg 38: whoever comes for the authority, or the ICB, can decide.
            return Next(
                Stage.FIXED,
                "Ask the ICB for a representative who may decide"
                if record.health_only
                else "Name a representative who may decide",
                "provider" if record.health_only else "authority",
                clock,
                part,
                due_on,
            )
        return Next(Stage.FIXED, "Hold the meeting", "provider", clock, part, due_on)
    if record.service is Service.MEDIATION and started is None:
        return Next(
            Stage.ARRANGING, "Tell the authority that the family wants mediation", "provider"
        )
    if not record.has(FactKind.MEDIATOR_APPOINTED):
        who = "facilitator" if record.service is Service.FACILITATION else "mediator"
        return Next(Stage.ARRANGING, f"Appoint a {who}", "provider", *_k5(record, started, None))
    return _dates(record, started)


def _dates(record: CaseRecord, started: dt.date | None) -> Next:
    """Whose answer to the dates offered is missing; the provider's turn, if nobody's is."""
    side = side_to_answer(record)
    step, turn = "Fix a date", "provider"
    if side is Side.HEALTH:
        # The ICB has no page of its own: whoever arranges asks it.
        step = "Ask the ICB which of the dates suit it"
    elif side is not None:
        step, turn = "Answer the dates offered", side.value
    return Next(Stage.ARRANGING, step, turn, *_k5(record, started, None))


def _further(record: CaseRecord) -> Next:
    """A meeting that was adjourned goes on; K5 was met, or missed, by the first."""
    ahead = meeting_ahead(record)
    if ahead is None:
        return Next(Stage.ARRANGING, "Fix a date for the further meeting", "provider")
    return Next(Stage.FIXED, "Hold the further meeting", "provider", due=ahead.meeting_on)


def _k5(
    record: CaseRecord, started: dt.date | None, held: Fact | None
) -> tuple[str | None, str | None, dt.date | None]:
    """The 30 days of the mediation, while they run: K5, or K4 where health is the only issue."""
    if started is None or held is not None:
        return None, None, None
    clock = mediation_clock(record)
    return clock, None, due(clock, started)


def _before_arranging(record: CaseRecord) -> Next | None:
    """What stands between the referral and the arranging of a meeting."""
    missing = consents_missing(record)
    if missing:
        if False in consents(record).values():
            return _closing(
                "Call off the meeting, tell the other side, then close the case",
                meeting_to_call_off(record),
                "Tell the other side, then close the case",
            )
        words = {"family": "family", "authority": "authority"}
        return Next(Stage.CONSENT, "Answer whether to take part", words[missing[0]])
    if record.service is not Service.MEDIATION:
        return None
    # While a certificate is needed and not issued the time to appeal is not over (s.55), so it
    # is no day by which anything here has to be done.
    appeal = appeal_of(record)
    last_day = appeal.last_day if appeal else None
    clock = "K9" if last_day else None
    choice = record.choice
    if not record.has(FactKind.MIAS_HELD):
        return Next(
            Stage.CONTACT,
            "Give mediation information and advice",
            "provider",
            clock,
            due=last_day,
        )
    if choice is None or choice.value == Choice.THINKING:
        return Next(Stage.CHOICE, "Choose whether to mediate", "family", clock, due=last_day)
    if choice.value == Choice.DECLINE:
        return _closing("Call off the meeting, then close the case", meeting_to_call_off(record))
    if record.has(FactKind.AUTHORITY_CANNOT_ARRANGE):
        return _closing("Call off the meeting, then close the case", meeting_to_call_off(record))
    return None


def _closing(calling_off: str, meeting: Fact | None, otherwise: str = "Close the case") -> Next:
    """Nothing is to come but the end, after a date that still stands is called off."""
    return Next(Stage.FINISHED, calling_off if meeting else otherwise, "provider")


def _ask_health(record: CaseRecord) -> Next | None:
    told = record.first(FactKind.HEALTH_TOLD_AUTHORITY)
    if told is None or record.has(FactKind.AUTHORITY_TOLD_ICB):
        return None
    return Next(
        Stage.ARRANGING,
        "Tell the ICB that health is an issue",
        "authority",
        "K3",
        due=due("K3", told.on),
    )


def _in_turn(step: Step) -> tuple[dt.date, bool, str, str, str]:
    """The order in which steps come: of those due on a day, the ones that the law dates first
    (SEND Regs 2014 regs 42, 44). Total, so that reading them in another order changes nothing."""
    return step.due_on, step.kind == "other", step.responsible, step.kind, step.part or ""


def _after(record: CaseRecord, concluded: Fact) -> Next:
    agreement = record.first(FactKind.AGREEMENT_MADE)
    if agreement and record.health_only and not record.has(FactKind.ICB_TOLD_AUTHORITY):
        return Next(
            Stage.STEPS if record.steps else Stage.MET,
            "Ask the ICB whether it told the authority what was agreed",
            "provider",
            "K11",
            due=due("K11", agreement.on),
        )
    undone = [step for step in record.steps if step.done_on is None]
    if undone:
        first = min(undone, key=_in_turn)
        clock = "K10" if first.kind == "other" else "K12"
        return Next(
            Stage.STEPS,
            "Do the agreed step",
            first.responsible,
            # Regs 42 and 44 are about mediation, and bind the authority and the ICB: what else was
            # agreed has the agreement's date.
            clock
            if record.service is Service.MEDIATION and first.responsible in BOUND_BY_LAW
            else None,
            first.part,
            first.due_on,
        )
    missing = sides_to_sign(record)
    if missing:
        # The authority's tray says what it must do; the family's page asks it to sign anyway.
        side = next((s for s in ("authority", "family") if s in missing), "provider")
        return Next(Stage.MET, "Sign the agreement", side)
    agreed = concluded.value in (Outcome.FULL, Outcome.PARTIAL)
    if record.service is Service.MEDIATION and agreed and not record.has(FactKind.AGREEMENT_MADE):
        return Next(Stage.MET, "Record the agreement", "provider")
    return Next(Stage.FINISHED, "Close the case", "provider")
