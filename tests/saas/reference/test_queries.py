from __future__ import annotations

import psycopg
import pytest
from sqlalchemy.orm import Session

from saas.reference import queries
from saas.reference.queries import PlaceFigures, Stage
from saas.reference.shipped import ENGLAND

pytestmark = pytest.mark.usefixtures("loaded")

TRAFFORD, HACKNEY, CUMBRIA = "358", "204", "909"


def figures_of(session: Session, place: str, year: int) -> PlaceFigures | None:
    return queries.figures_of_places(session, [place], year).get(place)


def by_stage(figures: PlaceFigures) -> dict[Stage, int | None]:
    return {name: stage.mediations.number for name, stage in figures.stages.items()}


def test_englands_figures_of_2024_are_those_published(session: Session) -> None:
    england = figures_of(session, ENGLAND, 2024)
    assert england is not None
    assert by_stage(england) == {"request": 10_507, "assessment": 2_124, "other": 1_862}
    assert england.mediations_held == 14_493
    assert england.followed_by_appeal == 2_649


def test_an_authoritys_figures_are_found_by_its_dfe_number(session: Session) -> None:
    trafford = figures_of(session, TRAFFORD, 2024)
    assert trafford is not None
    assert (trafford.name, trafford.level) == ("Trafford", "authority")
    assert (trafford.mediations_held, trafford.followed_by_appeal) == (39, 3)
    assert trafford.caution is None


@pytest.mark.parametrize("year", [2023, 2024])
@pytest.mark.parametrize("stage", ["request", "assessment", "other"])
def test_authorities_add_up_to_england_but_for_the_gap_of_2023(
    session: Session, year: int, stage: Stage
) -> None:
    places = queries.all_authority_figures(session, year)
    assert len(places) == 153
    england = figures_of(session, ENGLAND, year)
    assert england is not None
    total = sum(place.stages[stage].mediations.number or 0 for place in places.values())
    adds_up = total == england.stages[stage].mediations.number
    assert adds_up == ((year, stage) != (2023, "request"))


def test_what_is_not_available_is_no_zero(session: Session) -> None:
    hackney = figures_of(session, HACKNEY, 2023)
    assert hackney is not None
    assert not hackney.request.mediations.is_known
    assert str(hackney.request.mediations) == "not available"
    assert hackney.mediations_held is None
    assert hackney.followed_by_appeal is None
    assert not hackney.is_complete
    assert hackney.caution == "Some figures of Hackney for 2023 were not published."


def test_not_available_and_not_applicable_are_told_apart() -> None:
    assert str(queries.Figure(None, "x")) == "not available"
    assert str(queries.Figure(None, "z")) == "not applicable"
    assert str(queries.Figure(None, "-")) == "suppressed"
    assert str(queries.Figure(0)) == "0"


def test_an_authority_that_reported_none_comes_with_a_caution(session: Session) -> None:
    none = [
        place
        for place in queries.all_authority_figures(session, 2024).values()
        if place.mediations_held == 0
    ]
    assert none
    assert all(place.caution and "may be a gap" in place.caution for place in none)


def test_an_authority_that_is_gone_still_has_its_figures(session: Session) -> None:
    cumbria = figures_of(session, CUMBRIA, 2022)
    assert cumbria is not None
    assert cumbria.name == "Cumbria"
    assert figures_of(session, CUMBRIA, 2023) is None


def test_a_region_is_the_sum_of_its_authorities(
    session: Session, owner_connection: psycopg.Connection
) -> None:
    region = figures_of(session, "E12000007", 2024)
    assert region is not None
    assert (region.name, region.level) == ("London", "region")
    places = queries.all_authority_figures(session, 2024)
    london = [a.dfe_number for a in queries.authorities(session) if a.region == "London"]
    assert len(london) == 33
    assert region.mediations_held == sum(places[a].mediations_held or 0 for a in london)


def test_years_without_figures_have_none(session: Session) -> None:
    assert queries.published_years(session) == [2022, 2023, 2024]
    assert figures_of(session, ENGLAND, 2019) is None


def test_appeal_figures_that_look_swapped_are_withheld_with_the_reason(session: Session) -> None:
    for dfe_number in ("823", "873"):
        withheld = queries.appeal_rate(session, dfe_number, 2024)
        assert withheld is not None
        assert withheld.unusable_because
        assert "swapped" in withheld.unusable_because
        assert withheld.decisions.number is None
        assert withheld.rate_percent is None
        usable = queries.appeal_rate(session, dfe_number, 2025)
        assert usable is not None
        assert usable.decisions.is_known


def test_a_suppressed_count_of_appeals_is_kept_as_suppressed(session: Session) -> None:
    city = queries.appeal_rate(session, "201", 2024)
    assert city is not None
    assert (city.appeals.number, city.appeals.mark) == (None, "-")
    assert queries.appeal_rate(session, "201", 2019) is None


def test_an_authority_is_found_by_slug(session: Session) -> None:
    by_slug = queries.authority_by_slug(session, "southend-on-sea")
    assert by_slug is not None
    assert queries.authority_by_slug(session, "atlantis") is None


def test_authorities_that_are_gone_are_listed_only_when_asked_for(
    owner_connection: psycopg.Connection, session: Session
) -> None:
    owner_connection.execute(
        "UPDATE education_authority SET valid_to = '2027-03-31' WHERE dfe_number = '358'"
    )
    owner_connection.commit()
    assert len(queries.authorities(session)) == 152
    assert len(queries.authorities(session, closed=True)) == 153
