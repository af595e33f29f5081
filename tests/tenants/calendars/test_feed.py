"""Point 21: a person's meetings in their own calendar, by an address that can be ended."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from urllib.parse import urlsplit

import pytest
import sqlalchemy as sa
from flask import Flask
from icalendar import Calendar

from saas.database.scope import Scope, scoped
from saas.identity.models import Person
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.calendars.models import CalendarFeed
from tenants.casework.models import SenCase
from tenants.worktrays.models import CaseOfficer
from tests.factories import TODAY, client_of, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.worktrays.test_this_week import meeting

pytestmark = pytest.mark.usefixtures("standing_clock")

SOON = TODAY + dt.timedelta(days=20)


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


def address_of(client: PageClient) -> str:
    """The address that a person makes for themself."""
    answer = client.submit("/account/calendar", {"act": "make"})
    assert answer.status_code == 200, answer.text
    (shown,) = [one.get("value") for one in client.page.all("input") if one.get("id") == "address"]
    return urlsplit(shown or "").path


def entries(app: Flask, path: str) -> list[str]:
    answer = app.test_client().get(path)
    assert answer.status_code == 200
    assert answer.content_type.startswith("text/calendar")
    return [str(one["SUMMARY"]) for one in Calendar.from_ical(answer.data).walk("VEVENT")]


def test_an_officers_calendar_has_their_own_meetings_and_nobodys_name(
    app: Flask, tenant: Tenancy
) -> None:
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    colleague = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    mine, first = meeting(app, tenant, SOON)
    theirs, second = meeting(app, tenant, SOON)
    _, nobodys = meeting(app, tenant, SOON)
    _, foreign = meeting(app, make_tenant(app), SOON)
    with scoped(Scope.authority(tenant.id, officer.id)) as session:
        for case_id, person in ((mine, officer.id), (theirs, colleague.id)):
            session.add(CaseOfficer(tenant_id=tenant.id, case_id=case_id, officer_id=person))
    path = address_of(client_of(app, officer))
    said = " ".join(entries(app, path))
    assert first in said and nobodys in said
    assert second not in said and foreign not in said
    file = app.test_client().get(path).text
    assert "Ada" not in file and not re.search(r"Example\d", file)
    assert "LOCATION:The library" in file and "T140000" in file
    manager = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    assert len(entries(app, address_of(manager))) == 3


def test_a_mediators_calendar_has_the_cases_they_are_appointed_to(
    app: Flask, tenant: Tenancy
) -> None:
    person = make_person(app, role=ProviderRole.MEDIATOR)
    case_id, reference = meeting(app, tenant, SOON)
    meeting(app, tenant, SOON)
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.get_one(SenCase, (tenant.id, case_id)).mediator_id = person.id
    (only,) = entries(app, address_of(client_of(app, person)))
    assert reference in only
    finance = client_of(app, make_person(app, role=ProviderRole.FINANCE))
    assert entries(app, address_of(finance)) == []


def test_an_address_is_shown_once_and_kept_as_a_hash(app: Flask, tenant: Tenancy) -> None:
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    path = address_of(client)
    key = path.removeprefix("/calendar/").removesuffix(".ics")
    assert len(key) >= 43
    assert key not in client.get("/account/calendar").text
    with scoped(Scope.identity()) as session:
        kept = session.scalars(sa.select(CalendarFeed.token_hash)).all()
    assert key not in kept


def test_an_ended_or_replaced_address_and_that_of_who_has_left_give_nothing(
    app: Flask, tenant: Tenancy
) -> None:
    person = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    client = client_of(app, person)
    first = address_of(client)
    second = address_of(client)
    strangers = app.test_client()
    assert strangers.get(first).status_code == 404
    assert strangers.get(second).status_code == 200
    assert client.submit("/account/calendar", {"act": "end"}).status_code == 302
    assert strangers.get(second).status_code == 404
    third = address_of(client)
    with scoped(Scope.identity()) as session:
        session.get_one(Person, person.id).active = False
    assert strangers.get(third).status_code == 404
    assert strangers.get(f"/calendar/{uuid.uuid4().hex}.ics").status_code == 404
