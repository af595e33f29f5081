"""Issue 15: an authority is suspended. Its people read, and change nothing; all else goes on."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.exc import DBAPIError

import saas.tables
from saas.audit.models import AuditEntry
from saas.config import Settings
from saas.database.base import Base
from saas.database.connections import owner_connection
from saas.database.read_only import FUNCTION, STILL_WRITTEN, read_only_tables
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from saas.web.errors import READS_ONLY, explanation_of
from saas.web.frame import Door
from tenants.subscribers import suspending
from tenants.subscribers.refused import StandingRefused
from tenants.subscribers.standing import AuthoritySuspension
from tenants.tenure.rounds import look_after_standings
from tests.factories import NOW, TODAY, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.tenure.making import suspend

assert saas.tables.Base is Base
pytestmark = pytest.mark.usefixtures("standing_clock")
HREF = "https://here.example/authority/standing"


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture(autouse=True)
def woken(app: Flask, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    asked: list[str] = []
    monkeypatch.setitem(app.extensions, "wake_worker", asked.append)
    return asked


@pytest.fixture
def admin(app: Flask) -> PageClient:
    return client_of(app, make_person(app, role=ProviderRole.ADMIN, name="Ada Admin"))


def day(fields: str, one: dt.date) -> dict[str, str]:
    return {f"{fields}-day": str(one.day), f"{fields}-month": str(one.month),
            f"{fields}-year": str(one.year)}  # fmt: skip


def test_the_provider_suspends_by_the_page_and_everyone_concerned_is_told(
    app: Flask, tenant: Tenancy, admin: PageClient, woken: list[str]
) -> None:
    boss = make_person(app, tenant=tenant, role=AuthorityRole.MANAGER)
    money = make_person(app, tenant=tenant, role=AuthorityRole.FINANCE)
    make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)
    page = f"/manager/authorities/{tenant.slug}/suspension"
    in_two_weeks = TODAY + dt.timedelta(days=14)
    assert f'value="{in_two_weeks.day}"' in admin.get(page).text
    fields = {"reason": "unpaid", "words": "Invoice 17 of March"}
    yesterday = day("first_day", TODAY - dt.timedelta(days=1))
    assert admin.submit(page, {**fields, **yesterday}).status_code == 422 and woken == []
    assert admin.submit(page, fields).status_code == 302
    assert woken == ["look_after_authorities"]
    overview = admin.get(f"/manager/authorities/{tenant.slug}").text
    assert "To be suspended" in overview and "Invoice 17 of March" in overview
    look_after_standings(HREF, at=NOW)
    look_after_standings(HREF, at=NOW)
    told = messages(tenant)
    assert {one.address for one in told} == {boss.email, money.email} and len(told) == 2
    assert "is suspended from Wednesday 24 June 2026" in told[0].heading
    assert "Invoice 17" in told[0].text and told[0].link == HREF
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    notice = officer.get("/authority/").text
    assert "is suspended from Wednesday 24 June 2026" in notice
    # Lifted before its day, and that taken back.
    overview = f"/manager/authorities/{tenant.slug}"
    admin.submit(overview, action=f"{overview}/suspension/lifting")
    assert "is suspended" not in officer.get("/authority/").text
    look_after_standings(HREF, at=NOW)
    assert len(messages(tenant)) == 4
    admin.get(overview)
    again = [f.get("action") for f in admin.page.all("form") if "again" in f.get("action")]
    admin.submit(overview, action=again[0])
    assert "is suspended from" in officer.get("/authority/").text
    with scoped(Scope.provider(tenant.id, None)) as session:
        done = session.scalars(
            sa.select(AuditEntry.action)
            .where(AuditEntry.tenant_id == tenant.id, AuditEntry.action.like("%suspen%"))
            .order_by(AuditEntry.id)
        ).all()
    assert done == ["authority suspended", "suspension lifted", "authority suspended"]


def messages(tenant: Tenancy) -> list[Message]:
    with scoped(Scope.worker(tenant.id)) as session:
        found = session.scalars(
            sa.select(Message)
            .where(Message.tenant_id == tenant.id, Message.topic == "standing")
            .order_by(Message.created_at, Message.id)
        ).all()
        session.expunge_all()
    return list(found)


def test_people_of_a_suspended_authority_read_and_are_told_why_they_cannot_act(
    app: Flask, tenant: Tenancy
) -> None:
    case_id, reference = make_case(app, tenant)
    suspend(tenant, TODAY)
    client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    tray = client.get("/authority/").text
    assert reference in tray and "Refer a family" not in tray
    assert "because invoices are not paid" in tray and "mediation@provider.example" in tray
    assert client.get(f"/authority/cases/{case_id}").status_code == 200
    assert client.get("/authority/statistics").status_code == 200
    assert client.get("/authority/cases.csv").status_code in (200, 302)
    found = client.submit("/authority/search", {"search": reference}, action="/authority/search")
    assert found.status_code in (200, 302)
    for path in ("/authority/refer/", f"/authority/cases/{case_id}/documents/new"):
        refused = client.get(path)
        assert refused.status_code == 403
        assert "You cannot change this now" in refused.text and "/refer" in refused.text
        assert "mediation@provider.example" in refused.text
    assert client.get("/account").status_code == 200
    page = client.get("/authority/standing").text
    assert "Invoices are not paid" in page and "A family's right" in page


def test_every_way_to_change_something_is_refused_but_those_that_say_so(
    app: Flask, tenant: Tenancy
) -> None:
    """By construction: a new page of the authority's door is refused without anybody's thinking."""
    suspend(tenant, TODAY)
    app.config["WTF_CSRF_ENABLED"] = False
    try:
        client = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
        client.looks = False
        nobody = "00000000-0000-0000-0000-000000000000"
        open_still, refused = set(), 0
        for rule in app.url_map.iter_rules():
            access = app.extensions["access"].get(rule.endpoint)
            if access is None or access.door is not Door.AUTHORITY:
                continue
            if "POST" not in (rule.methods or ()):
                continue
            if access.when_reading:
                open_still.add(rule.endpoint)
                continue
            arguments = {
                name: min(getattr(rule._converters[name], "items", [nobody]))
                for name in rule.arguments
            }
            built = rule.build(arguments, append_unknown=False)
            assert built is not None
            answer = client.post(built[1], data={})
            assert answer.status_code == 403, rule.rule
            assert "You cannot change this now" in answer.text, rule.rule
            refused += 1
    finally:
        app.config["WTF_CSRF_ENABLED"] = True
    assert refused > 25
    assert open_still == {
        "authority_cases.search", "authority_cases.filters", "authority_cases.filter_removal",
        "authority_cases.todo_filters", "authority_keys.withdrawal", "authority_team.suspend",
        "authority_standing.own_exports",
    }  # fmt: skip


def test_the_database_refuses_what_a_page_forgot(app: Flask, tenant: Tenancy) -> None:
    case_id, _ = make_case(app, tenant)
    officer = make_person(app, tenant=tenant, role=AuthorityRole.OFFICER)

    def write(sql: str) -> None:
        with scoped(Scope.authority(tenant.id, officer.id)) as session:
            session.execute(sa.text(sql), {"tenant": tenant.id, "case": case_id})

    delete = "DELETE FROM case_officer WHERE tenant_id = :tenant AND case_id = :case"
    write(delete)
    suspend(tenant, TODAY + dt.timedelta(days=3))
    write(delete)
    with scoped(Scope.provider(tenant.id, None)) as session:
        suspending.suspend(
            session, reason="contract", words="", first_day=TODAY, by_name="A", today=TODAY, at=NOW
        )
    with pytest.raises(DBAPIError) as refused:
        write(delete)
    assert refused.value.orig.sqlstate == "RO001"  # type: ignore[union-attr]
    # A page that runs into it says so.
    told = app.extensions["database_refusals"]["RO001"]
    assert explanation_of(told()) is READS_ONLY
    # The provider's work goes on.
    make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        suspending.lift(session, by_name="A", at=NOW)
    write(delete)


def test_the_first_day_comes_by_itself(app: Flask, tenant: Tenancy) -> None:
    suspend(tenant, TODAY + dt.timedelta(days=1))
    look_after_standings(HREF, at=NOW)
    assert begun(tenant) is None
    look_after_standings(HREF, at=NOW + dt.timedelta(days=1))
    assert begun(tenant) is not None


def begun(tenant: Tenancy) -> dt.datetime | None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        return session.scalar(
            sa.select(AuthoritySuspension.begun_at).where(
                AuthoritySuspension.tenant_id == tenant.id
            )
        )


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"reason": "mood"}, "reason"),
        ({"reason": "other", "words": " "}, "words"),
        ({"first_day": TODAY - dt.timedelta(days=1)}, "first_day"),
    ],
)
def test_what_makes_no_sense_is_refused(
    app: Flask, tenant: Tenancy, wrong: dict[str, Any], field: str
) -> None:
    right = {"reason": "unpaid", "words": "", "first_day": TODAY}
    with (
        scoped(Scope.provider(tenant.id, None)) as session,
        pytest.raises(StandingRefused) as refused,
    ):
        suspending.suspend(session, **{**right, **wrong}, by_name="A", today=TODAY, at=NOW)
    assert refused.value.field == field


def test_only_who_may_suspends(app: Flask, tenant: Tenancy) -> None:
    page = f"/manager/authorities/{tenant.slug}"
    auditor = client_of(app, make_person(app, role=ProviderRole.AUDITOR))
    assert "Suspend it" not in auditor.get(page).text
    assert auditor.get(f"{page}/suspension").status_code == 403
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    assert officer.get(page).status_code == 403
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    assert "Suspend it" in manager.get(page).text
    assert "Record that it leaves" not in manager.get(page).text


def test_the_list_says_how_each_stands(app: Flask, tenant: Tenancy, admin: PageClient) -> None:
    suspend(tenant, TODAY)
    text, number = "", 1
    while tenant.name not in text:
        text = admin.get(f"/manager/authorities?page={number}").text
        number += 1
    assert "Suspended" in text


def test_each_table_that_an_authority_writes_is_stopped_or_says_why_not(
    app: Flask, settings: Settings
) -> None:
    with owner_connection(settings) as connection:
        there = {
            row[0]
            for row in connection.execute(
                "SELECT c.relname FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid"
                " WHERE t.tgname = %s",
                [FUNCTION],
            )
        }
    assert there == read_only_tables().keys()
    assert all(STILL_WRITTEN.values())
