"""Many cases over all authorities: the same shape as any other, whoever makes them."""

from __future__ import annotations

import datetime as dt
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.app import create_app
from saas.config import Settings
from saas.database.base import db
from saas.database.embedded import ServerAddress
from saas.database.scope import Scope, scoped
from saas.demo import scale
from saas.demo.parts import DemoRefusedError
from saas.demo.scale import MOST_CASES, YEARS, seed_scale
from saas.reference.progress import silent
from tenants.casework.kept.models import CasePosition
from tenants.casework.models import Child, SenCase
from tenants.casework.queries import load_record
from tenants.casework.row_columns import position_columns
from tenants.statistics.measures.verify import differences
from tenants.subscribers.queries import all_tenancies
from tests.saas.demo.rows import everything

TODAY = dt.date(2026, 6, 10)
CASES = 310
# Enough that each of two processes has some.
AUTHORITIES = ("barnet", "bexley", "bury", "hackney", "salford", "sutton", "trafford", "wigan")
Made = tuple[Flask, Settings, list[tuple[str, int, int]]]


@pytest.fixture(scope="module")
def made(new_database: Callable[[], AbstractContextManager[Settings]]) -> Iterator[Made]:
    """A database with few of the many cases, and what was said while they were made."""
    said: list[tuple[str, int, int]] = []
    with new_database() as settings:
        app = create_app(settings, TESTING=True)
        with app.app_context():
            added = seed_scale(settings, CASES, TODAY, lambda *told: said.append(told), processes=1)
            assert added == CASES
            yield app, settings, said
            for engine in db.engines.values():
                engine.dispose()


def test_the_cases_are_spread_evenly_over_every_authority_and_ten_years(made: Made) -> None:
    with scoped(Scope.all_cases(None)) as session:
        counted = Counter(session.scalars(sa.select(SenCase.tenant_id)))
        days = session.scalars(sa.select(SenCase.opened_on)).all()
    assert len(counted) > 150
    assert sum(counted.values()) == CASES
    assert max(counted.values()) - min(counted.values()) <= 1
    first = TODAY.year - YEARS
    assert {day.year for day in days} == set(range(first, TODAY.year + 1))
    assert max(days) <= TODAY


def test_where_each_case_stands_is_what_the_product_derives_from_its_facts(made: Made) -> None:
    with scoped(Scope.all_cases(None)) as session:
        found = session.execute(sa.select(SenCase.id, SenCase.tenant_id))
        tenants: dict[uuid.UUID, uuid.UUID] = {row[0]: row[1] for row in found}
    compared = 0
    for case_id, tenant in tenants.items():
        with scoped(Scope.provider(tenant, None)) as session:
            kept = session.get_one(CasePosition, (tenant, case_id))
            derived = position_columns(load_record(session, case_id))
            assert {name: getattr(kept, name) for name in derived} == derived
            compared += 1
    assert compared == CASES


def test_the_summary_of_every_authority_equals_its_facts(made: Made) -> None:
    with scoped(Scope.all_cases(None)) as session:
        tenancies = all_tenancies(session)
        assert {t.slug: differences(session, t.id) for t in tenancies} == {
            t.slug: [] for t in tenancies
        }


def test_what_is_told_while_they_are_made_goes_up_to_the_whole(made: Made) -> None:
    _, _, said = made
    done = [number for what, number, _ in said if what == "Telling many cases"]
    assert done == sorted(done)
    assert (done[-1], len(done) > 150) == (CASES, True)
    assert {total for _, _, total in said} == {CASES}


def test_two_processes_make_the_same_cases_as_one(
    server: ServerAddress, new_database: Callable[[], AbstractContextManager[Settings]]
) -> None:
    made = []
    for processes in (1, 2):
        with new_database() as settings:
            with create_app(settings, TESTING=True).app_context():
                added = seed_scale(
                    settings, 60, TODAY, silent, slugs=AUTHORITIES, processes=processes
                )
                for engine in db.engines.values():
                    engine.dispose()
            made.append(everything(server, settings))
            assert added == len(made[-1]["sen_case"]) == 60
    for name, rows in made[0].items():
        assert rows == made[1][name], name


def test_more_can_be_added_to_what_is_there_time_and_again(
    new_database: Callable[[], AbstractContextManager[Settings]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(scale, "AT_ONCE", 2)
    with new_database() as settings, create_app(settings, TESTING=True).app_context():
        for number in (1, 2, 3):
            assert seed_scale(settings, 9, TODAY, silent) == 9
            with scoped(Scope.all_cases(None)) as session:
                assert session.scalar(sa.select(sa.func.count()).select_from(SenCase)) == 9 * number
        with scoped(Scope.all_cases(None)) as session:
            children = session.scalars(sa.select(Child.upn).where(Child.upn.is_not(None))).all()
            assert len(children) == len(set(children))
            assert [differences(session, t.id) for t in all_tenancies(session)] == [[]] * 9
        for engine in db.engines.values():
            engine.dispose()


@pytest.mark.parametrize("number", [0, -1, MOST_CASES + 1])
def test_a_number_that_makes_no_sense_is_refused_with_what_would(app: Flask, number: int) -> None:
    with pytest.raises(DemoRefusedError, match="from 1 to 5,000,000"):
        seed_scale(app.extensions["settings"], number, TODAY, silent)
    result = app.test_cli_runner().invoke(args=["demo", "seed", "--scale", str(number)])
    assert result.exit_code == 2
    assert "1<=x<=5000000" in result.output
