"""A case as its facts tell it. Pure."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Any

from tenants.casework.kinds import (
    HEALTH_ONLY,
    CertificateKind,
    Choice,
    FactKind,
    Route,
    Service,
    Side,
)
from tenants.law.appeal import heard_beside
from tenants.law.clocks import MediationStart
from tenants.law.decisions import decision_type

# Children and Families Act 2014 Part 3 came into force.
LAW_BEGAN = dt.date(2014, 9, 1)
PROVIDER = "provider"
PARTIES = "parties"


_day_of = attrgetter("on")


class RuleBroken(ValueError):
    """A fact that cannot be so; `field` names what to put right, the text says how."""

    def __init__(self, field_name: str, reason: str) -> None:
        super().__init__(reason)
        self.field = field_name


@dataclass(frozen=True, slots=True)
class Fact:
    """Something that happened on a day. `value` is the one word its kind asks for."""

    id: uuid.UUID
    kind: FactKind
    on: dt.date
    value: str | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    replaces: uuid.UUID | None = None
    retracted: bool = False
    reason: str | None = None

    @property
    def meeting_on(self) -> dt.date:
        """The date fixed, for a fact of that kind."""
        return dt.date.fromisoformat(self.detail["meeting_on"])


@dataclass(frozen=True, slots=True)
class Step:
    """One due date of an agreed step."""

    id: uuid.UUID
    kind: str
    part: str | None
    due_on: dt.date
    done_on: dt.date | None = None
    responsible: str = "authority"


@dataclass(slots=True)
class CaseRecord:
    """What was asked, and the facts so far in the order in which they were recorded."""

    service: Service
    route: Route
    opened_on: dt.date
    decision_type: str | None = None
    k5_starts: MediationStart = "earlier"
    facts: list[Fact] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    # The letters of the plan's sections in dispute.
    sections: str = ""
    # What `effective` found, and of which facts: they are added to, and nothing else.
    _stood: tuple[list[Fact], int, Sequence[Fact]] | None = field(
        default=None, init=False, repr=False, compare=False
    )

    def effective(self) -> Sequence[Fact]:
        """The facts that stand, by day: those neither corrected nor retracted."""
        if self._stood is not None:
            of, number, found = self._stood
            if of is self.facts and number == len(of):
                return found
        replaced = {fact.replaces for fact in self.facts if fact.replaces}
        standing = (f for f in self.facts if f.id not in replaced and not f.retracted)
        found = tuple(sorted(standing if replaced else self.facts, key=_day_of))
        self._stood = self.facts, len(self.facts), found
        return found

    def of(self, kind: FactKind) -> Iterator[Fact]:
        return (fact for fact in self.effective() if fact.kind is kind)

    def first(self, kind: FactKind) -> Fact | None:
        return next(self.of(kind), None)

    def last(self, kind: FactKind) -> Fact | None:
        return next((fact for fact in reversed(self.effective()) if fact.kind is kind), None)

    def has(self, kind: FactKind) -> bool:
        return self.first(kind) is not None

    @property
    def choice(self) -> Fact | None:
        """The family's latest choice: it may change its mind."""
        return self.last(FactKind.CHOICE_MADE)

    @property
    def certificate(self) -> Fact | None:
        """The certificate that stands, if one was issued and not withdrawn since."""
        issued = self.last(FactKind.CERTIFICATE_ISSUED)
        if issued is None or issued.detail.get("certificate_id") in self.withdrawals:
            return None
        return issued

    @property
    def health_only(self) -> bool:
        """Whether health is the only issue: the integrated care board (ICB) then arranges the
        mediation, and the authority is no party to it (Children and Families Act 2014 s.53)."""
        told = self.first(FactKind.HEALTH_TOLD_AUTHORITY)
        return told is not None and told.value == HEALTH_ONLY

    @property
    def beside_appeal_only(self) -> str | None:
        """What it is about alone, where the Tribunal hears that beside another appeal only."""
        if self.service is not Service.MEDIATION:
            return None
        return "health" if self.health_only else heard_beside(self.decision_type, self.sections)

    @property
    def answering(self) -> tuple[Side, Side]:
        """The sides that meet, and so answer the dates that are offered."""
        return Side.FAMILY, Side.HEALTH if self.health_only else Side.AUTHORITY

    @property
    def ended(self) -> Fact | None:
        """How the case ended before its meeting, if it did."""
        return self.last(FactKind.ENDED_EARLY)

    @property
    def withdrawals(self) -> dict[str, dt.date]:
        """The ids of the certificates that were withdrawn, and when each was."""
        return {
            fact.detail["certificate_id"]: fact.on
            for fact in self.of(FactKind.CERTIFICATE_WITHDRAWN)
            if fact.detail.get("certificate_id")
        }

    @property
    def certificate_needed(self) -> bool:
        """Whether an appeal against the decision needs a certificate (s.55 of the 2014 Act)."""
        if self.service is not Service.MEDIATION or self.decision_type is None:
            return False
        return decision_type(self.decision_type, self.decided_on).certificate_needed

    @property
    def decision_words(self) -> str:
        """The decision by its name, and what the dispute about it is about alone."""
        if self.decision_type is None:
            return ""
        alone = self.beside_appeal_only
        name = decision_type(self.decision_type, self.decided_on).name
        return f"{name}, about {alone} alone" if alone else name

    @property
    def decided_on(self) -> dt.date:
        """The day whose law applies to the decision: that of the notice, if it is known."""
        notice = self.first(FactKind.NOTICE_SENT)
        return notice.on if notice else self.opened_on


