"""What an authority may learn of the others, and every way we know to learn more."""

from __future__ import annotations

import datetime as dt
import itertools
import random
from dataclasses import dataclass

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from saas.reference.models import EducationAuthority
from tenants.feedback.models import Evaluation
from tenants.statistics.comparisons.comparison import Compared, compared
from tenants.statistics.measures.definitions import SHARES
from tenants.statistics.measures.models import MeasuredCase, MonthTally, ReportPack
from tests.factories import client_of, make_person, make_tenant

TALLY = MonthTally.__table__
LONDON, NORTH_WEST = "E12000007", "E12000002"
SHARE = ("agreements", "mediations_held")


@dataclass(frozen=True)
class Place:
    tenant: Tenancy
    region: str
    agreed: int
    held: int


def place(app: Flask, region: str, agreed: int, held: int, year: int = 2024) -> Place:
    """A subscriber in a region with so many mediations in a year."""
    with scoped(Scope.public()) as session:
        taken = sa.text("SELECT dfe_number FROM subscriber")
        free = session.scalars(
            sa.select(EducationAuthority)
            .where(
                EducationAuthority.region_code == region,
                EducationAuthority.valid_to.is_(None),
                EducationAuthority.dfe_number.not_in(session.scalars(taken).all()),
            )
            .order_by(EducationAuthority.dfe_number)
        ).first()
        assert free is not None
        named = {"dfe_number": free.dfe_number, "slug": free.slug, "name": free.display_name}
    tenant = make_tenant(app, **named)
    count(tenant, agreed, held, year)
    return Place(tenant, region, agreed, held)


def count(tenant: Tenancy, agreed: int, held: int, year: int) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(
            TALLY.insert().values(
                tenant_id=tenant.id,
                breakdown="all",
                month=dt.date(year, 5, 1),
                value="all",
                agreements=agreed,
                mediations_held=held,
                voices_heard=held - agreed,
            )
        )


def told(viewer: Tenancy, year: int = 2024) -> dict[str, Compared]:
    with scoped(Scope.authority(viewer.id, None)) as session:
        found = compared(session, year)
    return {p: row for (share, p), row in found.items() if share == "agreement_rate"}


@pytest.fixture
def many(fresh_app: Flask) -> list[Place]:
    """Seven in London and seven in the North West, none of them large."""
    chance = random.Random(7)
    places = []
    for region in (LONDON, NORTH_WEST):
        for _ in range(7):
            held = chance.randint(2, 40)
            places.append(place(fresh_app, region, chance.randint(1, held - 1), held))
    return places


def test_others_are_told_as_rounded_sums(many: list[Place]) -> None:
    rows = told(many[0].tenant)
    agreed, held = sum(p.agreed for p in many), sum(p.held for p in many)
    everyone = rows["subscribers"]
    assert everyone.authorities == 14
    assert everyone.numerator % 5 == 0 and abs(everyone.numerator - agreed) <= 2.5
    assert everyone.denominator % 5 == 0 and abs(everyone.denominator - held) <= 2.5
    near = [p for p in many if p.region == LONDON]
    assert rows["region"].authorities == 7
    assert abs(rows["region"].numerator - sum(p.agreed for p in near)) <= 2.5


def test_every_share_is_compared_and_so_is_whether_children_were_heard(many: list[Place]) -> None:
    with scoped(Scope.authority(many[0].tenant.id, None)) as session:
        heard = compared(session, 2024)["voice_heard", "subscribers"]
        definition = session.scalar(
            sa.text("SELECT prosrc FROM pg_proc WHERE proname = 'measures_compared'")
        )
    assert abs(heard.numerator - sum(p.held - p.agreed for p in many)) <= 2.5
    assert heard.numerator % 5 == heard.denominator % 5 == 0
    for share in SHARES:
        assert f"('{share.key}', t.{share.numerator}, t.{share.denominator})" in str(definition)


def test_nothing_is_told_of_a_year_that_is_not_over_or_to_who_has_no_tenant(
    many: list[Place],
) -> None:
    this_year = dt.datetime.now(dt.UTC).year
    for one in many:
        count(one.tenant, 20, 40, this_year)
    assert told(many[0].tenant, this_year) == {}
    assert told(many[0].tenant, this_year + 1) == {}
    with scoped(Scope.all_cases(None)) as session, pytest.raises(ProgrammingError):
        compared(session, 2024)


