"""Whoever holds a family's link gives the date of birth before anything of the case is shown."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.app import create_app
from saas.audit.models import AuditEntry
from saas.config import Settings
from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from tenants.access_links.family_links import find_personal_link
from tenants.access_links.second_check import MustWaitError, is_born_on, wait_after
from tests.conftest import close_connections
from tests.factories import NOW, client_of, make_case, make_person, make_tenant, referral
from tests.page_client import PageClient
from tests.tenants.access_links.test_family_links import make_family_link

pytestmark = pytest.mark.usefixtures("standing_clock")

BORN = referral().date_of_birth
RIGHT = {
    "born_on-day": str(BORN.day),
    "born_on-month": str(BORN.month),
    "born_on-year": str(BORN.year),
}
WRONG = {**RIGHT, "born_on-year": str(BORN.year - 1)}


@pytest.fixture
def asking(settings: Settings) -> Iterator[Flask]:
    """The service as production runs it: the link alone shows nothing."""
    app = create_app(settings.model_copy(update={"family_date_of_birth": True}), TESTING=True)
    app.test_client_class = PageClient
    with app.app_context():
        yield app
    close_connections(app)


def case_with_link(app: Flask) -> tuple[str, str, uuid.UUID, str]:
    """The link's path, the case's reference, its id and the authority's short name."""
    tenant = make_tenant(app)
    case_id, reference = make_case(app, tenant)
    return f"/family/{make_family_link(app, tenant, case_id)}", reference, case_id, tenant.slug


def clock_at(monkeypatch: pytest.MonkeyPatch, at: dt.datetime) -> None:
    monkeypatch.setattr("saas.web.today.clock", lambda: at)


def browser(app: Flask) -> PageClient:
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client


def test_the_date_of_birth_opens_the_page_that_was_asked_for(asking: Flask) -> None:
    link, reference, _, _ = case_with_link(asking)
    family = browser(asking)
    asked = family.get(f"{link}/documents/new")
    assert asked.status_code == 303
    page = family.get(asked.location)
    assert page.status_code == 200
    assert reference not in page.text
    sent = family.submit(asked.location, RIGHT)
    assert (sent.status_code, sent.location) == (303, f"{link}/documents/new")
    assert reference in family.get(f"{link}/").text


@pytest.mark.parametrize(
    "part", [{"born_on-day": "1"}, {"born_on-month": "12"}, {"born_on-year": "1990"}]
)
def test_a_wrong_date_tells_nothing_of_the_case_nor_which_part_is_wrong(
    asking: Flask, part: dict[str, str]
) -> None:
    link, reference, _, _ = case_with_link(asking)
    family = browser(asking)
    page = family.submit(f"{link}/check", {**RIGHT, **part})
    assert page.status_code == 422
    assert "This is not the date that we have" in page.text
    assert reference not in page.text
    marked = [one for one in family.page.all("input") if "input--error" in one.get("class")]
    assert len(marked) == 3
    assert family.get(f"{link}/").status_code == 303


def test_a_date_that_is_none_is_not_counted(asking: Flask) -> None:
    link, _, _, _ = case_with_link(asking)
    family = browser(asking)
    for _ in range(10):
        assert (
            "must be a real date"
            in family.submit(
                f"{link}/check", {**RIGHT, "born_on-day": "31", "born_on-month": "2"}
            ).text
        )
    assert family.submit(f"{link}/check", RIGHT).status_code == 303


