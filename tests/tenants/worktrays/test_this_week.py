"""Every tray begins with the meetings of today and this week, and what is missing for them."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions as casework
from tenants.casework.kept.authority_tasks import TaskKind, authority_tasks
from tenants.casework.kinds import Choice, FactKind
from tenants.casework.queries import load_record
from tenants.mediation.actions import name_representative
from tenants.worktrays.assignment import assign
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.page_parts import Element

pytestmark = pytest.mark.usefixtures("standing_clock")


def meeting(
    app: Flask, tenant: Tenancy, on: dt.date, *, named: bool = False
) -> tuple[uuid.UUID, str]:
    case_id, reference = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        for kind, value, detail in (
            (FactKind.MIAS_HELD, None, {}),
            (FactKind.CHOICE_MADE, Choice.MEDIATE, {}),
            (FactKind.ADVISER_INFORMED_AUTHORITY, None, {}),
            (
                FactKind.MEETING_FIXED,
                None,
                {"meeting_on": on.isoformat(), "time": "14:00", "place": "The library"},
            ),
        ):
            casework.add_fact(
                session,
                case_id,
                kind,
                dt.date(2026, 5, 20),
                value=value,
                detail=detail,
                by=actor(),
                today=TODAY,
            )
        if named:
            name_representative(
                session,
                case_id,
                name="Ray",
                role="Head",
                may_decide=True,
                by=actor(),
                today=TODAY,
            )
    return case_id, reference


def table_of(client: PageClient, page: str) -> list[Element]:
    client.get(page)
    tables = [
        one
        for one in client.page.all("table")
        if one.all("caption")[0].text == "Meetings today and this week"
    ]
    return tables[0].all("tr")[1:] if tables else []


def test_a_meeting_of_today_without_a_representative_is_the_first_line(app: Flask) -> None:
    tenant = make_tenant(app)
    made = [
        meeting(app, tenant, TODAY + dt.timedelta(days=days), named=named)
        for days, named in ((6, True), (0, True), (0, False), (7, False))
    ]
    later, ready, bare, next_month = (reference for _, reference in made)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    person = make_person(app, role=ProviderRole.COORDINATOR)
    desk = client_of(app, person)
    with scoped(Scope.provider(tenant.id, None)) as session:
        for case_id, _ in made:
            assign(session, case_id, person.id, by=actor())
    for client, page in ((officer, "/authority/"), (desk, "/provider/?view=mine")):
        rows = table_of(client, page)
        told = [next(r for r in (bare, ready, later) if r in row.text) for row in rows]
        assert told == [bare, ready, later]
        assert "Today, 14:00" in rows[0].text and "The library" in rows[0].text
        assert "No representative who may decide" in rows[0].text
        assert "no representative" not in rows[1].text.lower()
        assert not any(next_month in row.text for row in rows)
    assert table_of(officer, "/authority/?stage=choice") == [], "a filtered list is the list alone"


def test_a_mediator_sees_the_meetings_of_its_own_cases_alone(app: Flask) -> None:
    meeting(app, make_tenant(app), TODAY)
    mediator = client_of(app, make_person(app, role=ProviderRole.MEDIATOR))
    assert table_of(mediator, "/provider/") == []


def test_representative_and_summary_fall_due_before_the_meeting(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = meeting(app, tenant, dt.date(2026, 6, 30))
    with scoped(Scope.provider(tenant.id, None)) as session:
        due = {task.kind: task.due_on for task in authority_tasks(load_record(session, case_id))}
    # Tuesday 30 June: five working days before it is Tuesday 23, three is Thursday 25.
    assert due[TaskKind.NAME_REPRESENTATIVE] == dt.date(2026, 6, 23)
    assert due[TaskKind.UPLOAD_SUMMARY] == dt.date(2026, 6, 25)
