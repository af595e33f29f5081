"""What an authority must do: listed over its cases, gone when done, and nobody else's."""

from __future__ import annotations

import csv
import datetime as dt
import io
import uuid
from collections.abc import Callable
from typing import Any

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.audit.models import AuditEntry
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kept.authority_tasks import TASK_WORDS, Task, TaskKind
from tenants.casework.kept.keeping_tasks import task_id
from tenants.casework.kept.models import AuthorityTask
from tenants.casework.kinds import FactKind, Service
from tenants.worktrays.task_queries import TaskFilter, tasks_page
from tenants.worktrays.tray_filter import soon_until
from tests.factories import TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.agreements.makers import (
    agreed_case,
    sign_as_authority,
    sign_as_family,
    write_and_send,
)

pytestmark = pytest.mark.usefixtures("standing_clock")

DAY = dt.date(2026, 6, 1)
MEETING = dt.date(2026, 6, 24)
MEDIATES: tuple[tuple[FactKind, str | None], ...] = (
    (FactKind.MIAS_HELD, None),
    (FactKind.CHOICE_MADE, "mediate"),
    (FactKind.ADVISER_INFORMED_AUTHORITY, None),
)
Says = Callable[..., None]


@pytest.fixture
def tenant(app: Flask) -> Tenancy:
    return make_tenant(app)


@pytest.fixture
def officer(app: Flask, tenant: Tenancy) -> PageClient:
    return client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))


def say(tenant: Tenancy, case_id: uuid.UUID, kind: FactKind, **more: Any) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.add_fact(
            session, case_id, kind, more.pop("on", DAY), by=actor(), today=TODAY, **more
        )


def mediating(app: Flask, tenant: Tenancy) -> uuid.UUID:
    case_id, _ = make_case(app, tenant)
    for kind, value in MEDIATES:
        say(tenant, case_id, kind, value=value)
    return case_id


def to_do(tenant: Tenancy, case_id: uuid.UUID, today: dt.date = TODAY) -> list[TaskKind]:
    """As the authority's own role reads it."""
    with scoped(Scope.authority(tenant.id, None)) as session:
        rows = tasks_page(session, TaskFilter(), today=today, soon=soon_until(today), limit=100)
    return [row.kind for row in rows if row.case_id == case_id]


def day(name: str, on: dt.date) -> dict[str, str]:
    return {f"{name}-day": str(on.day), f"{name}-month": str(on.month), f"{name}-year": "2026"}


def links(client: PageClient, address: str = "/authority/to-do") -> dict[str, str]:
    """What is to be done, and where, as the list shows it."""
    assert client.get(address).status_code == 200
    return {
        a.text: a.get("href")
        for head in client.page.all("th")
        if head.get("scope") == "row"
        for a in head.all("a")
    }


