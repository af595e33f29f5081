"""What an authority must do in a case, read from its facts. Pure, and the same on every day.

A task that depends on the day has the days from which and until which it stands.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from saas.reference.working_days import count_back_working_days
from tenants.casework.arrangement import Arrangement, arrangement
from tenants.casework.kinds import Choice, FactKind, Service, Side
from tenants.casework.record import CaseRecord, Fact, consents, consents_missing, sides_to_sign
from tenants.law.clocks import due


class TaskKind(StrEnum):
    CONSENT = "consent"
    TELL_ICB = "tell_icb"
    OFFER_DATES = "offer_dates"
    ANSWER_DATES = "answer_dates"
    NAME_REPRESENTATIVE = "name_representative"
    UPLOAD_SUMMARY = "upload_summary"
    SIGN = "sign"
    DO_STEP = "do_step"


@dataclass(frozen=True, slots=True)
class DaysBefore:
    """How many working days before the meeting the others must know who comes for the authority,
    and have its summary."""

    representative: int = 5
    summary: int = 3


TASK_WORDS = {
    TaskKind.CONSENT: "Answer whether to take part",
    TaskKind.TELL_ICB: "Tell the ICB",
    TaskKind.OFFER_DATES: "Offer dates on which you can meet",
    TaskKind.ANSWER_DATES: "Answer the dates offered",
    TaskKind.NAME_REPRESENTATIVE: "Name a representative who may decide",
    TaskKind.UPLOAD_SUMMARY: "Upload your summary for the meeting",
    TaskKind.SIGN: "Read and sign the agreement",
    TaskKind.DO_STEP: "Do the agreed step",
}


@dataclass(frozen=True, slots=True)
class Task:
    """Something that the authority must do.

    `from_on` and `until_on` are the first and the last day on which it can be done; None for
    always. `step_id` names the agreed step, of which there may be several.
    """

    kind: TaskKind
    due_on: dt.date | None = None
    from_on: dt.date | None = None
    until_on: dt.date | None = None
    step_id: uuid.UUID | None = None

    def stands(self, today: dt.date) -> bool:
        begun = self.from_on is None or self.from_on <= today
        return begun and (self.until_on is None or today <= self.until_on)


def authority_tasks(record: CaseRecord, before: DaysBefore = DaysBefore()) -> list[Task]:
    """What the authority must do, whether or not the case waits for it: the earliest due first.

    An upload is asked for from when a meeting is fixed. Whether it was made is no fact of the
    case, so whoever lists the tasks leaves it out when it was (`todo.queries`).
    """
    return sorted(_tasks(record, before), key=lambda task: task.due_on or dt.date.max)


def _tasks(record: CaseRecord, before: DaysBefore) -> Iterator[Task]:
    if record.has(FactKind.CLOSED):
        return
    for step in record.steps:
        if step.done_on is None and step.responsible == Side.AUTHORITY:
            yield Task(TaskKind.DO_STEP, step.due_on, step_id=step.id)
    if record.has(FactKind.CONCLUDED):
        # The certificate may be what is next in the case; the signature is asked for all the same.
        if Side.AUTHORITY.value in sides_to_sign(record):
            sent = record.last(FactKind.AGREEMENT_DRAFTED)
            yield Task(TaskKind.SIGN, from_on=sent.on if sent else None)
        return
    if record.ended or (record.service is Service.MEDIATION and not _mediation_goes_on(record)):
        return
    missing = consents_missing(record)
    if missing:
        # Once a side has said that it does not take part, nobody is asked for more.
        if Side.AUTHORITY.value in missing and False not in consents(record).values():
            yield Task(TaskKind.CONSENT, from_on=record.opened_on)
        return
    told = record.first(FactKind.HEALTH_TOLD_AUTHORITY)
    if told and not record.has(FactKind.AUTHORITY_TOLD_ICB):
        yield Task(TaskKind.TELL_ICB, due("K3", told.on))
    now = arrangement(record)
    if record.health_only or (now.held and not now.further):
        return
    yield from _for_the_meeting(record, now, before)


def _mediation_goes_on(record: CaseRecord) -> bool:
    """Whether a mediation is still to come: the family wants it, and it can be arranged."""
    choice = record.choice
    if choice is None or choice.value != Choice.MEDIATE:
        return False
    return not record.has(FactKind.AUTHORITY_CANNOT_ARRANGE)


def _for_the_meeting(record: CaseRecord, now: Arrangement, before: DaysBefore) -> Iterator[Task]:
    # A further meeting has no statutory day: the first one met the 30 days, or missed them.
    by = None if now.held else now.due
    if now.fixed is None:
        yield from _for_a_date(record, now, by)
    facilitated = record.service is Service.FACILITATION
    meets = now.appointed or now.offers or now.fixed or now.started
    if meets and now.representative is None and not facilitated:
        # SEND Regs 2014 reg 38: whoever comes for the authority can decide.
        when = _before(now.fixed, before.representative) if now.fixed else by
        yield Task(TaskKind.NAME_REPRESENTATIVE, when)
    if now.fixed is not None and not facilitated:
        yield Task(TaskKind.UPLOAD_SUMMARY, _before(now.fixed, before.summary))


def _before(fixed: Fact, working_days: int) -> dt.date:
    """So many working days before the meeting, and not before it was fixed."""
    return max(fixed.on, count_back_working_days(fixed.meeting_on, working_days))


def _for_a_date(record: CaseRecord, now: Arrangement, by: dt.date | None) -> Iterator[Task]:
    open_ones = [offer.on for offer in now.offers if offer.answer(Side.AUTHORITY) is None]
    if open_ones:
        yield Task(TaskKind.ANSWER_DATES, by, until_on=max(open_ones))
    if record.service is Service.MEDIATION and now.started is None:
        return
    if record.service is Service.FACILITATION:
        # The facilitator finds the date with everybody who is invited.
        return
    # Dates are looked for while none that was offered can still suit everybody.
    off = {fact.detail.get("meeting_on") for fact in now.cancelled}
    possible = [
        offer.on
        for offer in now.offers
        if False not in offer.answers.values() and offer.on.isoformat() not in off
    ]
    from_on = max(possible) + dt.timedelta(days=1) if possible else None
    yield Task(TaskKind.OFFER_DATES, by, from_on=from_on)
