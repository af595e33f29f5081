"""What an agreement says, worked out without a database."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from saas.documents.content import Provider
from tenants.agreements.text import (
    DraftStep,
    Signer,
    as_paper,
    build_text,
    by_when,
    hash_of,
    steps_of,
    times_of,
)
from tenants.casework.kinds import Service, Side
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import NewStep
from tenants.law.decisions import STEP_KINDS

DAY = dt.date(2026, 5, 13)
FAMILY = Signer("family 1", Side.FAMILY, "Jo Example", "Mother")
AUTHORITY = Signer("authority", Side.AUTHORITY, "Trafford", "With authority to decide")
ASSESS = DraftStep("assess", "The authority will assess", Side.AUTHORITY, "", None)


def text(**changes: Any) -> dict[str, Any]:
    values: dict[str, Any] = {
        "reference": "TRA-2026-0042",
        "version": 1,
        "service": Service.MEDIATION,
        "child_name": "Ada Example",
        "authority_name": "Trafford",
        "decision": "Refusal to assess",
        "held_on": DAY,
        "agreed_on": None,
        "wording": "We agreed.",
        "steps": (ASSESS,),
        "signers": (FAMILY, AUTHORITY),
        "sent_on": DAY,
        "provider": Provider(name="P", address=("1 Yard",), telephone="1", email="p@p.example"),
    }
    return build_text(**{**values, **changes})


@pytest.mark.parametrize(
    ("kind", "expected"),
    [
        ("other", ["within 2 weeks of"]),
        ("issue_plan", ["within 5 weeks of", "within 11 weeks of"]),
        ("amend_contents", ["within 5 weeks of"]),
        ("school_only", ["within 2 weeks of"]),
        ("reconsider", ["within 2 weeks of"]),
        ("continue", ["at once, on"]),
    ],
)
def test_the_times_are_those_of_the_regulations(kind: str, expected: list[str]) -> None:
    said = times_of(kind, DAY)
    assert len(said) == len(expected)
    for words, wanted in zip(said, expected, strict=True):
        assert f"{wanted} the date of this agreement" in words


def test_every_kind_of_step_has_a_time_in_words() -> None:
    for kind in STEP_KINDS:
        assert times_of(kind, DAY), kind


def test_a_date_of_the_parties_own_says_which_regulation_lets_them() -> None:
    step = DraftStep("assess", "x", Side.AUTHORITY, "", dt.date(2026, 7, 3))
    (said,) = by_when(step, statutory=True, on=DAY)
    assert said.startswith("By Friday 3 July 2026")
    assert "42(5)" in said
    assert by_when(step, statutory=False, on=DAY) == ("By Friday 3 July 2026",)


def test_an_own_date_is_the_end_of_the_whole_step_and_no_part_is_due_after_it() -> None:
    early = NewStep(kind="assess", wording="x", due_on=dt.date(2026, 5, 20))
    assert early.due_dates(DAY) == [
        ("tell", dt.date(2026, 5, 27), dt.date(2026, 5, 20)),
        ("final_plan", dt.date(2026, 8, 19), dt.date(2026, 5, 20)),
    ]
    late = NewStep(kind="assess", wording="x", due_on=dt.date(2026, 9, 30))
    assert [due for _, _, due in late.due_dates(DAY)] == [
        dt.date(2026, 5, 27),
        dt.date(2026, 9, 30),
    ]


def test_the_hash_changes_with_every_word_and_with_nothing_else() -> None:
    whole = text()
    assert hash_of(whole) == hash_of(dict(reversed(whole.items())))
    for changed in (
        text(wording="We agreed!"),
        text(steps=(DraftStep("assess", "The authority assesses", Side.AUTHORITY, "", None),)),
        text(version=2),
        text(agreed_on=DAY),
        text(signers=(FAMILY, AUTHORITY, Signer("health", Side.HEALTH, "ICB", ""))),
    ):
        assert hash_of(changed) != hash_of(whole)


def test_the_steps_come_back_from_the_text_as_they_went_in() -> None:
    own = DraftStep("other", "Send it", Side.FAMILY, "Jo", dt.date(2026, 7, 3))
    assert steps_of(text(steps=(ASSESS, own))) == [ASSESS, own]


def test_its_paper_is_the_text() -> None:
    whole = text()
    paper = as_paper(
        whole, text_hash=hash_of(whole), signatures=(), agreed_on=None, called_back=False
    )
    assert paper.wording == "We agreed."
    assert [one.name for one in paper.signatures] == ["Jo Example", "Trafford"]
    assert paper.steps[0].who == "Trafford"


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"wording": " ", "steps": ()}, "wording"),
        ({"signers": (FAMILY,)}, "signers"),
        ({"signers": (AUTHORITY,)}, "signers"),
        (
            {"steps": (DraftStep("other", "x", Side.FAMILY, "", dt.date(2026, 5, 1)),)},
            "steps",
        ),
        ({"service": Service.DISAGREEMENT_RESOLUTION}, "due_on"),
    ],
)
def test_a_text_that_cannot_be_signed_is_refused(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(RuleBroken) as refused:
        text(**changes)
    assert refused.value.field == field
