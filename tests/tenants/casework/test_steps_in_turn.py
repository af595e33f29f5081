"""Of the agreed steps that are due on one day, always the same one comes next."""

from __future__ import annotations

import datetime as dt
import itertools
import uuid

from tenants.casework.kinds import FactKind, Outcome, Route, Service
from tenants.casework.position import Position, derive
from tenants.casework.record import CaseRecord, Fact, Step

DAY = dt.date(2026, 6, 1)
DUE = dt.date(2026, 6, 15)


def agreed(*steps: Step) -> Position:
    record = CaseRecord(Service.DISAGREEMENT_RESOLUTION, Route.PARENT, DAY, steps=list(steps))
    record.facts = [
        Fact(uuid.uuid4(), FactKind.CONSENT_GIVEN, DAY, "family", {}),
        Fact(uuid.uuid4(), FactKind.CONSENT_GIVEN, DAY, "authority", {}),
        Fact(uuid.uuid4(), FactKind.MEETING_HELD, DAY, None, {}),
        Fact(uuid.uuid4(), FactKind.CONCLUDED, DAY, Outcome.FULL, {}),
        Fact(uuid.uuid4(), FactKind.AGREEMENT_MADE, DAY, None, {}),
    ]
    return derive(record)


def test_the_order_in_which_steps_are_read_changes_nothing() -> None:
    steps = (
        Step(uuid.uuid4(), "other", None, DUE, responsible="school"),
        Step(uuid.uuid4(), "assess", "tell", DUE, responsible="authority"),
        Step(uuid.uuid4(), "assess", "final_plan", dt.date(2026, 9, 7), responsible="authority"),
    )
    first, *others = (agreed(*order) for order in itertools.permutations(steps))
    assert (first.next_step, first.next_part) == ("Do the agreed step", "tell")
    assert others == [first] * 5