@pytest.mark.parametrize(
    ("others", "is_told"),
    [
        ([(10, 20)] * 4, False),  # four others
        ([(10, 20)] * 5, True),
        ([(1, 20), (1, 20), (1, 20), (1, 20), (0, 20)], False),  # four agreements in all
        ([(20, 20), (20, 20), (20, 20), (19, 20), (17, 20)], False),  # four without one
    ],
)
def test_a_sum_of_few_is_not_told(
    fresh_app: Flask, others: list[tuple[int, int]], is_told: bool
) -> None:
    me = place(fresh_app, LONDON, 50, 100)
    for agreed, held in others:
        place(fresh_app, LONDON, agreed, held)
    assert ("subscribers" in told(me.tenant)) is is_told


def test_a_region_is_not_told_where_the_rest_of_all_would_be_few(fresh_app: Flask) -> None:
    here = [place(fresh_app, LONDON, 10, 20) for _ in range(7)]
    for _ in range(4):
        place(fresh_app, NORTH_WEST, 10, 20)
    assert set(told(here[0].tenant)) == {"subscribers"}
    place(fresh_app, NORTH_WEST, 10, 20)
    assert set(told(here[0].tenant)) == {"subscribers", "region"}


def could_be(published: int) -> range:
    """Every number that is rounded to what was published."""
    return range(max(0, published - 2), published + 3)


@pytest.mark.parametrize("seed", range(6))
def test_no_small_number_of_others_can_be_computed(fresh_app: Flask, seed: int) -> None:
    """Attack: take the own part away, the region from all, one viewer's answers from another's.

    Whatever is left must rest on five authorities and five cases, or stay open between values.
    """
    chance = random.Random(seed)
    places = []
    for region in (LONDON, NORTH_WEST, "E12000008"):
        for _ in range(chance.randint(2, 8)):
            held = chance.choice([1, 2, 3, 5, 9, 20, 60])
            places.append(place(fresh_app, region, chance.randint(0, held), held))
    answers = {p.tenant.id: told(p.tenant) for p in places}
    for me in places:
        rows = answers[me.tenant.id]
        others = [p for p in places if p is not me]
        if "subscribers" in rows:
            assert_large(others)
        if "region" in rows:
            assert_large([p for p in others if p.region == me.region])
            # All less the region.
            assert_large([p for p in places if p.region != me.region])
    # Two or three viewers put their answers together: all less two regions. What is left may be
    # small, so it must not be pinned down by the rounded sums.
    for one, two in itertools.combinations(places, 2):
        first, second = answers[one.tenant.id], answers[two.tenant.id]
        if one.region == two.region or not {"region"} <= set(first) & set(second):
            continue
        rest = [p for p in places if p.region not in (one.region, two.region)]
        if is_large(rest):
            continue
        possible = {
            everyone - here - there
            for everyone in could_be(first["subscribers"].numerator)
            for here in could_be(first["region"].numerator)
            for there in could_be(second["region"].numerator)
            if everyone - here - there >= 0
        }
        assert len(possible) > 4, "the rest is pinned down"


def is_large(group: list[Place]) -> bool:
    agreed = sum(p.agreed for p in group)
    rest = sum(p.held - p.agreed for p in group)
    return len(group) >= 5 and agreed >= 5 and rest >= 5


def assert_large(group: list[Place]) -> None:
    assert is_large(group), f"{len(group)} authorities, {[(p.agreed, p.held) for p in group]}"


def test_an_authority_reads_no_row_of_another(many: list[Place]) -> None:
    me = many[0].tenant
    with scoped(Scope.authority(me.id, None)) as session:
        assert set(session.scalars(sa.select(TALLY.c.tenant_id))) == {me.id}
        assert set(session.scalars(sa.select(MeasuredCase.tenant_id))) <= {me.id}
        assert session.scalars(sa.select(ReportPack.id)).all() == []
    with scoped(Scope.authority(me.id, None)) as session, pytest.raises(ProgrammingError):
        session.scalars(sa.select(Evaluation.rating)).all()


def test_the_page_says_who_is_compared_and_what_is_not_given(
    fresh_app: Flask, many: list[Place]
) -> None:
    officer = make_person(fresh_app, tenant=many[0].tenant, role=AuthorityRole.OFFICER)
    page = client_of(fresh_app, officer).get("/authority/statistics?year=2024")
    said = page.get_data(as_text=True)
    assert "in 14 authorities" in said
    assert "what rests on fewer than 5 cases is not given" in said
