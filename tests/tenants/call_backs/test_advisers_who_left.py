"""Who was suspended or advises no more is offered to no family; their calls go to somebody else."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.models import Person, ProviderStaff
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.today import LONDON
from tenants.call_backs.actions import add_hours, book_call
from tenants.call_backs.models import AdviserHours, CallBack
from tenants.call_backs.queries import advisers, offered
from tenants.casework.models import CaseParty
from tenants.casework.record import RuleBroken
from tenants.notices.models import CaseNotice
from tests.factories import NOW, Someone, actor, client_of, make_case, make_person, make_tenant

THURSDAY = dt.date(2026, 6, 11)
NINE = dt.datetime.combine(THURSDAY, dt.time(9), LONDON).astimezone(dt.UTC)

pytestmark = pytest.mark.usefixtures("standing_clock")
Leaves = Callable[[Someone], None]


def is_suspended(someone: Someone) -> None:
    with scoped(Scope.identity()) as session:
        session.execute(sa.update(Person).where(Person.id == someone.id).values(active=False))


def loses_the_role(someone: Someone) -> None:
    with scoped(Scope.identity()) as session:
        session.execute(sa.delete(ProviderStaff).where(ProviderStaff.person_id == someone.id))


@pytest.fixture
def tenant(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


def advises(app: Flask) -> Someone:
    someone = make_person(app, role=ProviderRole.ADVISER)
    with scoped(Scope.panel(None)) as session:
        add_hours(session, someone.id, 3, dt.time(9), dt.time(10), 2)
    return someone


@pytest.fixture
def booked(fresh_app: Flask, tenant: Tenancy) -> tuple[Someone, uuid.UUID, uuid.UUID]:
    """The adviser of a call at nine, the case, and whom of the family it is for."""
    with scoped(Scope.panel(None)) as session:
        session.execute(sa.delete(AdviserHours))
    someone = advises(fresh_app)
    case_id, _ = make_case(fresh_app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        party = session.scalars(sa.select(CaseParty.id).where(CaseParty.case_id == case_id)).one()
        book_call(session, case_id, party, NINE, by=actor())
    return someone, case_id, party


@pytest.mark.parametrize("leaves", [is_suspended, loses_the_role])
def test_the_hours_of_who_left_are_offered_to_nobody(
    fresh_app: Flask,
    tenant: Tenancy,
    booked: tuple[Someone, uuid.UUID, uuid.UUID],
    leaves: Leaves,
) -> None:
    someone, case_id, party = booked
    scopes = (
        Scope.public(),
        Scope.family(tenant.id, case_id, party),
        Scope.provider(tenant.id, None),
        Scope.all_cases(None),
    )
    for scope in scopes:
        with scoped(scope) as session:
            assert offered(session, now=NOW), scope.role
    leaves(someone)
    for scope in scopes:
        with scoped(scope) as session:
            assert not offered(session, now=NOW), scope.role
    with scoped(Scope.all_cases(None)) as session:
        assert someone.id not in {one for one, _ in advisers(session)}
    other, _ = make_case(fresh_app, tenant)
    with (
        scoped(Scope.provider(tenant.id, None)) as session,
        pytest.raises(RuleBroken, match="just been taken"),
    ):
        book_call(session, other, party, NINE + dt.timedelta(minutes=30), by=actor())


def test_calls_of_who_left_are_shown_and_go_to_somebody_else_at_the_same_time(
    fresh_app: Flask, tenant: Tenancy, booked: tuple[Someone, uuid.UUID, uuid.UUID]
) -> None:
    someone, case_id, _party = booked
    coordinator = client_of(fresh_app, make_person(fresh_app, role=ProviderRole.COORDINATOR))
    assert "another adviser" not in coordinator.get("/provider/").text
    assert "No call needs" in coordinator.get("/provider/call-backs?view=left").text
    is_suspended(someone)
    assert "1 call needs another adviser" in coordinator.get("/provider/").text
    assert "1 call needs another adviser" in coordinator.get("/provider/call-backs").text
    listed = coordinator.get("/provider/call-backs?view=left").text
    assert "Suspended or left: needs another adviser" in listed
    page = f"/provider/{tenant.slug}/cases/{case_id}/call-back"
    assert "so nobody calls" in coordinator.get(page).text
    other = advises(fresh_app)
    days = f"{page}?day={THURSDAY}"
    answer = coordinator.submit(days, {"time": NINE.isoformat()}, action=days)
    assert answer.status_code == 302, answer.text
    with scoped(Scope.provider(tenant.id, None)) as session:
        call = session.scalars(sa.select(CallBack)).one()
        assert (call.adviser_id, call.starts_at, call.state) == (other.id, NINE, "booked")
    assert "so nobody calls" not in coordinator.get(page).text
    assert "another adviser" not in coordinator.get("/provider/").text
    # The family is called when it expects it, and hears nothing of who calls.
    with scoped(Scope.worker(tenant.id)) as session:
        told = list(
            session.scalars(sa.select(CaseNotice.event).where(CaseNotice.event.contains("call")))
        )
    assert sorted(told) == [
        "call_booked",
        "own_call_booked",
        "own_call_booked",
        "own_call_cancelled",
    ]


def test_who_is_back_is_offered_again(
    tenant: Tenancy, booked: tuple[Someone, uuid.UUID, uuid.UUID]
) -> None:
    someone, *_ = booked
    is_suspended(someone)
    with scoped(Scope.identity()) as session:
        session.execute(sa.update(Person).where(Person.id == someone.id).values(active=True))
    with scoped(Scope.public()) as session:
        assert offered(session, now=NOW)
