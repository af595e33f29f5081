"""The decisions that can be appealed, as data."""

from __future__ import annotations

from datetime import date

import pytest

from tenants.law.clocks import CLOCK_LAW
from tenants.law.decisions import (
    DECISION_CODES,
    NEEDS,
    STEP_KINDS,
    UnknownDecision,
    certificate_needed,
    decision_type,
    decision_types,
)

ON = date(2026, 3, 4)


def test_seven_decisions_can_be_appealed() -> None:
    assert [d.code for d in decision_types(ON)] == [
        "RTA",
        "RTI",
        "CONTENT",
        "PLACEMENT",
        "RTRA",
        "RTAM",
        "CEASE",
    ]
    assert tuple(d.code for d in decision_types(ON)) == DECISION_CODES


@pytest.mark.parametrize(
    ("code", "stage", "flag"),
    [
        ("RTA", "request", "RequestMediation"),
        ("RTI", "assessment", "AssessmentMediation"),
        ("CONTENT", "other", "OtherMediation"),
        ("PLACEMENT", "other", "OtherMediation"),
        ("RTRA", "other", "OtherMediation"),
        ("RTAM", "other", "OtherMediation"),
        ("CEASE", "other", "OtherMediation"),
    ],
)
def test_each_decision_has_its_stage_and_its_sen2_flag(code: str, stage: str, flag: str) -> None:
    decision = decision_type(code, ON)
    assert (decision.stage, decision.sen2_flag) == (stage, flag)
    assert decision.name and "s.51" in decision.source.replace("ss.51", "s.51")


def test_placement_needs_no_certificate_only_when_it_is_the_only_issue() -> None:
    assert not certificate_needed(["PLACEMENT"], ON)
    assert certificate_needed(["PLACEMENT", "CONTENT"], ON)
    assert all(certificate_needed([code], ON) for code in DECISION_CODES if code != "PLACEMENT")


def test_whether_a_certificate_is_needed_is_not_guessed_without_a_decision() -> None:
    with pytest.raises(UnknownDecision):
        certificate_needed([], ON)


def test_an_unknown_decision_is_refused_with_those_that_are_known() -> None:
    with pytest.raises(UnknownDecision, match="RTA, RTI"):
        decision_type("REFUSAL", ON)


def test_nothing_could_be_appealed_under_part_3_before_it_began() -> None:
    assert decision_types(date(2014, 8, 31)) == ()
    assert len(decision_types(date(2014, 9, 1))) == 7
    with pytest.raises(UnknownDecision, match="2014-08-31"):
        decision_type("RTA", date(2014, 8, 31))


def test_every_need_of_the_return_has_a_name() -> None:
    assert " ".join(NEEDS) == "SPLD MLD SLD PMLD SEMH SLCN HI VI MSI PD ASD DS OTH"
    assert all(NEEDS.values())


def test_every_kind_of_step_has_a_clock_and_every_clock_of_a_step_its_kind() -> None:
    assert {step for (_, step, _) in CLOCK_LAW.versions if step} == set(STEP_KINDS)
