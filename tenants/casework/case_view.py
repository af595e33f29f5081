"""A case as each audience may see it, read in a fixed number of queries."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import Any

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from saas.database.together import OF, TENANT, Together
from tenants.casework.case_clocks import CaseClock, clocks_of
from tenants.casework.kept.models import CasePosition
from tenants.casework.kinds import (
    CERTIFICATE_WORDS,
    CHOICE_WORDS,
    DECIDES,
    EARLY_END_WORDS,
    OUTCOME_WORDS,
    CertificateKind,
    Choice,
    EarlyEnd,
    FactKind,
    Outcome,
    Service,
    fact_words,
)
from tenants.casework.models import (
    AgreedStep,
    CaseFact,
    CaseNote,
    CaseParty,
    Certificate,
    Child,
    SenCase,
)
from tenants.casework.queries import CaseNotFoundError, record_of
from tenants.casework.record import CaseRecord
from tenants.casework.rules import UNCORRECTABLE
from tenants.law.rights import own_right_from, whose_right
from tenants.subscribers.models import Subscriber

POSITION_SHOWN = (
    CasePosition.stage,
    CasePosition.is_open,
    CasePosition.waiting_for,
    CasePosition.next_step,
    CasePosition.next_clock,
    CasePosition.next_due,
    CasePosition.held_on,
    CasePosition.outcome,
    CasePosition.mediation_due,
    CasePosition.meeting_on,
    CasePosition.closed_on,
)
PARTY_FOR_AUTHORITY = (CaseParty.side, CaseParty.name, CaseParty.relation)
PARTY_FOR_PROVIDER = (
    *PARTY_FOR_AUTHORITY,
    CaseParty.id,
    CaseParty.email,
    CaseParty.telephone,
    CaseParty.postcode,
    CaseParty.preferred_communication,
    CaseParty.adjustments,
    CaseParty.interpreter,
)
NOTE_SHOWN = (CaseNote.audience, CaseNote.text, CaseNote.written_at, CaseNote.written_by_name)
CERTIFICATE_SHOWN = (Certificate.id, Certificate.number, Certificate.kind, Certificate.issued_on)


@dataclass(frozen=True)
class TimelineEntry:
    """A fact, in words, with who recorded it."""

    id: uuid.UUID
    kind: FactKind
    title: str
    on: dt.date
    by: str
    by_person: uuid.UUID | None
    recorded_at: dt.datetime
    text: str
    audience: str
    stands: bool
    correction: bool
    correctable: bool


@dataclass(frozen=True)
class CaseView:
    """Everything that a case page shows to one audience."""

    id: uuid.UUID
    reference: str
    case: Any
    child_name: str
    date_of_birth: dt.date
    decision: str
    record: CaseRecord
    position: Any
    clocks: list[CaseClock]
    steps: list[AgreedStep]
    timeline: list[TimelineEntry]
    _ask: Callable[[], dict[str, list[Any]]] = field(repr=False)

    # Most pages about a case show none of these: asked, all at once, by those that do.
    @cached_property
    def _beside(self) -> dict[str, list[Any]]:
        return self._ask()

    parties = property(lambda self: self._beside["parties"])
    notes = property(lambda self: self._beside["notes"])
    certificates = property(lambda self: self._beside["certificates"])

    def whose_right(self, today: dt.date) -> str:
        """Who decides and appeals, and from which day, in words (`tenants.law.rights`)."""
        return whose_right(
            self.date_of_birth, today, self.case.opened_on, self.case.plan_maintained_until
        )

    @property
    def who_decides(self) -> str:
        """Who gave the permission that stands, and for whom they decide; empty if none is known."""
        said = self.record.last(FactKind.PERMISSION_GIVEN)
        if said is None:
            return ""
        words = DECIDES.get(said.detail.get("capacity", ""), "")
        return ": ".join(part for part in (said.detail.get("by"), words) if part)

    def asks_own_consent(self, today: dt.date) -> bool:
        """Whether the right passed during the case, and the young person has not agreed yet."""
        own_from = own_right_from(self.date_of_birth)
        said = self.record.last(FactKind.PERMISSION_GIVEN)
        return self.case.opened_on < own_from <= today and (said is None or said.on < own_from)


def case_view(
    session: ScopedSession, case_id: uuid.UUID, party_columns: tuple[Any, ...]
) -> CaseView:
    """The case, as far as the session's login role may read it.

    Raises:
        CaseNotFoundError: no such case in this tenant.
    """
    row = session.execute(
        sa.select(SenCase, Child, Subscriber.k5_starts, *POSITION_SHOWN)
        .join(Subscriber, Subscriber.id == SenCase.tenant_id)
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .join(
            CasePosition,
            sa.and_(
                CasePosition.tenant_id == SenCase.tenant_id, CasePosition.case_id == SenCase.id
            ),
        )
        .where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
    ).one_or_none()
    if row is None:
        raise CaseNotFoundError(str(case_id))
    case, child = row.SenCase, row.Child
    of_case: dict[str, Any] = {"tenant_id": session.tenant, "case_id": case_id}
    facts = session.scalars(
        sa.select(CaseFact)
        .filter_by(**of_case)
        .order_by(CaseFact.on_date.desc(), CaseFact.recorded_at.desc(), CaseFact.id.desc())
    ).all()
    steps = session.scalars(
        sa.select(AgreedStep).filter_by(**of_case).order_by(AgreedStep.due_on)
    ).all()
    record = record_of(case, row.k5_starts, facts, steps)
    return CaseView(
        id=case.id,
        reference=case.reference,
        case=case,
        child_name=f"{child.given_name} {child.family_name}",
        date_of_birth=child.date_of_birth,
        decision=record.decision_words,
        record=record,
        position=row,
        clocks=clocks_of(record),
        steps=list(steps),
        timeline=_timeline(facts, record.service),
        _ask=lambda: _beside_it(party_columns).ask(session, of=case_id),
    )


@cache
def _beside_it(party_columns: tuple[Any, ...]) -> Together:
    parties = sa.select(*party_columns).order_by(CaseParty.side, CaseParty.id)
    notes = sa.select(*NOTE_SHOWN).order_by(CaseNote.written_at.desc())
    papers = sa.select(*CERTIFICATE_SHOWN).order_by(Certificate.issued_at)
    asked = {"parties": parties, "notes": notes, "certificates": papers}
    return Together({n: q.filter_by(tenant_id=TENANT, case_id=OF) for n, q in asked.items()})


def _timeline(facts: Sequence[CaseFact], service: Service) -> list[TimelineEntry]:
    replaced = {fact.replaces_id for fact in facts}
    return [
        TimelineEntry(
            id=fact.id,
            kind=FactKind(fact.kind),
            title=fact_words(FactKind(fact.kind), service),
            on=fact.on_date,
            by=fact.recorded_by_name,
            by_person=fact.recorded_by,
            recorded_at=fact.recorded_at,
            text=_in_words(fact),
            audience=fact.audience,
            stands=fact.id not in replaced and not fact.retracted,
            correction=fact.replaces_id is not None,
            correctable=fact.id not in replaced
            and not fact.retracted
            and FactKind(fact.kind) not in UNCORRECTABLE,
        )
        for fact in facts
    ]


def _day(text: str) -> str:
    on = dt.date.fromisoformat(text)
    return f"{on:%A} {on.day} {on:%B %Y}"


# What a fact of a meeting says beyond its kind; the keys are listed in `kinds`.
_MEETING_WORDS: dict[FactKind, Callable[[CaseFact], list[str]]] = {
    FactKind.MEDIATOR_APPOINTED: lambda f: [f.detail.get("name", "")],
    FactKind.REPRESENTATIVE_NAMED: lambda f: [
        f"{f.detail['name']}, {f.detail['role']}, with the power to decide"
    ],
    FactKind.DATES_OFFERED: lambda f: [
        "; ".join(f"{_day(one['on'])} {one['time']}".strip() for one in f.detail.get("offers", ()))
    ],
    FactKind.DATES_ANSWERED: lambda f: [
        f"By the {f.value}: {len(f.detail.get('can', ()))} suit,"
        f" {len(f.detail.get('cannot', ()))} do not"
    ],
    FactKind.CHILD_HEARD: lambda f: [f.detail.get("how", "")],
    FactKind.MEETING_CANCELLED: lambda f: [
        f"By the {f.value}" if f.value else "",
        f"{f.detail['notice_hours']} hours' notice" if "notice_hours" in f.detail else "",
        f.detail.get("why", ""),
    ],
    FactKind.MEETING_HELD: lambda f: [
        "Adjourned to a further meeting" if f.detail.get("further") else "",
        "The authority did not attend" if f.detail.get("authority_attended") is False else "",
        "The ICB did not attend" if f.detail.get("health_attended") is False else "",
        "Its representative could not decide"
        if f.detail.get("authority_attended") and f.detail.get("authority_could_decide") is False
        else "",
    ],
}


def _in_words(fact: CaseFact) -> str:
    """What a fact says beyond its kind and its day."""
    parts = []
    kind = FactKind(fact.kind)
    if kind is FactKind.CHOICE_MADE and fact.value:
        parts.append(CHOICE_WORDS[Choice(fact.value)])
    elif kind is FactKind.CERTIFICATE_ISSUED and fact.value:
        parts.append(CERTIFICATE_WORDS[CertificateKind(fact.value)])
    elif kind is FactKind.CONCLUDED and fact.value:
        parts.append(OUTCOME_WORDS[Outcome(fact.value)])
    elif kind is FactKind.MEETING_FIXED:
        on = dt.date.fromisoformat(fact.detail["meeting_on"])
        parts.append(f"for {on:%A} {on.day} {on:%B %Y}")
    elif kind is FactKind.MIAS_HELD and "minutes" in fact.detail:
        parts.append(f"{fact.detail['way']}, {fact.detail['minutes']} minutes".capitalize())
    elif kind is FactKind.PERMISSION_GIVEN and fact.detail.get("by"):
        parts.append(f"By {fact.detail['by']}, {fact.detail.get('how', '')}".strip(", "))
    elif kind in _MEETING_WORDS:
        parts += [words for words in _MEETING_WORDS[kind](fact) if words]
    elif kind is FactKind.ENDED_EARLY and fact.value:
        parts.append(EARLY_END_WORDS[EarlyEnd(fact.value)])
        parts += [words for words in (fact.detail.get("to"), fact.detail.get("what")) if words]
    elif kind in (FactKind.CONSENT_GIVEN, FactKind.CONSENT_REFUSED) and fact.value:
        parts.append(f"By the {fact.value}")
    if fact.retracted:
        parts.append("Taken back")
    if fact.reason:
        parts.append(f"Reason: {fact.reason}")
    return ". ".join(parts)


def case_for_provider(session: ScopedSession, case_id: uuid.UUID) -> CaseView:
    """The whole case."""
    return case_view(session, case_id, PARTY_FOR_PROVIDER)


def case_for_authority(session: ScopedSession, case_id: uuid.UUID) -> CaseView:
    """The case without what was told in confidence: the database grants no more."""
    return case_view(session, case_id, PARTY_FOR_AUTHORITY)