def test_a_resolution_asks_for_the_answer_and_the_answer_takes_it_off(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    case_id, reference = make_case(
        app, tenant, service=Service.DISAGREEMENT_RESOLUTION, decision_type=None, notice_sent=None
    )
    assert links(officer) == {
        f"Answer whether to take part in case {reference}": (f"/authority/cases/{case_id}/consent")
    }
    done = officer.submit(f"/authority/cases/{case_id}/consent", {"answer": "no"})
    assert done.status_code == 302, done.text
    assert to_do(tenant, case_id) == []


def test_the_icb_is_told_and_dates_and_a_representative_are_asked_for(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    case_id = mediating(app, tenant)
    assert to_do(tenant, case_id) == [TaskKind.NAME_REPRESENTATIVE, TaskKind.OFFER_DATES]
    say(tenant, case_id, FactKind.HEALTH_TOLD_AUTHORITY)
    assert to_do(tenant, case_id)[0] is TaskKind.TELL_ICB
    case = f"/authority/cases/{case_id}"
    for act, fields, gone in (
        ("told-icb", day("on", TODAY), TaskKind.TELL_ICB),
        (
            "meetings/representative",
            {"name": "Sam Head", "role": "Head of SEN", "may_decide": "y"},
            TaskKind.NAME_REPRESENTATIVE,
        ),
        (
            "meetings/dates",
            {**day("first_on", MEETING), "first_time": "10:00"},
            TaskKind.OFFER_DATES,
        ),
    ):
        assert gone in to_do(tenant, case_id)
        sent = officer.submit(f"{case}/{act}", fields)
        assert sent.status_code == 302, sent.text
        assert gone not in to_do(tenant, case_id)
    assert to_do(tenant, case_id) == [], "whoever offers a date can come then"


def test_dates_offered_are_to_be_answered_until_the_last_of_them_is_over(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    case_id = mediating(app, tenant)
    offers = [{"id": "a", "on": MEETING.isoformat(), "time": "10:00"}]
    say(tenant, case_id, FactKind.DATES_OFFERED, detail={"offers": offers})
    assert TaskKind.ANSWER_DATES in to_do(tenant, case_id, MEETING)
    after = MEETING + dt.timedelta(days=1)
    assert TaskKind.ANSWER_DATES not in to_do(tenant, case_id, after)
    assert TaskKind.OFFER_DATES in to_do(tenant, case_id, after)
    sent = officer.submit(f"/authority/cases/{case_id}/meetings/answer", {"can": ["a"]})
    assert sent.status_code == 302, sent.text
    assert to_do(tenant, case_id) == [TaskKind.NAME_REPRESENTATIVE]


def test_a_summary_is_asked_for_once_a_meeting_is_fixed_and_until_it_is_there(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    case_id = mediating(app, tenant)
    assert TaskKind.UPLOAD_SUMMARY not in to_do(tenant, case_id)
    say(tenant, case_id, FactKind.MEETING_FIXED, detail={"meeting_on": MEETING.isoformat()})
    assert TaskKind.UPLOAD_SUMMARY in to_do(tenant, case_id)
    assert "Upload your summary" in officer.get(f"/authority/cases/{case_id}").text
    sent = officer.submit(
        f"/authority/cases/{case_id}/documents/new",
        {
            "kind": "summary",
            "file": (io.BytesIO(b"%PDF-1.7\n%%EOF\n"), "summary.pdf"),
            "audience": "authority",
        },
    )
    assert sent.status_code == 302, sent.text
    assert TaskKind.UPLOAD_SUMMARY not in to_do(tenant, case_id)
    say(tenant, case_id, FactKind.MEETING_CANCELLED, value="family")
    assert TaskKind.OFFER_DATES in to_do(tenant, case_id)


def test_a_signature_and_then_each_own_step_are_asked_for(app: Flask) -> None:
    agreed = agreed_case(app)
    assert to_do(agreed.tenant, agreed.case_id) == []
    write_and_send(agreed)
    assert to_do(agreed.tenant, agreed.case_id) == [TaskKind.SIGN]
    sign_as_authority(agreed)
    assert to_do(agreed.tenant, agreed.case_id) == []
    sign_as_family(agreed)
    # An assessment has two days: to tell the family, and the final plan.
    assert to_do(agreed.tenant, agreed.case_id) == [TaskKind.DO_STEP] * 2
    officer = agreed.authority
    assert isinstance(officer, PageClient)
    assert officer.get("/authority/to-do").status_code == 200
    assert "Tell the family that it will assess" in officer.page.text
    first = next(
        a.get("href") for a in officer.page.all("a") if a.text.startswith("Do the agreed step")
    )
    sent = officer.submit(first, {**day("on", TODAY), "evidence": "A letter"})
    assert sent.status_code == 302, sent.text
    assert to_do(agreed.tenant, agreed.case_id) == [TaskKind.DO_STEP]
    say(agreed.tenant, agreed.case_id, FactKind.CLOSED, on=TODAY)
    assert to_do(agreed.tenant, agreed.case_id) == []


def test_another_authority_sees_none_of_it(app: Flask, tenant: Tenancy) -> None:
    case_id = mediating(app, tenant)
    other = make_tenant(app)
    stranger = client_of(app, make_person(app, tenant=other, role=AuthorityRole.OFFICER))
    assert links(stranger) == {}
    assert "Nothing to do" in stranger.page.text
    with scoped(Scope.authority(other.id, None)) as session:
        assert session.scalar(sa.select(sa.func.count()).select_from(AuthorityTask)) == 0
    assert to_do(tenant, case_id) != []


def test_the_list_is_for_who_works_on_cases_and_its_file_for_who_may_export(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    finance = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.FINANCE))
    assert finance.get("/authority/to-do").status_code == 403
    assert officer.get("/authority/to-do.csv").status_code == 403


def test_the_list_is_counted_filtered_paged_and_kept(
    app: Flask, tenant: Tenancy, officer: PageClient
) -> None:
    late = mediating(app, tenant)
    say(tenant, late, FactKind.HEALTH_TOLD_AUTHORITY)
    for _ in range(13):
        mediating(app, tenant)
    assert len(links(officer)) == 25
    assert "1 to 25 of 29 things to do" in officer.page.text
    assert "Name a representative who may decide (14)" in officer.page.text
    assert len(links(officer, "/authority/to-do?page=2")) == 4
    only = links(officer, "/authority/to-do?task=tell_icb&task=nonsense")
    assert list(only.values()) == [f"/authority/cases/{late}/told-icb"]
    assert links(officer, "/authority/to-do?due=overdue") == only
    kept = officer.submit(
        "/authority/to-do?due=overdue", {"name": "Late"}, action="/authority/to-do/filters"
    )
    assert kept.status_code == 302
    assert officer.get("/authority/to-do").status_code == 200
    assert [a.get("href") for a in officer.page.all("a") if a.text == "Late"] == [
        "/authority/to-do?due=overdue"
    ]
    # The tray of cases counts and lists the same, by case.
    assert officer.get("/authority/?waiting_for=authority").status_code == 200
    assert "14 waiting for you" in officer.page.text
    assert "of 14 cases" in officer.page.text
    assert "You must act" not in officer.page.text, "a filter stands first"
    assert officer.get("/authority/").status_code == 200
    assert "Everything to do (29)" in officer.page.text


def test_the_list_leaves_as_a_file_without_a_name_and_its_taking_is_logged(
    app: Flask, tenant: Tenancy
) -> None:
    mediating(app, tenant)
    manager = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    response = manager.get("/authority/to-do.csv?task=offer_dates")
    assert response.status_code == 200
    rows = list(csv.DictReader(io.StringIO(response.text.lstrip("\ufeff"))))
    assert [row["what_to_do"] for row in rows] == [TASK_WORDS[TaskKind.OFFER_DATES]]
    assert rows[0]["due"] == "2026-07-01"
    assert "Example" not in response.text
    with scoped(Scope.all_cases(None)) as session:
        logged = session.scalars(
            sa.select(AuditEntry.detail).where(AuditEntry.tenant_id == tenant.id)
        ).all()
    assert {"tray": "authority-tasks", "rows": 1, "filter": {"task": ["offer_dates"]}} in logged


def test_a_task_is_kept_once(app: Flask, tenant: Tenancy) -> None:
    case_id = mediating(app, tenant)
    task = Task(TaskKind.OFFER_DATES)
    assert task_id(case_id, task) == task_id(case_id, Task(TaskKind.OFFER_DATES, due_on=DAY))
    say(tenant, case_id, FactKind.CHILD_HEARD, detail={"how": "In writing"})
    with scoped(Scope.provider(tenant.id, None)) as session:
        kinds = session.scalars(
            sa.select(AuthorityTask.kind).where(AuthorityTask.case_id == case_id)
        ).all()
    assert sorted(kinds) == ["name_representative", "offer_dates"]


def test_cases_of_an_older_release_are_derived_again_and_the_check_finds_what_is_wrong(
    app: Flask, tenant: Tenancy
) -> None:
    case_id = mediating(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(sa.delete(AuthorityTask).where(AuthorityTask.case_id == case_id))
    runner = app.test_cli_runner()
    check = ["cases", "derive", "--authority", tenant.slug, "--check"]
    found = runner.invoke(args=check)
    assert found.exit_code == 1
    assert f"case {case_id}: what the authority must do" in found.output
    done = runner.invoke(args=["cases", "derive", "--authority", tenant.slug])
    assert done.exit_code == 0, done.output
    assert "1 were written anew" in done.output
    assert to_do(tenant, case_id) == [TaskKind.NAME_REPRESENTATIVE, TaskKind.OFFER_DATES]
    again = runner.invoke(args=check)
    assert again.exit_code == 0, again.output
    assert runner.invoke(args=["cases", "derive", "--authority", "atlantis"]).exit_code == 2