def test_after_many_wrong_dates_the_right_one_waits_as_well(
    asking: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, _, _, _ = case_with_link(asking)
    family = browser(asking)
    for _ in range(3):
        assert "not the date" in family.submit(f"{link}/check", WRONG).text
    assert "Enter it again in" in family.submit(f"{link}/check", RIGHT).text
    # Another browser, and another link of the same person, are no way round it.
    assert "Enter it again in" in browser(asking).submit(f"{link}/check", RIGHT).text
    clock_at(monkeypatch, NOW + dt.timedelta(minutes=1, seconds=1))
    assert family.submit(f"{link}/check", RIGHT).status_code == 303


def test_another_link_of_the_same_person_begins_with_what_was_counted(asking: Flask) -> None:
    tenant = make_tenant(asking)
    case_id, _ = make_case(asking, tenant)
    first, second = (f"/family/{make_family_link(asking, tenant, case_id)}" for _ in range(2))
    for _ in range(3):
        browser(asking).submit(f"{first}/check", WRONG)
    assert "Enter it again in" in browser(asking).submit(f"{second}/check", RIGHT).text


def test_the_wait_doubles_and_ends_at_an_hour() -> None:
    waits = [wait_after(wrong) for wrong in range(60)]
    assert waits[:3] == [dt.timedelta()] * 3
    assert waits[3:6] == [dt.timedelta(minutes=n) for n in (1, 2, 4)]
    assert max(waits) == waits[-1] == dt.timedelta(hours=1)


def test_many_tries_at_once_are_counted_one_by_one(asking: Flask) -> None:
    link, _, _, _ = case_with_link(asking)
    found = find_personal_link(link.rpartition("/")[2], used=False)
    assert found is not None

    def guess(_: int) -> str:
        with asking.app_context():
            try:
                return str(is_born_on(found, BORN - dt.timedelta(days=1), at=NOW))
            except MustWaitError:
                return "wait"

    with ThreadPoolExecutor(4) as pool:
        told = list(pool.map(guess, range(12)))
    assert told.count("False") == 3
    assert told.count("wait") == 9


def test_a_browser_is_remembered_for_two_hours_without_a_page(
    asking: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, _, _, _ = case_with_link(asking)
    family = browser(asking)
    family.submit(f"{link}/check", RIGHT)
    for minutes in (119, 230):
        clock_at(monkeypatch, NOW + dt.timedelta(minutes=minutes))
        assert family.get(f"{link}/").status_code == 200
    clock_at(monkeypatch, NOW + dt.timedelta(minutes=230 + 121))
    assert family.get(f"{link}/").status_code == 303
    assert browser(asking).get(f"{link}/").status_code == 303


def test_one_link_opened_does_not_open_another(asking: Flask) -> None:
    link, _, _, _ = case_with_link(asking)
    other, reference, _, _ = case_with_link(asking)
    family = browser(asking)
    family.submit(f"{link}/check", RIGHT)
    answer = family.get(f"{other}/")
    assert answer.status_code == 303
    assert reference not in answer.text


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example/", "/provider/", "/family/other/", "\\"]
)
def test_it_leads_nowhere_but_into_its_own_pages(asking: Flask, elsewhere: str) -> None:
    link, _, _, _ = case_with_link(asking)
    sent = browser(asking).submit(f"{link}/check?then={elsewhere}", RIGHT)
    assert sent.location == f"{link}/"


def test_a_coordinator_sees_wrong_dates_and_has_it_asked_anew(
    asking: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenant = make_tenant(asking)
    case_id, _ = make_case(asking, tenant)
    link = f"/family/{make_family_link(asking, tenant, case_id)}"
    family = browser(asking)
    family.submit(f"{link}/check", RIGHT)
    stranger = browser(asking)
    for _ in range(3):
        stranger.submit(f"{link}/check", WRONG)
    coordinator = client_of(asking, make_person(asking, role=ProviderRole.COORDINATOR))
    page = coordinator.get(f"/provider/{tenant.slug}/cases/{case_id}/links")
    assert "Wrong dates were given 3 times" in page.text
    (anew,) = [
        one.get("href") for one in coordinator.page.all("a") if "/asked-anew/" in one.get("href")
    ]
    clock_at(monkeypatch, NOW + dt.timedelta(seconds=5))
    assert coordinator.submit(anew, {"checked": "go-on"}).status_code == 302
    assert family.get(f"{link}/").status_code == 303, "it is asked in the browser that knew it"
    assert family.submit(f"{link}/check", RIGHT).status_code == 303, "and nobody waits"


def test_each_use_is_in_the_trail_once_in_ten_minutes(
    asking: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    link, _, case_id, slug = case_with_link(asking)
    family = browser(asking)
    family.submit(f"{link}/check", WRONG)
    family.submit(f"{link}/check", RIGHT)
    family.get(f"{link}/")
    clock_at(monkeypatch, NOW + dt.timedelta(minutes=11))
    family.get(f"{link}/")
    family.get(f"{link}/documents/new")
    tenancy = asking.extensions["find_tenancy"](slug)
    with scoped(Scope.provider(tenancy.id, None)) as session:
        done = session.scalars(
            sa.select(AuditEntry.action)
            .where(
                AuditEntry.tenant_id == tenancy.id,
                AuditEntry.subject_id == case_id,
                AuditEntry.door == "family",
            )
            .order_by(AuditEntry.at, AuditEntry.id)
        ).all()
    assert done == [
        "wrong date of birth at a personal link",
        "personal link opened",
        "personal link used",
    ]


def test_production_always_asks() -> None:
    production = Settings.model_construct(environment="production", family_date_of_birth=False)
    assert production.asks_for_date_of_birth
