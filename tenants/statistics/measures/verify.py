"""Proof that the summary tables say what the facts say."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter, defaultdict
from collections.abc import Iterator
from typing import cast

import sqlalchemy as sa

from saas.database.scope import ScopedSession
from tenants.casework.kinds import FactKind, Route, Service
from tenants.casework.models import AgreedStep, CaseFact, Child, SenCase
from tenants.casework.record import CaseRecord, Fact, Step
from tenants.feedback.models import Evaluation
from tenants.law.clocks import MediationStart
from tenants.statistics.measures.facts import Answer, Event, Measured, measure_case
from tenants.statistics.measures.models import MeasuredCase, MonthTally
from tenants.statistics.measures.tallies import KEYS
from tenants.subscribers.models import Subscriber

KEPT = (
    "all",
    "service",
    "route",
    "decision_type",
    "need",
    "age_band",
    "phase",
    "mediator",
    "delay_cause",
    "participant",
)
TallyKey = tuple[str, dt.date, str, str]


def measured_from_facts(
    session: ScopedSession, tenant: uuid.UUID
) -> Iterator[tuple[uuid.UUID, Measured]]:
    """What each case of a tenant adds to the counters, from its facts, and nothing derived."""
    records: dict[uuid.UUID, CaseRecord] = {}
    about: dict[uuid.UUID, tuple[dt.date, str | None, str | None]] = {}
    starts = cast(
        MediationStart,
        session.scalar(sa.select(Subscriber.k5_starts).where(Subscriber.id == tenant)),
    )
    for row in session.execute(
        sa.select(
            SenCase.id,
            SenCase.service,
            SenCase.route,
            SenCase.opened_on,
            SenCase.decision_type,
            SenCase.sections,
            SenCase.mediator_id,
            Child.date_of_birth,
            Child.primary_need,
        )
        .join(Child, sa.and_(Child.tenant_id == SenCase.tenant_id, Child.id == SenCase.child_id))
        .where(SenCase.tenant_id == tenant)
    ):
        records[row.id] = CaseRecord(
            Service(row.service),
            Route(row.route),
            row.opened_on,
            row.decision_type,
            starts,
            sections=row.sections,
        )
        mediator = str(row.mediator_id) if row.mediator_id else None
        about[row.id] = (row.date_of_birth, row.primary_need, mediator)
    for case_id, *columns in session.execute(
        sa.select(
            CaseFact.case_id,
            CaseFact.id,
            CaseFact.kind,
            CaseFact.on_date,
            CaseFact.value,
            CaseFact.detail,
            CaseFact.replaces_id,
            CaseFact.retracted,
        )
        .where(CaseFact.tenant_id == tenant)
        .order_by(CaseFact.recorded_at, CaseFact.id)
    ):
        fact_id, kind, on, value, detail, replaces, retracted = columns
        records[case_id].facts.append(
            Fact(fact_id, FactKind(kind), on, value, detail, replaces, retracted)
        )
    for step in session.execute(
        sa.select(
            AgreedStep.case_id,
            AgreedStep.id,
            AgreedStep.kind,
            AgreedStep.part,
            AgreedStep.due_on,
            AgreedStep.done_on,
        ).where(AgreedStep.tenant_id == tenant)
    ):
        records[step[0]].steps.append(Step(step[1], step[2], step[3], step[4], step[5]))
    answers: dict[uuid.UUID, list[Answer]] = defaultdict(list)
    for answer in session.execute(
        sa.select(
            Evaluation.case_id, Evaluation.participant, Evaluation.given_on, Evaluation.rating
        ).where(Evaluation.tenant_id == tenant)
    ):
        answers[answer[0]].append(Answer(answer[1], answer[2], answer[3]))
    for case_id, record in records.items():
        born, need, mediator = about[case_id]
        yield (
            case_id,
            measure_case(record, born=born, need=need, mediator=mediator, answers=answers[case_id]),
        )


def tally(measured: Measured) -> Iterator[TallyKey]:
    """Where one case counts: breakdown, month, value, counter."""
    for event in measured.events:
        for breakdown in KEPT:
            value = measured.value(breakdown, event)
            if value is not None:
                yield breakdown, event.on.replace(day=1), value, event.counter


def _kept_case(row: MeasuredCase) -> Measured:
    events = zip(row.counters, row.days, row.participants, strict=True)
    return Measured(
        service=row.service,
        route=row.route,
        decision_type=row.decision_type,
        need=row.need,
        age_band=row.age_band,
        phase=row.phase,
        mediator=row.mediator,
        delay_cause=row.delay_cause,
        held_on=row.held_on,
        wait_days=row.wait_days,
        events=tuple(sorted((Event(*event) for event in events), key=lambda e: e.order)),
    )


def differences(session: ScopedSession, tenant: uuid.UUID) -> list[str]:
    """Where a tenant's summary differs from its facts, in words; nothing if it is true.

    Reads every fact of the tenant: for the check, not for a page.
    """
    kept = {
        row.case_id: _kept_case(row)
        for row in session.scalars(sa.select(MeasuredCase).where(MeasuredCase.tenant_id == tenant))
    }
    found: list[str] = []
    expected: Counter[TallyKey] = Counter()
    seen = set()
    for case_id, measured in measured_from_facts(session, tenant):
        seen.add(case_id)
        expected.update(tally(measured))
        if kept.get(case_id) != measured:
            found.append(f"case {case_id}: {_said(kept.get(case_id), measured)}")
    found += [f"case {case_id} is measured but is not there" for case_id in kept.keys() - seen]
    columns = MonthTally.__table__.c
    for breakdown, month, value, *numbers in session.execute(
        sa.select(
            columns.breakdown, columns.month, columns.value, *(columns[key] for key in KEYS)
        ).where(columns.tenant_id == tenant)
    ):
        for key, number in zip(KEYS, numbers, strict=True):
            should = expected.pop((breakdown, month, value, key), 0)
            if number != should:
                found.append(
                    f"{key} of {month:%B %Y}, {breakdown} {value}: {number} kept, {should} counted"
                )
    found += [
        f"{key} of {month:%B %Y}, {breakdown} {value}: nothing kept, {number} counted"
        for (breakdown, month, value, key), number in expected.items()
        if number
    ]
    return found


def _said(kept: Measured | None, measured: Measured) -> str:
    if kept is None:
        return "not measured"
    names = [
        name
        for name in Measured.__dataclass_fields__
        if getattr(kept, name) != getattr(measured, name)
    ]
    return f"measured otherwise in {', '.join(names)}"
