"""The numbers of a tray are those of its list, however it is narrowed."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import astuple, replace

import pytest
from flask import Flask

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kept.authority_tasks import TaskKind
from tenants.casework.kept.models import AuthorityTask
from tenants.casework.kinds import FactKind
from tenants.worktrays.this_week import above_a_list
from tenants.worktrays.tray_filter import TrayFilter, of_session, shape_of, values_of
from tenants.worktrays.trays import counts_statement, tray_page, tray_total
from tests.factories import NOW, TODAY, actor, make_tenant, referral

SOMEBODY = uuid.UUID(int=7)
NARROWED = {
    "everything": TrayFilter(closed=True),
    "open": TrayFilter(),
    "overdue": TrayFilter(due="overdue"),
    "soon": TrayFilter(due="soon"),
    "stage": TrayFilter(stages=("contact",)),
    "service": TrayFilter(services=("mediation",)),
    "clock": TrayFilter(clocks=("K9",)),
    "waiting": TrayFilter(waiting_for="provider"),
    "for us to do": TrayFilter(waits_for_provider=True),
    "person": TrayFilter(person=SOMEBODY),
    "coordinator": TrayFilter(coordinator=SOMEBODY),
    "mediator": TrayFilter(mediator=SOMEBODY),
    "unassigned": TrayFilter(unassigned=True),
    "new": TrayFilter(only_new=True, new_since=NOW),
    "own reference": TrayFilter(text="SEN/TRAY-1", closed=True),
}


@pytest.fixture(scope="module")
def tenant(shared_app: Flask) -> Tenancy:
    """An authority with two open cases, of which one is looked after, and a closed one."""
    with shared_app.app_context():
        tenancy = make_tenant(shared_app)
        with scoped(Scope.provider(tenancy.id, None)) as session:
            cases = [
                actions.open_case(session, referral(**about), by=actor(), today=TODAY)
                for about in (
                    {"family_name": "Tray", "coordinator_id": SOMEBODY},
                    {"family_name": "Other", "authority_reference": "SEN/TRAY-1"},
                    {"family_name": "Trayling"},
                )
            ]
            cases[1].mediator_id = SOMEBODY
            actions.add_fact(session, cases[2].id, FactKind.CLOSED, TODAY, by=actor(), today=TODAY)
        return tenancy


def _listed(session: ScopedSession, asked: TrayFilter) -> list[str]:
    return [row.reference for row in tray_page(session, asked, today=TODAY, number=1, size=50)]


@pytest.mark.parametrize("asked", NARROWED.values(), ids=NARROWED)
def test_the_total_is_the_length_of_the_list(
    app: Flask, tenant: Tenancy, asked: TrayFilter
) -> None:
    with scoped(Scope.authority(tenant.id, None)) as session:
        listed = _listed(session, asked)
        assert tray_total(session, asked, today=TODAY) == len(listed)
        # The numbers are of all that somebody has, and never of some stages or services.
        if not (asked.closed or asked.stages or asked.services or asked.clocks):
            since = replace(asked, new_since=NOW - dt.timedelta(days=1))
            # Everything here was recorded at NOW.
            counts = above_a_list(
                session, since, today=TODAY, waiting_for="provider", tasks=0
            ).counts
            rows = tray_page(session, since, today=TODAY, number=1, size=50)
            assert (counts.open, counts.new) == (len(rows), sum(row.is_new for row in rows))
            assert counts.open == counts.new
    mine = replace(asked, authority=tenant.slug)
    with scoped(Scope.all_cases(None)) as session:
        assert _listed(session, mine) == listed
        assert tray_total(session, mine, today=TODAY) == len(listed)


@pytest.mark.parametrize(
    ("text", "found"),
    # A name stands in no address, so the filter finds none: the search does.
    [("tray", 0), ("Trayl", 0), ("sen/tray-1", 0), ("SEN/TRAY-1", 1)],
)
def test_the_filter_finds_the_whole_of_the_authoritys_reference_and_no_name(
    app: Flask, tenant: Tenancy, text: str, found: int
) -> None:
    with scoped(Scope.authority(tenant.id, None)) as session:
        assert len(_listed(session, TrayFilter(text=text, closed=True))) == found


def test_the_filter_finds_the_start_of_the_reference(app: Flask, tenant: Tenancy) -> None:
    with scoped(Scope.authority(tenant.id, None)) as session:
        every = _listed(session, TrayFilter(closed=True, order="reference"))
        assert len(every) == 3
        for reference in every:
            assert _listed(session, TrayFilter(text=reference.lower(), closed=True)) == [reference]
        start = every[0].rpartition("-")[0]
        assert set(_listed(session, TrayFilter(text=start, closed=True))) == set(every)


def test_the_latest_first_is_the_earliest_first_the_other_way_round(
    app: Flask, tenant: Tenancy
) -> None:
    with scoped(Scope.authority(tenant.id, None)) as session:
        first = _listed(session, TrayFilter(closed=True, order="opened"))
        last = _listed(session, TrayFilter(closed=True, order="-opened"))
    assert last == first[::-1]


@pytest.fixture
def to_do(app: Flask) -> Tenancy:
    """An authority with tasks that are late, soon, standing and not yet, and a case without any."""
    tenancy = make_tenant(app)
    late, soon, next_month = (TODAY + dt.timedelta(days=days) for days in (-3, 1, 30))
    tasks = (
        (TaskKind.OFFER_DATES, late, None),
        (TaskKind.SIGN, soon, None),
        (TaskKind.TELL_ICB, None, None),
        (TaskKind.OFFER_DATES, soon, next_month),
    )
    with scoped(Scope.provider(tenancy.id, None)) as session:
        cases = [
            actions.open_case(session, referral(family_name=f"Task{n}"), by=actor(), today=TODAY).id
            for n in range(len(tasks) + 1)
        ]
        session.add_all(
            AuthorityTask(
                tenant_id=tenancy.id, case_id=case, kind=kind.value, due_on=due, from_on=first
            )
            for case, (kind, due, first) in zip(cases[1:], tasks, strict=True)
        )
        # In one case two: it counts once.
        session.add(
            AuthorityTask(
                tenant_id=tenancy.id, case_id=cases[1], kind=TaskKind.TELL_ICB.value, due_on=soon
            )
        )
    return tenancy


def test_an_authoritys_numbers_are_those_of_its_list_by_its_tasks(
    app: Flask, to_do: Tenancy
) -> None:
    mine = TrayFilter(tasks_on=TODAY, new_since=NOW - dt.timedelta(days=1))

    def total(session: ScopedSession, asked: TrayFilter) -> int:
        return tray_total(session, asked, today=TODAY)

    with scoped(Scope.authority(to_do.id, None)) as session:
        for asked, expected in (
            (mine, (1, 2, 3, 5, 5)),
            (replace(mine, unassigned=True), (1, 2, 3, 5, 5)),
            (replace(mine, person=SOMEBODY), (0, 0, 0, 0, 0)),
        ):
            counts = above_a_list(
                session, asked, today=TODAY, waiting_for="authority", tasks=0
            ).counts
            assert astuple(counts) == expected
            assert astuple(counts) == (
                total(session, replace(asked, due="overdue")),
                total(session, replace(asked, due="soon")),
                total(session, replace(asked, waiting_for="authority")),
                total(session, asked),
                total(session, replace(asked, only_new=True)),
            )


def test_the_numbers_of_an_authority_compare_no_case_with_each_task(
    app: Flask, tenant: Tenancy
) -> None:
    """A prepared statement is planned for the usual authority: what is quick with a handful of
    cases, each against each, would take seconds with thousands."""
    with scoped(Scope.authority(tenant.id, None)) as session:
        asked = of_session(TrayFilter(tasks_on=TODAY), session)
        statement = counts_statement(shape_of(asked), "authority").compile(
            dialect=session.connection().dialect
        )
        expanded = statement.construct_expanded_state(values_of(asked, TODAY))
        plan = "\n".join(
            row[0]
            for row in session.connection().exec_driver_sql(
                f"EXPLAIN {expanded.statement}", dict(expanded.parameters)
            )
        )
    assert "case_position" in plan and "authority_task" in plan
    assert "Join" not in plan, plan
