"""The words a case is recorded in: services, routes, facts, choices, outcomes, stages.

What a fact of a meeting holds in `detail`, beside its day and its `value`:

- mediator_appointed (value: mediator, facilitator): person_id, name
- dates_offered (value: authority, where it offers them itself): offers, each with id,
  on (ISO date), time ('HH:MM')
- dates_answered (value: family, authority): can, cannot (ids of offers)
- representative_named: name, role, may_decide (always true: it is declared)
- meeting_fixed: meeting_on (ISO date), time, place, video_link, notice_days (working days),
  consented_by (who of the family consented to less notice than K6 gives)
- meeting_cancelled (value: authority, family, provider): by, late (bool), notice_hours,
  meeting_on, why
- meeting_held: time, ended_at, attended (names), authority_attended (bool),
  authority_could_decide (bool), or of a mediation about health alone health_attended and
  health_could_decide, voice_heard (bool), delay_cause, further (bool: adjourned)
- health_told_authority (value: only, where health is the only issue)
- child_heard: how
- ended_early (value: an EarlyEnd): what (in words), certificate (bool: the family wants the one
  that it needs to appeal), to (where it moved), by (who told us)
- concluded (value: full, partial, none): result (agreed_to_assess, back_to_panel,
  decision_stands, other_steps), words
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum


def one_of(column: str, values: Iterable[StrEnum]) -> str:
    """The CHECK condition that a column holds one of the words."""
    return f"{column} IN ({', '.join(repr(v.value) for v in values)})"


class Service(StrEnum):
    MEDIATION = "mediation"
    DISAGREEMENT_RESOLUTION = "disagreement_resolution"
    FACILITATION = "facilitation"


class Route(StrEnum):
    """Who referred. Anyone but the family needs the family's permission first."""

    PARENT = "parent"
    YOUNG_PERSON = "young_person"
    AUTHORITY = "authority"
    SENDIASS = "sendiass"
    SCHOOL = "school"
    OTHER = "other"

    @property
    def is_family(self) -> bool:
        return self in (Route.PARENT, Route.YOUNG_PERSON)


class Side(StrEnum):
    """On whose side somebody stands."""

    FAMILY = "family"
    AUTHORITY = "authority"
    HEALTH = "health"
    SCHOOL = "school"
    OTHER = "other"


# Whose agreed steps SEND Regs 2014 regs 42 and 44 give a time.
BOUND_BY_LAW = (Side.AUTHORITY, Side.HEALTH)


class Choice(StrEnum):
    """What the family chose after mediation information."""

    MEDIATE = "mediate"
    DECLINE = "decline"
    THINKING = "thinking"


class Outcome(StrEnum):
    FULL = "full"
    PARTIAL = "partial"
    NONE = "none"


# The value of the fact that health is an issue, where it is the only one: the ICB then arranges
# the mediation and takes part in it, and the authority does not (CFA 2014 s.53).
HEALTH_ONLY = "only"


class DelayCause(StrEnum):
    AUTHORITY = "authority"
    FAMILY = "family"
    PROVIDER = "provider"


class EarlyEnd(StrEnum):
    """How a case ended before its meeting."""

    CONCEDED = "conceded"
    WITHDRAWN = "withdrawn"
    SUPERSEDED = "superseded"
    MOVED = "moved"


class CertificateKind(StrEnum):
    """Children and Families Act 2014 s.55(4), s.55(5); SEND Regs 2014 reg 39."""

    NO_MEDIATION = "s55_4"
    AFTER_MEDIATION = "s55_5"
    DEEMED = "deemed"


class AppealOutcome(StrEnum):
    """What the Tribunal decided, or how an appeal ended without a decision."""

    UPHELD = "upheld"
    PARTLY_UPHELD = "partly_upheld"
    DISMISSED = "dismissed"
    CONCEDED = "conceded"
    WITHDRAWN = "withdrawn"


