"""What an authority may learn of the others by stage and decision, and attempts to learn more."""

from __future__ import annotations

import datetime as dt
import random
import uuid
from collections.abc import Iterable, Mapping

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.statistics.comparisons.comparison import OfAll, compared_by
from tenants.statistics.measures.breakdowns import STAGE_OF
from tenants.statistics.measures.models import MonthTally
from tests.factories import client_of, make_person, make_tenant

TALLY = MonthTally.__table__
YEAR = 2024
# Of a decision: how many agreed, and how many were held.
Parts = Mapping[str, tuple[int, int]]


def place(app: Flask, parts: Parts, year: int = YEAR) -> Tenancy:
    """A subscriber that held so many mediations, by decision."""
    tenant = make_tenant(app)
    count(tenant, parts, year)
    return tenant


def count(tenant: Tenancy, parts: Parts, year: int) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        for decision, (agreed, held) in parts.items():
            session.execute(
                TALLY.insert().values(
                    tenant_id=tenant.id,
                    breakdown="decision_type",
                    month=dt.date(year, 5, 1),
                    value=decision,
                    agreements=agreed,
                    mediations_held=held,
                )
            )


def told(viewer: Tenancy, breakdown: str, year: int = YEAR) -> dict[str, OfAll]:
    """The agreement rate of all, by value."""
    with scoped(Scope.authority(viewer.id, None)) as session:
        found = compared_by(session, year, breakdown)
    return {value: row for (value, share), row in found.items() if share == "agreement_rate"}


EVEN: Parts = {"RTA": (10, 20), "RTI": (6, 9), "CONTENT": (7, 12), "CEASE": (3, 8)}


def test_others_are_told_as_rounded_sums_by_stage_and_by_decision(fresh_app: Flask) -> None:
    places = [place(fresh_app, EVEN) for _ in range(7)]
    assert told(places[0], "stage") == {
        "request": OfAll(7, 70, 140),
        "assessment": OfAll(7, 40, 65),  # 42 of 63
        "other": OfAll(7, 70, 140),
    }
    assert told(places[0], "decision_type") == {
        "RTA": OfAll(7, 70, 140),
        "RTI": OfAll(7, 40, 65),
        "CONTENT": OfAll(7, 50, 85),  # 49 of 84
        "CEASE": OfAll(7, 20, 55),  # 21 of 56
    }


@pytest.mark.parametrize("decision", STAGE_OF)
def test_the_database_knows_the_stage_of_every_decision(fresh_app: Flask, decision: str) -> None:
    places = [place(fresh_app, {decision: (10, 20)}) for _ in range(6)]
    assert set(told(places[0], "stage")) == {STAGE_OF[decision]}


def test_every_authority_is_told_the_same(fresh_app: Flask) -> None:
    chance = random.Random(3)
    places = [place(fresh_app, a_place(chance)) for _ in range(8)]
    answers = [told(p, by) for p in places for by in ("stage", "decision_type")]
    assert all(one == answers[n % 2] for n, one in enumerate(answers))


@pytest.mark.parametrize(
    ("parts", "is_told"),
    [
        ([(10, 20)] * 5, False),  # beside any of them there are four
        ([(10, 20)] * 6, True),
        ([(90, 200), (1, 20), (1, 20), (1, 20), (1, 20), (0, 20)], False),  # four that agreed
        ([(9, 200), (19, 20), (19, 20), (19, 20), (19, 20), (20, 20)], False),  # four that did not
    ],
)
def test_what_rests_on_few_is_not_told(
    fresh_app: Flask, parts: list[tuple[int, int]], is_told: bool
) -> None:
    places = [place(fresh_app, {"RTA": part}) for part in parts]
    assert ("request" in told(places[0], "stage")) is is_told


def test_beside_what_is_not_told_the_smallest_other_is_kept_back(fresh_app: Flask) -> None:
    """All less the stages told would be the one stage that must not be."""
    rare = [place(fresh_app, {**EVEN, "RTI": (1, 1)})]
    rare += [place(fresh_app, {k: v for k, v in EVEN.items() if k != "RTI"}) for _ in range(6)]
    # Requests and plans are as many; by name `other` comes first.
    assert set(told(rare[0], "stage")) == {"request"}
    # Of a stage that is not told no decision is.
    assert set(told(rare[0], "decision_type")) == {"RTA"}


