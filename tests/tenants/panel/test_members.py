"""Who may be appointed on a day, and why not."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import replace

import pytest

from tenants.panel.members import (
    Conflict,
    Member,
    Part,
    RegisterBody,
    expiring,
    reasons_against,
    works_in,
)

TODAY = dt.date(2026, 6, 10)
TENANT, OTHER, CASE = uuid.UUID(int=1), uuid.UUID(int=2), uuid.UUID(int=3)
LONG = dt.date(2027, 6, 10)
MEMBER = Member(
    person_id=uuid.UUID(int=9),
    name="Mo Mediator",
    parts=frozenset({Part.MEDIATOR, Part.FACILITATOR}),
    register_body=RegisterBody.CIVIL_MEDIATION_COUNCIL,
    register_number="CMC-1",
    register_expires_on=LONG,
    dbs_expires_on=LONG,
    insurance_expires_on=LONG,
)


def against(member: Member, part: Part = Part.MEDIATOR, on: dt.date = TODAY) -> list[str]:
    return reasons_against(member, part, on, tenant=TENANT, case_id=CASE)


def test_nothing_stands_against_a_member_whose_papers_hold() -> None:
    assert against(MEMBER) == []


@pytest.mark.parametrize(
    ("column", "words"),
    [
        ("register_expires_on", "Accreditation"),
        ("dbs_expires_on", "DBS check"),
        ("insurance_expires_on", "Insurance"),
    ],
)
def test_a_paper_holds_on_its_last_day_and_not_on_the_next(column: str, words: str) -> None:
    member = replace(MEMBER, **{column: TODAY})  # type: ignore[arg-type]
    assert against(member) == []
    assert against(member, on=TODAY + dt.timedelta(days=1)) == [f"{words}: expired on 10 June 2026"]
    missing = replace(MEMBER, **{column: None})  # type: ignore[arg-type]
    assert against(missing) == [f"{words}: nothing is recorded"]


def test_a_facilitator_needs_no_accreditation() -> None:
    member = replace(MEMBER, register_body=RegisterBody.NONE, register_expires_on=None)
    assert against(member, Part.FACILITATOR) == []
    assert against(replace(member, parts=frozenset({Part.FACILITATOR})))[0] == "Is not a mediator"


def test_who_is_employed_by_an_authority_or_an_icb_may_not_mediate() -> None:
    member = replace(MEMBER, public_employer="Luton Borough Council")
    assert against(member) == ["Is employed by Luton Borough Council, so may not mediate"]


def test_a_conflict_bars_from_its_authority_or_its_family_alone() -> None:
    whole = Conflict(uuid.UUID(int=11), TENANT, None, "Worked there until 2025")
    family = Conflict(uuid.UUID(int=12), TENANT, CASE, "Neighbours")
    elsewhere = Conflict(uuid.UUID(int=13), OTHER, None, "Worked there")
    another = Conflict(uuid.UUID(int=14), TENANT, uuid.UUID(int=4), "Knows the family")
    assert against(replace(MEMBER, conflicts=(elsewhere, another))) == []
    assert against(replace(MEMBER, conflicts=(whole,))) == [
        "Conflict with the authority: Worked there until 2025"
    ]
    assert against(replace(MEMBER, conflicts=(family,))) == [
        "Conflict with this family: Neighbours"
    ]


def test_days_away_bar_from_the_first_to_the_last() -> None:
    away = (dt.date(2026, 6, 10), dt.date(2026, 6, 12))
    member = replace(MEMBER, absences=(away,))
    days = [dt.date(2026, 6, day) for day in (9, 10, 12, 13)]
    assert [bool(against(member, on=day)) for day in days] == [False, True, True, False]


def test_who_left_is_not_appointed_after_the_last_day() -> None:
    assert against(replace(MEMBER, left_on=TODAY)) == []
    assert against(replace(MEMBER, left_on=TODAY - dt.timedelta(days=1))) != []


def test_papers_are_listed_sixty_days_ahead_and_missing_ones_first() -> None:
    member = replace(
        MEMBER,
        register_expires_on=TODAY + dt.timedelta(days=60),
        insurance_expires_on=TODAY + dt.timedelta(days=61),
        dbs_expires_on=None,
    )
    assert [paper.name for paper in expiring(member, TODAY)] == ["DBS check", "Accreditation"]


def test_a_member_without_areas_works_everywhere() -> None:
    assert works_in(MEMBER, "358")
    assert not works_in(replace(MEMBER, areas=frozenset({"202"})), "358")
