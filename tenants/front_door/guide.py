"""'What can I do, by when?': one family's decision, letter and certificate. Pure.

Every date and every rule is asked of `tenants.law`; nothing is counted here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from enum import StrEnum

from tenants.law.appeal import AppealTime, appeal_time, heard_beside
from tenants.law.clocks import ClockFacts, ClockReading, FactRefused, read_clocks
from tenants.law.decisions import certificate_needed, decision_type, decision_types

# Questions that are no code of the law: two decisions of one plan, sections that are heard beside
# others alone, and what can be no appeal at all.
PLAN_AND_SCHOOL = "plan-and-school"
HEALTH_OR_CARE = "health-or-care"
SOMETHING_ELSE = "something-else"
_CODES = {PLAN_AND_SCHOOL: ("CONTENT", "PLACEMENT"), HEALTH_OR_CARE: ("CONTENT",)}
_HEALTH_AND_CARE_SECTIONS = "CDGH"


class Refusal(StrEnum):
    """What is wrong with a date."""

    NO_LETTER = "no letter"
    LETTER_AHEAD = "letter ahead"
    BEFORE_THE_LAW = "before the law"
    CERTIFICATE_AHEAD = "certificate ahead"
    CERTIFICATE_BEFORE_LETTER = "certificate before letter"


class GuideRefused(ValueError):
    """A date that is missing where it is needed, or cannot be; `field` names it."""

    def __init__(self, field: str, reason: Refusal) -> None:
        super().__init__(reason.value)
        self.field = field
        self.reason = reason


@dataclass(frozen=True)
class Question:
    """What a family says. Dates as on the letter and on the certificate."""

    decision: str
    notice_sent: dt.date | None = None
    certificate_issued: dt.date | None = None


@dataclass(frozen=True)
class Guidance:
    """What a family can do, and by when.

    `contact` is None where no letter starts a clock; `appeal` where nothing can be appealed by
    itself. `certificate` is whether an appeal needs one, None where there is no appeal.
    """

    question: Question
    today: dt.date
    contact: ClockReading | None
    appeal: AppealTime | None
    certificate: bool | None
    source: str
    beside_appeal_only: bool

    @property
    def contact_is_over(self) -> bool:
        """Whether the two months have passed. It bars nobody: they ring all the same."""
        return self.contact is not None and self.contact.due < self.today

    @property
    def appeal_is_over(self) -> bool:
        return self.appeal is not None and self.appeal.is_over(self.today)

    @property
    def earliest_end(self) -> dt.date | None:
        """Before which day no time to appeal ends, though the certificate is still to come."""
        return self.appeal.earliest_end(self.today) if self.appeal else None

    @property
    def is_resolution_left(self) -> bool:
        """Whether disagreement resolution, to which both sides must agree, is what is left."""
        return self.contact is None or self.appeal_is_over


def codes_on(day: dt.date) -> list[str]:
    """What a family may be asked about on a day, in the order of the law."""
    codes = [one.code for one in decision_types(day)]
    after = codes.index("PLACEMENT") + 1 if "PLACEMENT" in codes else len(codes)
    codes.insert(after, PLAN_AND_SCHOOL)
    return [*codes, HEALTH_OR_CARE, SOMETHING_ELSE]


def guide(question: Question, *, today: dt.date) -> Guidance:
    """What can be done about a decision, and by when.

    Raises:
        GuideRefused: a date is missing where it is needed, or cannot be.
        tenants.law.decisions.UnknownDecision: a code of no decision of that day.
    """
    if question.decision == SOMETHING_ELSE:
        return Guidance(question, today, None, None, None, "", False)
    notice = _refuse_impossible(question, today)
    codes = _CODES.get(question.decision, (question.decision,))
    sections = _HEALTH_AND_CARE_SECTIONS if question.decision == HEALTH_OR_CARE else ""
    facts = ClockFacts(notice_sent=notice, certificate_issued=question.certificate_issued)
    try:
        readings = {one.clock: one for one in read_clocks(facts)}
    except FactRefused as refused:
        raise GuideRefused(refused.fact, Refusal.BEFORE_THE_LAW) from None
    needed = certificate_needed(codes, notice)
    beside = heard_beside(codes[0], sections) is not None
    return Guidance(
        question=question,
        today=today,
        contact=readings["K1"],
        appeal=appeal_time(
            notice,
            question.certificate_issued,
            certificate_needed=needed,
            beside_appeal_only=beside,
        ),
        certificate=None if beside else needed,
        source="; ".join(dict.fromkeys(decision_type(code, notice).source for code in codes)),
        beside_appeal_only=beside,
    )


def _refuse_impossible(question: Question, today: dt.date) -> dt.date:
    notice, certificate = question.notice_sent, question.certificate_issued
    if notice is None:
        raise GuideRefused("notice_sent", Refusal.NO_LETTER)
    if notice > today:
        raise GuideRefused("notice_sent", Refusal.LETTER_AHEAD)
    if certificate is not None and certificate > today:
        raise GuideRefused("certificate_issued", Refusal.CERTIFICATE_AHEAD)
    if certificate is not None and certificate < notice:
        raise GuideRefused("certificate_issued", Refusal.CERTIFICATE_BEFORE_LETTER)
    return notice