class FactKind(StrEnum):
    NOTICE_SENT = "notice_sent"
    PERMISSION_GIVEN = "permission_given"
    CONTACT_MADE = "contact_made"
    MIAS_HELD = "mias_held"
    CHOICE_MADE = "choice_made"
    CERTIFICATE_ISSUED = "certificate_issued"
    CERTIFICATE_SENT = "certificate_sent"
    CERTIFICATE_WITHDRAWN = "certificate_withdrawn"
    FAMILY_INFORMED_AUTHORITY = "family_informed_authority"
    ADVISER_INFORMED_AUTHORITY = "adviser_informed_authority"
    HEALTH_TOLD_AUTHORITY = "health_told_authority"
    AUTHORITY_TOLD_ICB = "authority_told_icb"
    ICB_TOLD_AUTHORITY = "icb_told_authority"
    AUTHORITY_CANNOT_ARRANGE = "authority_cannot_arrange"
    MEDIATOR_APPOINTED = "mediator_appointed"
    REPRESENTATIVE_NAMED = "representative_named"
    DATES_OFFERED = "dates_offered"
    DATES_ANSWERED = "dates_answered"
    DATES_PASSED = "dates_passed"
    SUMMARIES_EXCHANGED = "summaries_exchanged"
    CHILD_HEARD = "child_heard"
    AGENDA_AGREED = "agenda_agreed"
    CONSENT_GIVEN = "consent_given"
    CONSENT_REFUSED = "consent_refused"
    MEETING_FIXED = "meeting_fixed"
    MEETING_CANCELLED = "meeting_cancelled"
    MEETING_HELD = "meeting_held"
    ENDED_EARLY = "ended_early"
    CONCLUDED = "concluded"
    AGREEMENT_MADE = "agreement_made"
    AGREEMENT_DRAFTED = "agreement_drafted"
    AGREEMENT_SIGNED = "agreement_signed"
    COPIES_SENT = "copies_sent"
    SUMMARY_SHARED = "summary_shared"
    STEP_DONE = "step_done"
    APPEAL_REGISTERED = "appeal_registered"
    APPEAL_OUTCOME = "appeal_outcome"
    CLOSED = "closed"


# What an authority records itself in its own door; everything else is the provider's to record.
AUTHORITY_KINDS = (
    FactKind.FAMILY_INFORMED_AUTHORITY,
    FactKind.HEALTH_TOLD_AUTHORITY,
    FactKind.AUTHORITY_TOLD_ICB,
    FactKind.AUTHORITY_CANNOT_ARRANGE,
    FactKind.REPRESENTATIVE_NAMED,
    FactKind.DATES_OFFERED,
    FactKind.DATES_ANSWERED,
    FactKind.CONSENT_GIVEN,
    FactKind.CONSENT_REFUSED,
    FactKind.STEP_DONE,
    FactKind.APPEAL_REGISTERED,
    FactKind.APPEAL_OUTCOME,
)
# Of these it takes back what it recorded by mistake; of the others it says another thing instead.
TAKEN_BACK_BY_AUTHORITY = (FactKind.AUTHORITY_CANNOT_ARRANGE, FactKind.STEP_DONE)


class Stage(StrEnum):
    CONTACT = "contact"
    CHOICE = "choice"
    CERTIFICATE = "certificate"
    CONSENT = "consent"
    ARRANGING = "arranging"
    FIXED = "fixed"
    MET = "met"
    STEPS = "steps"
    FINISHED = "finished"
    CLOSED = "closed"


