"""Who handles complaints is told that one arrived, and before its clocks run out."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.database.scope import Scope, scoped
from saas.identity.models import Person
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from saas.jobs import post_waiting_notices, write_daily_reminders
from saas.messages.models import Message
from tenants.casework.row_columns import Actor
from tenants.feedback import complaints
from tenants.feedback.complaint_notices import remind_of_complaints, tell_of_new_complaints
from tenants.feedback.complaint_rules import About
from tenants.feedback.models import Participant
from tenants.notices.actions import choose_for_person
from tenants.notices.topics import Topic
from tests.factories import NOW, TODAY, Someone, client_of, make_person, make_tenant
from tests.page_client import PageClient

SECRET = "Zephyrine Quillfeather was shouted at"
DAY = dt.timedelta(days=1)


@pytest.fixture
def tenant(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


@pytest.fixture
def manager(fresh_app: Flask) -> Someone:
    return make_person(fresh_app, role=ProviderRole.MANAGER)


def href(slug: str, complaint_id: uuid.UUID) -> str:
    return f"https://service.example/provider/{slug}/complaints/{complaint_id}"


def complain(tenant: Tenancy, *, at: dt.datetime = NOW, by: uuid.UUID | None = None) -> uuid.UUID:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return complaints.record_complaint(
            session,
            received_on=at.date(),
            from_whom=Participant.PARENT,
            about=About.CONDUCT,
            words=SECRET,
            by=Actor(by, "Somebody", at),
            today=at.date(),
        ).id


def told(tenant: Tenancy) -> list[tuple[str, str, str, str | None]]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        rows = session.execute(
            sa.select(Message.address, Message.heading, Message.text, Message.link).order_by(
                Message.created_at, Message.address
            )
        )
        return [(row.address, row.heading, row.text, row.link) for row in rows]


def test_who_handles_complaints_is_told_of_one_once(
    fresh_app: Flask, tenant: Tenancy, manager: Someone
) -> None:
    coordinator = make_person(fresh_app, role=ProviderRole.COORDINATOR)
    for role in (ProviderRole.MEDIATOR, ProviderRole.FINANCE, ProviderRole.ADVISER):
        make_person(fresh_app, role=role)
    made = complain(tenant)
    assert tell_of_new_complaints(href, at=NOW) == 2
    assert tell_of_new_complaints(href, at=NOW) == 0
    found = told(tenant)
    assert {address for address, *_ in found} == {manager.email, coordinator.email}
    for _, heading, text, link in found:
        assert heading == f"A complaint arrived ({tenant.name})"
        # Wednesday 10 June 2026 and five working days.
        assert "Acknowledge it by Wednesday 17 June 2026" in text
        assert not [word for word in SECRET.split() if word in f"{heading} {text}"]
        assert link == href(tenant.slug, made)


def test_who_wrote_it_down_who_left_and_who_does_not_want_it_are_not_told(
    fresh_app: Flask, tenant: Tenancy, manager: Someone
) -> None:
    unwilling = make_person(fresh_app, role=ProviderRole.MANAGER)
    gone = make_person(fresh_app, role=ProviderRole.MANAGER)
    with scoped(Scope.identity()) as session:
        choose_for_person(session, unwilling.id, wanted=set(Topic) - {Topic.COMPLAINTS})
        session.execute(sa.update(Person).where(Person.id == gone.id).values(active=False))
    complain(tenant, by=manager.id)
    assert tell_of_new_complaints(href, at=NOW) == 0


def test_an_old_complaint_is_no_news_to_somebody_new(
    fresh_app: Flask, tenant: Tenancy, manager: Someone
) -> None:
    complain(tenant, at=NOW - 2 * DAY)
    assert tell_of_new_complaints(href, at=NOW) == 0


def test_each_clock_is_told_of_before_it_runs_out_and_once_it_has(
    tenant: Tenancy, manager: Someone
) -> None:
    made = complain(tenant)
    # Acknowledged by Wednesday 17 June: nothing on Friday 12, then from Monday 15 on.
    counts = [remind_of_complaints(href, at=NOW + days * DAY) for days in (2, 5, 6, 7)]
    assert counts == [0, 1, 0, 0]
    assert remind_of_complaints(href, at=NOW + 8 * DAY) == 1
    assert [heading for _, heading, *_ in told(tenant)] == [
        f"A complaint is due soon ({tenant.name})",
        f"A complaint is late ({tenant.name})",
    ]
    with scoped(Scope.provider(tenant.id, None)) as session:
        row = complaints.find_complaint(session, made)
        assert row is not None
        complaints.acknowledge(session, row, on=TODAY, by=Actor(None, "Somebody", NOW), today=TODAY)
    # Answered by Thursday 9 July, 21 working days on.
    assert remind_of_complaints(href, at=NOW + 8 * DAY) == 0
    assert remind_of_complaints(href, at=dt.datetime(2026, 7, 7, 6, 30, tzinfo=dt.UTC)) == 1
    assert "Answer it by Thursday 9 July 2026" in told(tenant)[-1][2]


def test_the_worker_does_it_and_the_link_leads_to_the_complaint(
    fresh_app: Flask, tenant: Tenancy, manager: Someone, standing_clock: dt.datetime
) -> None:
    made = complain(tenant)
    post_waiting_notices(fresh_app.extensions["settings"], NOW)
    write_daily_reminders(fresh_app.extensions["settings"], NOW)
    ((_, _, _, link),) = told(tenant)
    assert link is not None
    client = client_of(fresh_app, manager)
    assert isinstance(client, PageClient)
    path = link.partition("//")[2].partition("/")[2]
    assert path.endswith(str(made))
    assert SECRET in client.get(f"/{path}").text


@pytest.mark.parametrize("column", ["words", "answer", "from_name", "reply_to", "case_id"])
def test_the_worker_reads_no_word_of_a_complaint(
    fresh_app: Flask, tenant: Tenancy, column: str
) -> None:
    with (
        pytest.raises(ProgrammingError, match="permission denied"),
        scoped(Scope.worker(tenant.id)) as session,
    ):
        session.connection().exec_driver_sql(f"SELECT {column} FROM complaint")