def test_nothing_is_told_of_a_year_that_is_not_over_or_to_who_has_no_tenant(
    fresh_app: Flask,
) -> None:
    this_year = dt.datetime.now(dt.UTC).year
    places = [place(fresh_app, EVEN, this_year) for _ in range(7)]
    assert told(places[0], "stage", this_year) == {}
    for scope in (Scope.all_cases(None), Scope.public(), Scope.provider(places[0].id, None)):
        with scoped(scope) as session, pytest.raises(ProgrammingError):
            compared_by(session, YEAR, "stage")


def test_an_authority_reads_no_row_of_another_by_decision(fresh_app: Flask) -> None:
    me, *_ = (place(fresh_app, EVEN) for _ in range(7))
    with scoped(Scope.authority(me.id, None)) as session:
        by_decision = sa.select(TALLY.c.tenant_id).where(TALLY.c.breakdown == "decision_type")
        assert set(session.scalars(by_decision)) == {me.id}
        # What it is told names nobody.
        row = session.execute(sa.text("SELECT * FROM breakdown_compared(2024)")).first()
    assert row is not None
    assert not any(isinstance(value, uuid.UUID) for value in row)


def a_place(chance: random.Random) -> Parts:
    found = {}
    for decision in STAGE_OF:
        if chance.random() < 0.6:
            held = chance.choice([1, 1, 2, 4, 9, 30])
            found[decision] = (chance.randint(0, held), held)
    return found or {"RTA": (1, 2)}


def is_large(parts: Iterable[tuple[int, int]]) -> bool:
    counted = [(agreed, held) for agreed, held in parts if held]
    agreed = sum(a for a, _ in counted)
    return len(counted) >= 5 and agreed >= 5 and sum(h - a for a, h in counted) >= 5


@pytest.mark.parametrize("seed", range(8))
def test_no_small_number_of_others_follows_from_sums(fresh_app: Flask, seed: int) -> None:
    """Attack: the own part away from each number, each number away from the sum above it.

    The attacker is any of the authorities and is given the sums unrounded. Whatever is left must
    rest on five others, five cases with an agreement and five without, or be nothing.
    """
    chance = random.Random(seed)
    parts = {}
    for _ in range(chance.randint(6, 16)):
        made = a_place(chance)
        parts[place(fresh_app, made)] = made
    viewer = next(iter(parts))
    stages, decisions = told(viewer, "stage"), told(viewer, "decision_type")
    assert {STAGE_OF[decision] for decision in decisions} <= set(stages)

    def left(own: Tenancy, of: set[str]) -> list[tuple[int, int]]:
        """What each other authority has of these decisions."""
        return [
            (sum(p.get(d, (0, 0))[0] for d in of), sum(p.get(d, (0, 0))[1] for d in of))
            for tenant, p in parts.items()
            if tenant is not own
        ]

    untold = {decision for decision, stage in STAGE_OF.items() if stage not in stages}
    groups = [{d for d, stage in STAGE_OF.items() if stage == told_of} for told_of in stages]
    groups += [{decision} for decision in decisions]
    rests = [untold] + [
        {d for d, stage in STAGE_OF.items() if stage == told_of and d not in decisions}
        for told_of in stages
    ]
    for own in parts:
        assert all(is_large(left(own, group)) for group in groups)
        if not stages:
            continue
        for rest in rests:
            anything = any(d in p for p in parts.values() for d in rest)
            assert not anything or is_large(left(own, rest)), f"{rest} follows"


def test_the_page_sets_all_subscribers_beside_the_own_shares(fresh_app: Flask) -> None:
    places = [place(fresh_app, EVEN) for _ in range(7)]
    officer = make_person(fresh_app, tenant=places[0], role=AuthorityRole.OFFICER)
    client = client_of(fresh_app, officer)
    for by in ("stage", "decision_type"):
        said = client.get(f"/authority/statistics/breakdown?year={YEAR}&by={by}").text
        assert "Beside all subscribers" in said
        assert "of about 140 in 7 authorities" in said
        assert "too few to say" in said  # how soon they were held nobody counted
    for asked in (f"year={YEAR}&by=need", "year=fy2024&by=stage"):
        said = client.get(f"/authority/statistics/breakdown?{asked}").text
        assert "Beside all subscribers" not in said