SERVICE_WORDS = {
    Service.MEDIATION: "Mediation",
    Service.DISAGREEMENT_RESOLUTION: "Disagreement resolution",
    Service.FACILITATION: "Facilitation",
}
ROUTE_WORDS = {
    Route.PARENT: "Parent or carer",
    Route.YOUNG_PERSON: "Young person",
    Route.AUTHORITY: "Local authority",
    Route.SENDIASS: "SENDIASS",
    Route.SCHOOL: "School",
    Route.OTHER: "Someone else",
}
SIDE_WORDS = {
    Side.FAMILY: "Family",
    Side.AUTHORITY: "Local authority",
    Side.HEALTH: "Health (ICB)",
    Side.SCHOOL: "School",
    Side.OTHER: "Someone else",
}
CHOICE_WORDS = {
    Choice.MEDIATE: "To mediate",
    Choice.DECLINE: "Not to mediate",
    Choice.THINKING: "Time to think",
}
OUTCOME_WORDS = {
    Outcome.FULL: "Full agreement",
    Outcome.PARTIAL: "Partial agreement",
    Outcome.NONE: "No agreement",
}
APPEAL_WORDS = {
    AppealOutcome.UPHELD: "Upheld: the family's appeal succeeded",
    AppealOutcome.PARTLY_UPHELD: "Partly upheld",
    AppealOutcome.DISMISSED: "Dismissed",
    AppealOutcome.CONCEDED: "The authority conceded",
    AppealOutcome.WITHDRAWN: "The family withdrew it",
}
EARLY_END_WORDS = {
    EarlyEnd.CONCEDED: "The authority agreed before the meeting",
    EarlyEnd.WITHDRAWN: "The family withdrew",
    EarlyEnd.SUPERSEDED: "A new decision took the place of this one",
    EarlyEnd.MOVED: "The family moved to another authority",
}
CERTIFICATE_WORDS = {
    CertificateKind.NO_MEDIATION: "No mediation, section 55(4)",
    CertificateKind.AFTER_MEDIATION: "After mediation, section 55(5)",
    CertificateKind.DEEMED: "Mediation not arranged within 30 days",
}
STAGE_WORDS = {
    Stage.CONTACT: "First contact",
    Stage.CHOICE: "Family choosing",
    Stage.CERTIFICATE: "Certificate to issue",
    Stage.CONSENT: "Consent",
    Stage.ARRANGING: "Arranging a date",
    Stage.FIXED: "Date fixed",
    Stage.MET: "Meeting held",
    Stage.STEPS: "Agreed steps",
    Stage.FINISHED: "Ready to close",
    Stage.CLOSED: "Closed",
}
FACT_WORDS = {
    FactKind.NOTICE_SENT: "Authority sent its notice of the decision",
    FactKind.PERMISSION_GIVEN: "Family gave permission for the referral",
    FactKind.CONTACT_MADE: "Adviser and family spoke",
    FactKind.MIAS_HELD: "Mediation information and advice given",
    FactKind.CHOICE_MADE: "Family made its choice",
    FactKind.CERTIFICATE_ISSUED: "Certificate issued",
    FactKind.CERTIFICATE_SENT: "Certificate sent",
    FactKind.CERTIFICATE_WITHDRAWN: "Certificate withdrawn",
    FactKind.FAMILY_INFORMED_AUTHORITY: "Family told the authority it wants mediation",
    FactKind.ADVISER_INFORMED_AUTHORITY: "Adviser told the authority the family wants mediation",
    FactKind.HEALTH_TOLD_AUTHORITY: "Family told the authority that health is an issue",
    FactKind.AUTHORITY_TOLD_ICB: "Authority told the ICB",
    FactKind.ICB_TOLD_AUTHORITY: "ICB told the authority what was agreed",
    FactKind.AUTHORITY_CANNOT_ARRANGE: "Authority said it cannot arrange mediation in 30 days",
    FactKind.MEDIATOR_APPOINTED: "Mediator appointed",
    FactKind.REPRESENTATIVE_NAMED: "Authority named its representative",
    FactKind.DATES_OFFERED: "Dates offered",
    FactKind.DATES_ANSWERED: "Dates answered",
    FactKind.DATES_PASSED: "The dates offered passed without an answer from everybody",
    FactKind.SUMMARIES_EXCHANGED: "Both sides' summaries exchanged",
    FactKind.CHILD_HEARD: "Voice of the child heard",
    FactKind.AGENDA_AGREED: "Agenda agreed",
    FactKind.CONSENT_GIVEN: "Consent given",
    FactKind.CONSENT_REFUSED: "Consent refused",
    FactKind.MEETING_FIXED: "Meeting date fixed",
    FactKind.MEETING_CANCELLED: "Meeting cancelled",
    FactKind.MEETING_HELD: "Meeting held",
    FactKind.ENDED_EARLY: "Ended before a meeting",
    FactKind.CONCLUDED: "Concluded",
    FactKind.AGREEMENT_MADE: "Agreement made",
    FactKind.AGREEMENT_DRAFTED: "Agreement drafted",
    FactKind.AGREEMENT_SIGNED: "Agreement signed",
    FactKind.COPIES_SENT: "Copies sent",
    FactKind.SUMMARY_SHARED: "Summary shared with everyone",
    FactKind.STEP_DONE: "Agreed step done",
    FactKind.APPEAL_REGISTERED: "Appeal registered with the Tribunal",
    FactKind.APPEAL_OUTCOME: "Appeal decided",
    FactKind.CLOSED: "Case closed",
}

# Who decides where no parent does: Children and Families Act 2014 ss.80 and 83; of a looked-after
# child, whoever has parental responsibility or cares for it (Education Act 1996 s.576).
DECIDES = {
    "own": "The young person, in their own right",
    "represented": "Somebody for a young person who lacks capacity",
    "carer": "Who acts for a looked-after child, such as its foster carer",
}

WAITING_WORDS = {
    "provider": "The provider",
    "authority": "The authority",
    "family": "The family",
    "health": "The ICB",
    "school": "The school",
    "other": "Somebody else",
}


def fact_words(kind: FactKind, service: Service) -> str:
    """What a fact is called in a case of a service."""
    if kind is FactKind.MEDIATOR_APPOINTED and service is Service.FACILITATION:
        return "Facilitator appointed"
    return FACT_WORDS[kind]


# What is due for a part of an agreed step (SEND Regs 2014 reg 44).
PART_WORDS = {
    "tell": "Tell the family that it will assess or re-assess",
    "no_plan": "Decide not to issue a plan, and tell the family",
    "draft": "Send the draft plan",
    "final_plan": "Issue the final plan",
}

# The words that templates show, by the name they have there.
WORDS = {
    "service_words": SERVICE_WORDS,
    "stage_words": STAGE_WORDS,
    "route_words": ROUTE_WORDS,
    "side_words": SIDE_WORDS,
    "outcome_words": OUTCOME_WORDS,
    "certificate_words": CERTIFICATE_WORDS,
    "waiting_words": WAITING_WORDS,
    "part_words": PART_WORDS,
}
