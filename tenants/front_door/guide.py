"""'What can I do, by when?': one family's decision, letter and certificate. Pure.

Every date and every rule is asked of `tenants.law`; nothing is counted here.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

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

IN_PLAIN_WORDS = {
    "RTA": "The council will not assess my child",
    "RTI": "The council assessed my child, but will not make a plan",
    "CONTENT": "The needs or the help written in the plan (sections B and F)",
    "PLACEMENT": "Only the school or the type of school in the plan (section I)",
    PLAN_AND_SCHOOL: "The needs or the help in the plan, and the school as well",
    "RTRA": "The council will not assess my child again",
    "RTAM": "The council will not change the plan after a review",
    "CEASE": "The council will end the plan",
    HEALTH_OR_CARE: "Only the health or social care parts of the plan",
    SOMETHING_ELSE: "Something else, or there is no letter",
}

_CAN_DO = {
    "RTA": "Mediation can lead the council to assess your child, or to say what help comes without"
    " a plan.",
    "RTI": "Mediation can lead the council to make a plan, or to agree help at school without one.",
    "CONTENT": "Mediation can change the words of the plan: what your child needs, and who gives"
    " what help, how often.",
    "PLACEMENT": "Mediation can look at other schools, and at what the school needs to say yes.",
    PLAN_AND_SCHOOL: "Mediation can change the words of the plan, and look at other schools.",
    "RTRA": "Mediation can lead the council to assess your child again, or to get one new report.",
    "RTAM": "Mediation can lead the council to change the plan, in full or in part.",
    "CEASE": "Mediation can keep the plan going, or agree step by step what comes after it.",
    HEALTH_OR_CARE: "Mediation can bring in the health service or social care, to agree what they"
    " will do.",
}
_CAN_ALWAYS_DO = "Mediation can agree what the council will do, and by when."


class GuideRefused(ValueError):
    """A date that cannot be; `field` names it, and the text says what would be right."""

    def __init__(self, field: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field


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
    words: str
    today: dt.date
    contact: ClockReading | None
    appeal: AppealTime | None
    certificate: bool | None
    source: str
    can_do: str
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


def choices_on(day: dt.date) -> list[tuple[str, str]]:
    """What a family may be asked about on a day, in the order of the law, in plain words."""
    known = [(one.code, IN_PLAIN_WORDS.get(one.code, one.name)) for one in decision_types(day)]
    after = next((n for n, (code, _) in enumerate(known, 1) if code == "PLACEMENT"), len(known))
    known.insert(after, (PLAN_AND_SCHOOL, IN_PLAIN_WORDS[PLAN_AND_SCHOOL]))
    return [
        *known,
        *((code, IN_PLAIN_WORDS[code]) for code in (HEALTH_OR_CARE, SOMETHING_ELSE)),
    ]


def guide(question: Question, *, today: dt.date) -> Guidance:
    """What can be done about a decision, and by when.

    Raises:
        GuideRefused: a date is missing where it is needed, or cannot be.
        tenants.law.decisions.UnknownDecision: a code of no decision of that day.
    """
    words = IN_PLAIN_WORDS.get(question.decision, "")
    if question.decision == SOMETHING_ELSE:
        return Guidance(question, words, today, None, None, None, "", "", False)
    notice = _refuse_impossible(question, today)
    codes = _CODES.get(question.decision, (question.decision,))
    sections = _HEALTH_AND_CARE_SECTIONS if question.decision == HEALTH_OR_CARE else ""
    facts = ClockFacts(notice_sent=notice, certificate_issued=question.certificate_issued)
    try:
        readings = {one.clock: one for one in read_clocks(facts)}
    except FactRefused as refused:
        raise GuideRefused(
            refused.fact, "The law of these dates began in September 2014. Check the year"
        ) from None
    needed = certificate_needed(codes, notice)
    beside = heard_beside(codes[0], sections) is not None
    return Guidance(
        question=question,
        words=words or decision_type(codes[0], notice).name,
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
        can_do=_CAN_DO.get(question.decision, _CAN_ALWAYS_DO),
        beside_appeal_only=beside,
    )


def _refuse_impossible(question: Question, today: dt.date) -> dt.date:
    notice, certificate = question.notice_sent, question.certificate_issued
    if notice is None:
        raise GuideRefused("notice_sent", "Enter the date on the council's letter")
    if notice > today:
        raise GuideRefused("notice_sent", "The date of the letter must be today or in the past")
    if certificate is not None and certificate > today:
        raise GuideRefused(
            "certificate_issued", "The date of the certificate must be today or in the past"
        )
    if certificate is not None and certificate < notice:
        raise GuideRefused(
            "certificate_issued", "The certificate cannot be older than the council's letter"
        )
    return notice
