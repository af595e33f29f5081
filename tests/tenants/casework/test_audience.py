"""What an authority cannot read decides nothing that it can: by many random cases."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenants.casework.audiences import POSITION_FOR_AUTHORITY
from tenants.casework.kinds import Choice, DelayCause, FactKind, Outcome, Route, Service
from tenants.casework.position import derive
from tenants.casework.record import PARTIES, PROVIDER, CaseRecord, Fact, RuleBroken
from tenants.casework.rules import audience_of, check_in_place

TODAY = dt.date(2026, 12, 1)
SHARED = (PARTIES, "authority")
OPENED = dt.date(2026, 5, 4)
VALUES = {
    FactKind.CHOICE_MADE: [*Choice],
    FactKind.CERTIFICATE_ISSUED: ["s55_4", "s55_5", "deemed"],
    FactKind.CONSENT_GIVEN: ["family", "authority"],
    FactKind.CONSENT_REFUSED: ["family", "authority"],
    FactKind.CONCLUDED: [*Outcome],
}

events = st.tuples(
    # Choices and what hangs on them come up often enough to cross each other.
    st.one_of(
        st.just(FactKind.CHOICE_MADE),
        st.sampled_from(FactKind),
    ),
    st.integers(0, 9),
    st.integers(0, 5),
    st.integers(0, 9),
    st.booleans(),
)


def _fact(event: tuple[FactKind, int, int, int, bool], record: CaseRecord) -> Fact:
    kind, day, pick, corrects, retracts = event
    on = OPENED + dt.timedelta(days=day)
    values = VALUES.get(kind)
    old = next(
        (f for f in record.effective() if f.kind is kind and corrects > 6),
        None,
    )
    detail: dict[str, object] = {}
    if kind is FactKind.MEETING_FIXED:
        detail = {"meeting_on": (on + dt.timedelta(days=pick)).isoformat()}
    if kind is FactKind.MEETING_HELD and pick > 3:
        detail = {"delay_cause": DelayCause.FAMILY.value}
    if kind is FactKind.CERTIFICATE_ISSUED:
        detail = {"certificate_id": str(uuid.uuid4())}
    if kind is FactKind.CERTIFICATE_WITHDRAWN and record.certificate:
        detail = dict(record.certificate.detail)
    return Fact(
        uuid.uuid4(),
        kind,
        on,
        str(values[pick % len(values)]) if values else None,
        detail,
        replaces=old.id if old else None,
        retracted=bool(old and retracts),
        reason="Entered wrongly",
    )


@settings(max_examples=1000, deadline=None)
@given(
    service=st.sampled_from(Service),
    route=st.sampled_from([Route.PARENT]),
    played=st.lists(events, max_size=25),
)
def test_the_shared_facts_alone_put_a_case_where_all_of_them_do(
    service: Service, route: Route, played: list[tuple[FactKind, int, int, int, bool]]
) -> None:
    record = CaseRecord(service, route, OPENED, decision_type="RTA")
    record.facts.append(Fact(uuid.uuid4(), FactKind.MIAS_HELD, OPENED))
    shared = list(record.facts)
    for event in played:
        fact = _fact(event, record)
        try:
            check_in_place(record, fact, today=TODAY)
        except RuleBroken:
            continue
        if audience_of(record, fact) in SHARED:
            shared.append(fact)
        record.facts.append(fact)
        whole, seen = derive(record), derive(replace(record, facts=list(shared)))
        for column in POSITION_FOR_AUTHORITY[2:]:
            assert getattr(seen, column) == getattr(whole, column), column


def test_time_to_think_stays_with_the_provider_until_a_choice_was_shared() -> None:
    day = dt.date(2026, 6, 1)
    record = CaseRecord(Service.MEDIATION, Route.PARENT, OPENED, decision_type="RTA")
    record.facts.append(Fact(uuid.uuid4(), FactKind.MIAS_HELD, day))
    thinking = Fact(uuid.uuid4(), FactKind.CHOICE_MADE, day, Choice.THINKING)
    assert audience_of(record, thinking) == PROVIDER
    record.facts.append(thinking)
    mediate = Fact(uuid.uuid4(), FactKind.CHOICE_MADE, day, Choice.MEDIATE)
    assert audience_of(record, mediate) == PARTIES
    record.facts.append(mediate)
    assert audience_of(record, thinking) == PARTIES


def test_a_choice_is_not_put_before_a_doubt_that_only_the_provider_knows_of() -> None:
    record = CaseRecord(Service.MEDIATION, Route.PARENT, OPENED, decision_type="RTA")
    record.facts.append(Fact(uuid.uuid4(), FactKind.MIAS_HELD, OPENED))
    first = Fact(uuid.uuid4(), FactKind.CHOICE_MADE, OPENED, Choice.THINKING)
    record.facts += [
        first,
        Fact(uuid.uuid4(), FactKind.CHOICE_MADE, OPENED + dt.timedelta(days=1), Choice.THINKING),
    ]
    corrected = Fact(
        uuid.uuid4(),
        FactKind.CHOICE_MADE,
        OPENED,
        Choice.MEDIATE,
        replaces=first.id,
        reason="Entered wrongly",
    )
    with pytest.raises(RuleBroken, match="take that entry back first"):
        check_in_place(record, corrected, today=TODAY)
