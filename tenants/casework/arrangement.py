"""What is arranged so far, and who must still do what: read from a case's facts. Pure.

What the facts of a meeting hold in `detail` is listed in `tenants.casework.kinds`.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from tenants.casework.kinds import Choice, FactKind, Service, Side
from tenants.casework.record import CaseRecord, Fact, consents
from tenants.law.clocks import due


@dataclass(frozen=True, slots=True)
class Offer:
    """A date that was offered, and who can come then. None has not answered."""

    id: str
    on: dt.date
    time: str
    offered_on: dt.date
    answers: Mapping[Side, bool] = field(default_factory=dict)
    between: tuple[Side, Side] = (Side.FAMILY, Side.AUTHORITY)

    def answer(self, side: Side) -> bool | None:
        return self.answers.get(side)

    @property
    def suits_both(self) -> bool:
        return all(self.answers.get(side) for side in self.between)


@dataclass(frozen=True, slots=True)
class Arrangement:
    """What is arranged of the meeting that comes next, and what was held already."""

    appointed: Fact | None
    representative: Fact | None
    offers: tuple[Offer, ...]
    fixed: Fact | None
    held: tuple[Fact, ...]
    cancelled: tuple[Fact, ...]
    child_heard: Fact | None
    started: dt.date | None
    due: dt.date | None
    further: bool
    # Who meets the family: the authority, or the ICB where health is the only issue.
    other: Side = Side.AUTHORITY
    # Whether no meeting is to come, so that a date that is fixed is only to be called off.
    void: bool = False

    def to_answer(self, side: Side, today: dt.date) -> list[Offer]:
        """The dates to come that a side has not answered, while a date is looked for."""
        if self.fixed is not None or self.void:
            return []
        return [o for o in self.offers if o.on >= today and o.answer(side) is None]


def mediation_started(record: CaseRecord) -> dt.date | None:
    """The day from which the 30 days of K5 run, by the authority's setting; None before it.

    Where health is the only issue those of K4 run, from when the ICB was told.
    """
    if record.health_only:
        told = record.first(FactKind.AUTHORITY_TOLD_ICB)
        return told.on if told else None
    first_told = record.first(FactKind.FAMILY_INFORMED_AUTHORITY)
    first_advised = record.first(FactKind.ADVISER_INFORMED_AUTHORITY)
    family = first_told.on if first_told else None
    adviser = first_advised.on if first_advised else None
    if record.k5_starts == "family" and family:
        return family
    if record.k5_starts == "adviser" and adviser:
        return adviser
    return min((day for day in (family, adviser) if day), default=None)


def mediation_clock(record: CaseRecord) -> str:
    """The clock of the 30 days in which a mediation is due."""
    return "K4" if record.health_only else "K5"


def meeting_fixed(record: CaseRecord) -> Fact | None:
    """The date that was fixed last, unless it was cancelled since."""
    fixed = record.last(FactKind.MEETING_FIXED)
    cancelled = record.last(FactKind.MEETING_CANCELLED)
    if fixed and cancelled:
        order = [fact.id for fact in record.facts]
        if order.index(cancelled.id) > order.index(fixed.id):
            return None
    return fixed


def meeting_ahead(record: CaseRecord) -> Fact | None:
    """The date that stands for the next meeting: fixed, neither cancelled nor held since."""
    fixed = meeting_fixed(record)
    held = record.last(FactKind.MEETING_HELD)
    if fixed and held:
        order = [fact.id for fact in record.facts]
        if order.index(held.id) > order.index(fixed.id):
            return None
    return fixed


def meets_no_more(record: CaseRecord) -> bool:
    """Whether no meeting is to come: what was arranged of one is void.

    The case ended before it, the family does not want mediation (any more), the authority cannot
    arrange it in time (K8), or a side does not take part.
    """
    if record.ended is not None:
        return True
    if record.service is not Service.MEDIATION:
        return False in consents(record).values()
    choice = record.choice
    if choice is not None and choice.value == Choice.DECLINE:
        return True
    return record.has(FactKind.AUTHORITY_CANNOT_ARRANGE) and not record.has(FactKind.MEETING_HELD)


def meeting_to_call_off(record: CaseRecord) -> Fact | None:
    """The date that is fixed although no meeting is to come: whoever was to be there is told."""
    return meeting_ahead(record) if meets_no_more(record) else None


def meeting_standing(record: CaseRecord) -> Fact | None:
    """The date of the next meeting, if there is to be one."""
    return None if meets_no_more(record) else meeting_ahead(record)


def adjourned(record: CaseRecord) -> bool:
    """Whether the last meeting was adjourned to a further one."""
    held = record.last(FactKind.MEETING_HELD)
    return held is not None and bool(held.detail.get("further"))


def arrangement(record: CaseRecord) -> Arrangement:
    """What stands of a case's arrangement."""
    started = mediation_started(record)
    held = tuple(record.of(FactKind.MEETING_HELD))
    return Arrangement(
        appointed=record.last(FactKind.MEDIATOR_APPOINTED),
        representative=record.last(FactKind.REPRESENTATIVE_NAMED),
        offers=tuple(offers(record)),
        fixed=meeting_ahead(record),
        held=held,
        cancelled=tuple(record.of(FactKind.MEETING_CANCELLED)),
        child_heard=record.last(FactKind.CHILD_HEARD),
        started=started,
        due=(
            due(mediation_clock(record), started)
            if started and record.service is Service.MEDIATION
            else None
        ),
        further=adjourned(record),
        other=record.answering[1],
        void=meets_no_more(record),
    )


def offers(record: CaseRecord) -> list[Offer]:
    """The dates offered, by day, each with the latest answer of either side."""
    answers: dict[str, dict[Side, bool]] = {}
    for answered in record.of(FactKind.DATES_ANSWERED):
        side = Side(answered.value or "")
        for word, can in (("can", True), ("cannot", False)):
            for offer_id in answered.detail.get(word, ()):
                answers.setdefault(offer_id, {})[side] = can
    found = [
        Offer(
            id=one["id"],
            on=dt.date.fromisoformat(one["on"]),
            time=one.get("time", ""),
            offered_on=offered.on,
            # Whoever offers a date can come then, until they say otherwise.
            answers={
                **({Side(offered.value): True} if offered.value else {}),
                **answers.get(one["id"], {}),
            },
            between=record.answering,
        )
        for offered in record.of(FactKind.DATES_OFFERED)
        for one in offered.detail.get("offers", ())
    ]
    return sorted(found, key=lambda offer: (offer.on, offer.time))


def side_to_answer(record: CaseRecord) -> Side | None:
    """Whose answer to the dates offered last is waited for, until those dates have passed."""
    last, passed = record.last(FactKind.DATES_OFFERED), record.last(FactKind.DATES_PASSED)
    if last is None or (passed and passed.on > last.on):
        return None
    offered = [o for o in offers(record) if o.offered_on == last.on]
    for side in reversed(record.answering):
        if any(offer.answer(side) is None for offer in offered):
            return side
    return None


def held_late(record: CaseRecord, on: dt.date) -> bool:
    """Whether a meeting on this day misses the 30 days of K5: its cause is asked then."""
    started = mediation_started(record)
    if record.service is not Service.MEDIATION or started is None:
        return False
    return on > due(mediation_clock(record), started) and not record.has(FactKind.MEETING_HELD)
