"""An adviser is told of the calls that families book, move and cancel: reference and time alone."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from saas.reference.today import LONDON
from tenants.call_backs.actions import add_absence, add_hours, book_call, cancel_call
from tenants.call_backs.models import AdviserAbsence, AdviserHours
from tenants.casework.models import CaseParty
from tenants.casework.row_columns import Actor
from tenants.notices.actions import choose_for_person
from tenants.notices.post import post_notices
from tenants.notices.topics import Topic
from tests.factories import NOW, Someone, make_case, make_person, make_tenant

THURSDAY = dt.date(2026, 6, 11)
NINE = dt.datetime.combine(THURSDAY, dt.time(9), LONDON).astimezone(dt.UTC)
HALF = dt.timedelta(minutes=30)
FAMILY = Actor(None, "Jo Doorwell", NOW)


@pytest.fixture
def tenant(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


@pytest.fixture
def adviser(fresh_app: Flask) -> Someone:
    someone = make_person(fresh_app, role=ProviderRole.ADVISER)
    with scoped(Scope.panel(None)) as session:
        session.execute(sa.delete(AdviserHours))
        session.execute(sa.delete(AdviserAbsence))
        add_hours(session, someone.id, 3, dt.time(9), dt.time(10), 2)
    return someone


@pytest.fixture
def case(fresh_app: Flask, tenant: Tenancy) -> tuple[uuid.UUID, str, uuid.UUID]:
    case_id, reference = make_case(fresh_app, tenant, given_name="Zephyrine")
    with scoped(Scope.provider(tenant.id, None)) as session:
        party = session.scalars(sa.select(CaseParty.id).where(CaseParty.case_id == case_id)).one()
    return case_id, reference, party


def written_to(tenant: Tenancy, *who: Someone) -> list[tuple[str, str]]:
    """What was written to these people, in turn: subject and first words."""
    post_notices(at=NOW)
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(Message.heading, Message.text)
            .where(Message.address.in_([one.email for one in who]))
            .order_by(Message.created_at, Message.id)
        )
        return [(row.heading, row.text.partition("\n")[0]) for row in rows]


def test_an_adviser_is_told_when_a_family_books_moves_and_cancels(
    tenant: Tenancy, adviser: Someone, case: tuple[uuid.UUID, str, uuid.UUID]
) -> None:
    case_id, reference, party = case
    for starts in (NINE, NINE + HALF):
        with scoped(Scope.provider(tenant.id, None)) as session:
            book_call(session, case_id, party, starts, by=FAMILY)
        post_notices(at=NOW)
    with scoped(Scope.provider(tenant.id, None)) as session:
        cancel_call(session, case_id, by=FAMILY)
    assert written_to(tenant, adviser) == [
        (
            f"Case {reference}: a call is booked with you",
            f"In case {reference}: a call is booked with you (Thursday 11 June 2026 at 9am).",
        ),
        (
            f"Case {reference}: your call has another time",
            f"In case {reference}: your call has another time (Thursday 11 June 2026 at 9:30am).",
        ),
        (
            f"Case {reference}: your call is cancelled",
            f"In case {reference}: your call is cancelled (Thursday 11 June 2026 at 9:30am).",
        ),
    ]


def test_a_call_that_goes_to_another_adviser_is_told_to_both(
    fresh_app: Flask,
    tenant: Tenancy,
    adviser: Someone,
    case: tuple[uuid.UUID, str, uuid.UUID],
) -> None:
    case_id, reference, party = case
    with scoped(Scope.provider(tenant.id, None)) as session:
        book_call(session, case_id, party, NINE, by=FAMILY)
    other = make_person(fresh_app, role=ProviderRole.ADVISER)
    with scoped(Scope.panel(None)) as session:
        add_hours(session, other.id, 3, dt.time(9), dt.time(10), 2)
        add_absence(session, adviser.id, THURSDAY, THURSDAY)
    with scoped(Scope.provider(tenant.id, None)) as session:
        book_call(session, case_id, party, NINE + HALF, by=FAMILY)
    assert [heading for heading, _ in written_to(tenant, other)] == [
        f"Case {reference}: a call is booked with you"
    ]
    assert f"Case {reference}: your call is cancelled" in {
        heading for heading, _ in written_to(tenant, adviser)
    }


def test_nobody_is_told_of_what_they_did_themselves_or_do_not_want_to_hear(
    tenant: Tenancy, adviser: Someone, case: tuple[uuid.UUID, str, uuid.UUID]
) -> None:
    case_id, _, party = case
    own = Actor(adviser.id, "Ash Adviser", NOW)
    with scoped(Scope.provider(tenant.id, None)) as session:
        book_call(session, case_id, party, NINE, by=own)
    assert written_to(tenant, adviser) == []
    with scoped(Scope.identity()) as session:
        choose_for_person(session, adviser.id, wanted=set(Topic) - {Topic.MEETINGS})
    with scoped(Scope.provider(tenant.id, None)) as session:
        cancel_call(session, case_id, by=FAMILY)
    assert written_to(tenant, adviser) == []


def test_no_name_is_in_what_an_adviser_is_written(
    tenant: Tenancy, adviser: Someone, case: tuple[uuid.UUID, str, uuid.UUID]
) -> None:
    case_id, _, party = case
    with scoped(Scope.provider(tenant.id, None)) as session:
        book_call(session, case_id, party, NINE, by=FAMILY)
    post_notices(at=NOW)
    with scoped(Scope.provider(tenant.id, None)) as session:
        (text,) = session.scalars(sa.select(Message.text).where(Message.address == adviser.email))
    assert "Zephyrine" not in text and "Doorwell" not in text
