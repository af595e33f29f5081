"""Point 21: one e-mail at 8 on working days, with what is one's own to do and nobody's name."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from tenants.casework.actions import record_mias
from tenants.casework.kinds import Choice
from tenants.casework.models import SenCase
from tenants.notices.models import PersonNoticeRefusal
from tenants.worktrays.assignment import assign, assign_officer
from tenants.worktrays.daily import Hrefs, write_daily_lists
from tests.factories import TODAY, Someone, actor, make_case, make_person, make_tenant
from tests.tenants.worktrays.test_this_week import meeting

# Wednesday 10 June 2026, 8 o'clock in London.
EIGHT = dt.datetime(2026, 6, 10, 7, 0, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)


def own_list(person_id: uuid.UUID) -> str:
    return f"https://service.example/authority/to-do?person={person_id}"


href = Hrefs(own_list, lambda _: "https://service.example/provider/?view=mine")


def lists(tenant: Tenancy) -> dict[str, Message]:
    with scoped(Scope.worker(tenant.id)) as session:
        found = session.scalars(
            sa.select(Message)
            .where(Message.tenant_id == tenant.id, Message.topic == "daily")
            .order_by(Message.created_at)
        ).all()
        session.expunge_all()
        return {one.recipient.removeprefix("person:"): one for one in found}


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def team(app: Flask, tenant: Tenancy) -> tuple[Someone, Someone, Someone]:
    """An officer with a case that is due, a manager, and finance, which has no case."""
    officer, manager, finance = (
        make_person(app, tenant=tenant, role=role)
        for role in (AuthorityRole.OFFICER, AuthorityRole.MANAGER, AuthorityRole.FINANCE)
    )
    mine, _ = meeting(app, tenant, TODAY + 5 * DAY)
    with scoped(Scope.authority(tenant.id, officer.id)) as session:
        assign_officer(session, [mine], officer.id, by=actor())
    return officer, manager, finance


def test_each_is_told_what_is_their_own_once_a_day(
    app: Flask, tenant: Tenancy, team: tuple[Someone, Someone, Someone]
) -> None:
    officer, manager, _ = team
    _, nobodys = meeting(app, tenant, TODAY + 5 * DAY)
    write_daily_lists(href, at=EIGHT)
    found = lists(tenant)
    write_daily_lists(href, at=EIGHT + dt.timedelta(minutes=30))
    assert {one.id for one in lists(tenant).values()} == {one.id for one in found.values()}
    assert set(found) == {str(officer.id), str(manager.id)}
    own = found[str(officer.id)]
    assert own.heading.startswith("Yours today: 2 to do")
    assert "name a representative who may decide, " in own.text
    assert nobodys not in own.text and nobodys in found[str(manager.id)].text
    assert own.link == own_list(officer.id)
    assert "Example" not in own.text and "Ada" not in own.text
    write_daily_lists(href, at=EIGHT + DAY)
    again = lists(tenant)
    assert again[str(officer.id)].cause_id != own.cause_id, "and again on the next day"


@pytest.mark.parametrize(
    "at",
    [
        EIGHT + dt.timedelta(hours=1),
        # A Saturday, and the bank holiday of Christmas; in winter 8 is 8 in UTC.
        EIGHT + 3 * DAY,
        dt.datetime(2026, 12, 25, 8, 0, tzinfo=dt.UTC),
        dt.datetime(2026, 12, 1, 7, 0, tzinfo=dt.UTC),
    ],
)
def test_nobody_is_told_at_another_hour_or_on_a_day_off(
    tenant: Tenancy, team: tuple[Someone, Someone, Someone], at: dt.datetime
) -> None:
    assert write_daily_lists(href, at=at) == 0
    assert lists(tenant) == {}


def test_who_does_not_want_it_or_has_nothing_to_do_gets_none(
    app: Flask, tenant: Tenancy, team: tuple[Someone, Someone, Someone]
) -> None:
    officer, _, _ = team
    with scoped(Scope.identity()) as session:
        session.add(PersonNoticeRefusal(person_id=officer.id, topic="daily"))
    write_daily_lists(href, at=EIGHT)
    assert lists(tenant) == {}


def test_a_coordinator_has_one_list_over_all_authorities(app: Flask) -> None:
    """What is overdue and the provider's to do, once, whatever the number of authorities."""
    someone = make_person(app, role=ProviderRole.COORDINATOR)
    references = []
    for place in (make_tenant(app), make_tenant(app)):
        case_id, reference = make_case(app, place)
        references.append(reference)
        with scoped(Scope.provider(place.id, None)) as session:
            assign(session, case_id, someone.id, by=actor())
            # The certificate is due three working days after the choice.
            record_mias(
                session, case_id, on=TODAY, way="telephone", minutes=9,
                choice=Choice.DECLINE, choice_on=TODAY, by=actor(), today=TODAY,
            )  # fmt: skip
    write_daily_lists(href, at=EIGHT)
    write_daily_lists(href, at=EIGHT)
    told: list[str] = []
    with scoped(Scope.all_cases(None)) as session:
        tenants = session.scalars(sa.select(SenCase.tenant_id).distinct()).all()
    for tenant_id in tenants:
        with scoped(Scope.worker(tenant_id)) as session:
            told += session.scalars(
                sa.select(Message.text).where(
                    Message.tenant_id == tenant_id, Message.recipient == f"person:{someone.id}"
                )
            ).all()
    (only,) = told
    assert all(reference in only for reference in references)
