"""Issue 13: breaches are written down, with the clock of 72 hours, and the authority reads them."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import ProgrammingError

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.reference.today import LONDON
from tenants.casework.record import RuleBroken
from tenants.incidents.actions import close, follow_up, record_incident
from tenants.incidents.clock import WITHIN, clock_of
from tenants.incidents.models import Incident
from tests.factories import client_of, make_person, make_tenant
from tests.page_client import PageClient

AWARE = dt.datetime(2026, 3, 27, 16, 30, tzinfo=LONDON)  # a Friday; the clocks go forward on Sunday


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def coordinator(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.COORDINATOR))


def test_the_72_hours_are_hours_of_the_clock_over_weekend_and_summer_time() -> None:
    due = clock_of(AWARE, told_at=None, not_to_tell=False, now=AWARE).due_at
    # An hour is missing on that Sunday: 72 hours later it is half past five in London.
    assert due.astimezone(dt.UTC) == AWARE.astimezone(dt.UTC) + WITHIN
    assert f"{(AWARE.astimezone(dt.UTC) + WITHIN).astimezone(LONDON):%A %H:%M}" == "Monday 17:30"


@pytest.mark.parametrize(
    ("hours", "told", "not_to_tell", "state", "left"),
    [
        (0, None, False, "running", 72),
        (71.5, None, False, "running", 0),
        (73.2, None, False, "late", 1),
        (100, 70, False, "told", 2),
        (100, 75, False, "told late", 3),
        (100, None, True, "not to tell", 0),
    ],
)
def test_how_the_clock_stands(
    hours: float, told: float | None, not_to_tell: bool, state: str, left: int
) -> None:
    at = dt.datetime(2026, 6, 1, 9, tzinfo=dt.UTC)
    found = clock_of(
        at,
        told_at=None if told is None else at + dt.timedelta(hours=told),
        not_to_tell=not_to_tell,
        now=at + dt.timedelta(hours=hours),
    )
    assert (found.state, found.hours) == (state, left)


def entered(**changes: str) -> dict[str, str]:
    day = dt.datetime.now(LONDON).date() - dt.timedelta(days=1)
    parts = {"day": day.day, "month": day.month, "year": day.year}
    return {
        **{f"happened_on-{part}": str(number) for part, number in parts.items()},
        **{f"aware_on-{part}": str(number) for part, number in parts.items()},
        "happened_time": "9:15",
        "aware_time": "10.30",
        "kind": "sent",
        "words": "A letter went to a former address.",
        "people": "2",
        **changes,
    }


def the_incident(tenant: Tenancy) -> Incident:
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = session.scalars(sa.select(Incident)).one()
        session.expunge(found)
        return found


def test_from_writing_it_down_to_what_was_learned(
    app: Flask, tenant: Tenancy, coordinator: PageClient
) -> None:
    made = coordinator.submit(f"/provider/{tenant.slug}/incidents/new", entered())
    page = made.headers["Location"]
    assert "hours left" in coordinator.get(page).text
    assert tenant.name in coordinator.get("/provider/incidents").text
    early = coordinator.submit(page, {"lesson": "Check addresses"}, action=f"{page}/close")
    assert early.status_code == 422 and "First say when the Commissioner was told" in early.text

    told = dt.datetime.now(LONDON) - dt.timedelta(minutes=5)
    moment = {
        f"authority_told_{name}": value
        for name, value in {
            "on-day": str(told.day), "on-month": str(told.month), "on-year": str(told.year),
            "time": f"{told:%H:%M}",
        }.items()
    }  # fmt: skip
    saved = coordinator.submit(
        page, {**moment, "no_risk_because": "It came back unopened"}, action=page
    )
    assert saved.status_code == 302
    assert "Need not be told" in coordinator.get(page).text
    coordinator.submit(page, {"lesson": "Addresses are checked twice"}, action=f"{page}/close")
    assert the_incident(tenant).closed_at is not None

    theirs = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    read = theirs.get("/authority/incidents").text
    assert "A letter went to a former address." in read and "Addresses are checked twice" in read
    coordinator.submit(page, action=f"{page}/open")
    assert the_incident(tenant).closed_at is None


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"aware_time": "8:00"}, "Nobody can have known of it before it happened"),
        ({"aware_on-year": "2090"}, "Enter when somebody first knew of it"),
        ({"happened_on-year": "2090"}, "It must have happened already"),
        ({"people": "many"}, "whole number"),
        ({"words": " "}, "Say what happened"),
    ],
)
def test_what_cannot_be_is_refused_at_its_field(
    tenant: Tenancy, coordinator: PageClient, changes: dict[str, str], says: str
) -> None:
    answer = coordinator.submit(f"/provider/{tenant.slug}/incidents/new", entered(**changes))
    assert answer.status_code == 422 and says in answer.text


def test_told_late_needs_its_reason(app: Flask, tenant: Tenancy) -> None:
    at = dt.datetime(2026, 6, 8, 9, tzinfo=dt.UTC)
    aware = at - dt.timedelta(days=6)
    said: dict[str, Any] = {
        "words": "x", "people": 1, "commissioner_reference": "", "no_risk_because": "",
        "authority_told_at": aware, "people_told_at": None,
    }  # fmt: skip
    with scoped(Scope.provider(tenant.id, None)) as session:
        made = record_incident(
            session, happened_at=aware, aware_at=aware, kind="lost", words="x", people=1, at=at
        )
        late = aware + dt.timedelta(hours=80)
        with pytest.raises(RuleBroken, match="72 hours"):
            follow_up(session, made, commissioner_told_at=late, late_because="", at=at, **said)
        follow_up(session, made, commissioner_told_at=late, late_because="Ill", at=at, **said)
        close(session, made, "More than one of us can tell", at=at)


def test_an_authority_reads_its_own_and_writes_none(app: Flask, tenant: Tenancy) -> None:
    at = dt.datetime(2026, 6, 8, 9, tzinfo=dt.UTC)
    with scoped(Scope.provider(tenant.id, None)) as session:
        record_incident(
            session, happened_at=at, aware_at=at, kind="lost", words="Ours", people=1, at=at
        )
    with scoped(Scope.authority(make_tenant(app).id, None)) as session:
        assert session.scalars(sa.select(Incident)).all() == []
    with pytest.raises(ProgrammingError), scoped(Scope.authority(tenant.id, None)) as session:
        session.execute(sa.update(Incident).values(words="Nothing happened"))
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert officer.get("/authority/incidents").status_code == 403