def certificate_ground(record: CaseRecord, kind: CertificateKind) -> dt.date | None:
    """The day from which a certificate of this kind may be issued; None while it may not."""
    if kind is CertificateKind.NO_MEDIATION:
        choice = record.choice
        if choice and choice.value == Choice.DECLINE:
            return choice.on
        # Whoever does not go on with mediation has told the adviser so (s.55(4)).
        ended = record.ended
        return ended.on if ended and ended.detail.get("certificate") else None
    if kind is CertificateKind.AFTER_MEDIATION:
        concluded = record.last(FactKind.CONCLUDED)
        return concluded.on if concluded else None
    unable = record.last(FactKind.AUTHORITY_CANNOT_ARRANGE)
    return unable.on if unable else None


def certificate_kind(record: CaseRecord) -> CertificateKind | None:
    """The kind of certificate that can be issued now, if any."""
    if not record.certificate_needed or record.certificate is not None:
        return None
    for kind in (
        CertificateKind.AFTER_MEDIATION,
        CertificateKind.NO_MEDIATION,
        CertificateKind.DEEMED,
    ):
        if certificate_ground(record, kind) is not None:
            return kind
    return None


def consents(record: CaseRecord) -> dict[str, bool]:
    """The latest answer of each side that answered: whether it takes part."""
    answers: dict[str, bool] = {}
    for fact in record.effective():
        if fact.kind in (FactKind.CONSENT_GIVEN, FactKind.CONSENT_REFUSED):
            answers[fact.value or ""] = fact.kind is FactKind.CONSENT_GIVEN
    return answers


def consents_missing(record: CaseRecord) -> list[str]:
    """The sides whose consent is still needed: both for DR, the family's for facilitation.

    Taking part is voluntary: a side that says no is among them, whether or not it was asked.
    """
    if record.service is Service.MEDIATION:
        return []
    needed = (
        ("family", "authority")
        if record.service is Service.DISAGREEMENT_RESOLUTION
        else ("family",)
    )
    answers = consents(record)
    refused = [side for side, given in answers.items() if not given and side not in needed]
    return [side for side in needed if not answers.get(side)] + refused


def signed_by(record: CaseRecord) -> set[str]:
    """Who has signed the text that is out for signature."""
    sent = record.last(FactKind.AGREEMENT_DRAFTED)
    if sent is None:
        return set()
    text = sent.detail.get("agreement_id")
    signed = record.of(FactKind.AGREEMENT_SIGNED)
    return {f.detail["signer"] for f in signed if f.detail.get("agreement_id") == text}


def sides_to_sign(record: CaseRecord) -> list[str]:
    """The sides whose signature is missing on the text that is out; empty when none is out."""
    sent = record.last(FactKind.AGREEMENT_DRAFTED)
    if sent is None or record.has(FactKind.AGREEMENT_MADE):
        return []
    there = signed_by(record)
    return [one["side"] for one in sent.detail.get("signers", []) if one["signer"] not in there]
