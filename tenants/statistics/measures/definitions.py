"""Every measure, once: its name, its sentence, what is counted and of what. Pure.

A counter is a number of events, each on a day (`COUNTERS`); a measure is a counter, or the share
that one counter is of another. Pages, exports, packs, charts and the API read nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

Unit = Literal["cases", "mediations", "meetings", "certificates", "steps", "answers", "percent"]

LAW = "Children and Families Act 2014 ss.52-55; SEND Regulations 2014 regs 32-44"
DFE = "DfE, Education, health and care plans: data guidance"
PROVIDER = "The provider's contract measures"


@dataclass(frozen=True, slots=True)
class Counter:
    """A thing that is counted. `sentence` says which event and whose date decides the period."""

    key: str
    name: str
    sentence: str
    unit: Unit
    source: str = PROVIDER


@dataclass(frozen=True, slots=True)
class Share:
    """What part one counter is of another; both are of the same period."""

    key: str
    name: str
    sentence: str
    numerator: str
    denominator: str
    source: str = PROVIDER
    # Whether a higher share is the better one; None where it is neither.
    higher_is_better: bool | None = True


COUNTERS: tuple[Counter, ...] = (
    Counter(
        "referrals",
        "Referrals",
        "Cases opened in the period, for any service, counted by the day they were opened.",
        "cases",
    ),
    Counter(
        "mias_delivered",
        "Mediation information given",
        "Cases in which mediation information and advice was given, counted once by the first day.",
        "cases",
        LAW,
    ),
    Counter(
        "choices_recorded",
        "Choices made",
        "Cases in which the family chose whether to mediate, counted by the day of its latest "
        "choice. A family that is still thinking is not counted.",
        "cases",
        LAW,
    ),
    Counter(
        "chose_mediation",
        "Chose mediation",
        "Cases whose latest choice in the period was to mediate.",
        "cases",
        LAW,
    ),
    Counter(
        "certificates",
        "Certificates issued",
        "Certificates that stand, counted by the day of issue. A withdrawn one is not counted.",
        "certificates",
        LAW,
    ),
    Counter(
        "certificates_no_mediation",
        "Certificates without mediation",
        "Certificates under section 55(4): the family chose not to mediate.",
        "certificates",
        LAW,
    ),
    Counter(
        "certificates_after_mediation",
        "Certificates after mediation",
        "Certificates under section 55(5): the family took part in mediation.",
        "certificates",
        LAW,
    ),
    Counter(
        "certificates_deemed",
        "Certificates because no mediation was arranged",
        "Certificates under regulation 39: the authority could not arrange it within 30 days.",
        "certificates",
        LAW,
    ),
    Counter(
        "certificates_in_time",
        "Certificates within 3 working days",
        "Certificates issued within 3 working days of the event that asks for them.",
        "certificates",
        LAW,
    ),
    Counter(
        "dates_fixed",
        "Mediation dates fixed",
        "Mediations for which a first date was fixed in the period, where the start of the 30 days "
        "is known.",
        "mediations",
        LAW,
    ),
    Counter(
        "dates_fixed_within_30",
        "Dates fixed within 30 days",
        "Of those, the first date was fixed within 30 days of the authority's being told.",
        "mediations",
        LAW,
    ),
    Counter(
        "mediations_held",
        "Mediations held",
        "Mediation cases that met, counted once by the day they first met: an adjourned meeting "
        "is not counted again.",
        "mediations",
        DFE,
    ),
    Counter(
        "mediations_timed",
        "Mediations with a known start",
        "Mediations held in the period where the day on which the authority was told is known.",
        "mediations",
        LAW,
    ),
    Counter(
        "mediations_held_within_30",
        "Held within 30 days",
        "Mediations held in the period within 30 days of the authority's being told.",
        "mediations",
        LAW,
    ),
    Counter(
        "full_agreements",
        "Full agreement",
        "Mediations held in the period that ended in full agreement.",
        "mediations",
    ),
    Counter(
        "partial_agreements",
        "Partial agreement",
        "Mediations held in the period that ended in partial agreement.",
        "mediations",
    ),
    Counter(
        "no_agreements",
        "No agreement",
        "Mediations held in the period that ended without agreement.",
        "mediations",
    ),
    Counter(
        "agreements",
        "Agreement in full or part",
        "Mediations held in the period that ended in full or partial agreement.",
        "mediations",
    ),
    Counter(
        "followed_by_appeal",
        "Followed by an appeal",
        "Mediations held in the period after which an appeal was registered, whenever that was.",
        "mediations",
        DFE,
    ),
    Counter(
        "resolutions_held",
        "Disagreement resolutions held",
        "Disagreement resolution cases that met, counted once by the day they first met.",
        "cases",
    ),
    Counter(
        "facilitations_held",
        "Facilitations held",
        "Facilitation cases that met, counted once by the day they first met.",
        "cases",
    ),
    Counter(
        "meetings_attendance_known",
        "Meetings with attendance recorded",
        "Mediation meetings held in the period with a record of whether the authority came.",
        "meetings",
    ),
    Counter(
        "meetings_authority_attended",
        "Meetings the authority attended",
        "Of those, meetings that the authority attended.",
        "meetings",
    ),
    Counter(
        "meetings_power_known",
        "Meetings with authority to decide recorded",
        "Mediation meetings held in the period that the authority attended and for which it is "
        "recorded whether its representative could decide.",
        "meetings",
    ),
    Counter(
        "meetings_could_decide",
        "Meetings with authority to decide",
        "Of those, meetings whose representative of the authority could decide.",
        "meetings",
    ),
    Counter(
        "voices_heard",
        "Child's voice heard",
        "Mediations held in the period for which the child or young person was heard, in person "
        "or otherwise.",
        "mediations",
        LAW,
    ),
    Counter(
        "steps_due",
        "Agreed steps due",
        "Steps of agreements that fell due in the period, up to today.",
        "steps",
        LAW,
    ),
    Counter(
        "steps_in_time",
        "Agreed steps done on time",
        "Of those, steps that were done on or before the day they were due.",
        "steps",
        LAW,
    ),
    Counter(
        "appeals_registered",
        "Appeals registered",
        "Appeals registered with the Tribunal in the period, as the authority told us.",
        "cases",
        DFE,
    ),
    Counter(
        "answers",
        "Evaluations received",
        "Evaluations by participants, counted by the day they were given.",
        "answers",
    ),
    Counter(
        "satisfied_answers",
        "Satisfied participants",
        "Evaluations that rate the service 4 or 5 of 5.",
        "answers",
    ),
    Counter(
        "ended_conceded",
        "Settled by the authority before a meeting",
        "Cases that ended because the authority agreed before a meeting, counted by the day we "
        "were told.",
        "cases",
    ),
    Counter(
        "ended_withdrawn",
        "Withdrawn by the family before a meeting",
        "Cases that ended because the family withdrew before a meeting, counted by the day we "
        "were told.",
        "cases",
    ),
    Counter(
        "ended_superseded",
        "Superseded by a new decision",
        "Cases that ended before a meeting because a new decision took the place of the first, "
        "counted by the day we were told.",
        "cases",
    ),
    Counter(
        "ended_moved",
        "Moved to another authority",
        "Cases that ended before a meeting because the family moved, counted by the day we were "
        "told.",
        "cases",
    ),
)

SHARES: tuple[Share, ...] = (
    Share(
        "choosing_mediation",
        "Choosing mediation",
        "Of the families that made a choice in the period, the share that chose mediation. In a "
        "national study it was 42%.",
        "chose_mediation",
        "choices_recorded",
        LAW,
        higher_is_better=None,
    ),
    Share(
        "certificates_within_3_days",
        "Certificates within 3 working days",
        "Of the certificates issued in the period, the share issued within 3 working days.",
        "certificates_in_time",
        "certificates",
        LAW,
    ),
    Share(
        "fixed_within_30",
        "Date fixed within 30 days",
        "Of the mediations whose first date was fixed in the period, the share for which that was "
        "done within 30 days of the authority's being told.",
        "dates_fixed_within_30",
        "dates_fixed",
        LAW,
    ),
    Share(
        "held_within_30",
        "Held within 30 days",
        "Of the mediations held in the period whose start is known, the share held within 30 days "
        "of the authority's being told.",
        "mediations_held_within_30",
        "mediations_timed",
        LAW,
    ),
    Share(
        "agreement_rate",
        "Agreement rate",
        "Of the mediations held in the period, the share that ended in full or partial agreement.",
        "agreements",
        "mediations_held",
    ),
    Share(
        "appeal_rate",
        "Followed by an appeal",
        "Of the mediations held in the period, the share after which an appeal was registered.",
        "followed_by_appeal",
        "mediations_held",
        DFE,
        higher_is_better=False,
    ),
    Share(
        "authority_attended",
        "Authority attended",
        "Of the mediation meetings with attendance recorded, the share the authority attended.",
        "meetings_authority_attended",
        "meetings_attendance_known",
        LAW,
    ),
    Share(
        "authority_could_decide",
        "Authority could decide",
        "Of the meetings the authority attended, the share whose representative could decide.",
        "meetings_could_decide",
        "meetings_power_known",
        LAW,
    ),
    Share(
        "voice_heard",
        "Child's voice heard",
        "Of the mediations held in the period, the share for which the child or young person was "
        "heard.",
        "voices_heard",
        "mediations_held",
        LAW,
    ),
    Share(
        "steps_on_time",
        "Agreed steps done on time",
        "Of the agreed steps that fell due in the period, the share done on or before that day.",
        "steps_in_time",
        "steps_due",
        LAW,
    ),
    Share(
        "satisfaction",
        "Satisfied participants",
        "Of the evaluations received in the period, the share that rate the service 4 or 5 of 5.",
        "satisfied_answers",
        "answers",
    ),
)

MEDIAN_DAYS = Counter(
    "median_days_to_mediation",
    "Median days to mediation",
    "The middle number of days from the authority's being told to the first meeting, of the "
    "mediations held in the period whose start is known.",
    "mediations",
    LAW,
)

# An authority reads how many these are, but of no case whether it is one of them (domain: what a
# family tells its adviser, and how it was content, is not for the other side).
CONFIDENTIAL = frozenset({"choices_recorded", "chose_mediation", "answers", "satisfied_answers"})
COUNTER: Mapping[str, Counter] = MappingProxyType({c.key: c for c in COUNTERS})
SHARE: Mapping[str, Share] = MappingProxyType({s.key: s for s in SHARES})
