"""What comes near or has passed is told once, and again after each week that it stays undone."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.agreements import agreed_steps
from tenants.casework import actions
from tenants.casework.kept.authority_tasks import DaysBefore, TaskKind, authority_tasks
from tenants.casework.kinds import Choice, FactKind, Route, Service
from tenants.casework.record import CaseRecord, Fact
from tenants.casework.row_columns import NewStep
from tenants.notices import topics
from tenants.notices.models import CaseNotice
from tenants.notices.post import write_reminders
from tenants.notices.reminders import remind_steps
from tenants.papers.models import CaseDocument
from tests.factories import NOW, TODAY, actor, make_case, make_tenant
from tests.tenants.worktrays.test_this_week import meeting


@pytest.fixture
def app(fresh_app: Flask) -> Flask:
    """What is looked after goes over every authority of the database: here there are few."""
    return fresh_app


DAY = dt.timedelta(days=1)


def mediated(tenant: Tenancy, case_id: uuid.UUID) -> list[dt.date]:
    """An agreement of today with one step; its due dates."""
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session, case_id, on=TODAY, way="telephone", minutes=20,
            choice=Choice.MEDIATE, choice_on=TODAY, by=actor(), today=TODAY,
        )  # fmt: skip
        for kind, value, detail in (
            (FactKind.MEETING_FIXED, None, {"meeting_on": TODAY.isoformat()}),
            (FactKind.MEETING_HELD, None, {}),
            (FactKind.CONCLUDED, "full", {}),
        ):
            actions.add_fact(
                session, case_id, kind, TODAY,
                value=value, detail=detail, by=actor(), today=TODAY,
            )  # fmt: skip
        steps = agreed_steps.record_agreement(
            session, case_id, on=TODAY, steps=(NewStep(kind="school_only", wording="Name it"),),
            by=actor(), today=TODAY,
        )  # fmt: skip
        return [step.due_on for step in steps]


def written(tenant: Tenancy) -> list[str]:
    """The events of the reminders, in order."""
    with scoped(Scope.worker(tenant.id)) as session:
        return list(
            session.scalars(
                sa.select(CaseNotice.event)
                .where(CaseNotice.tenant_id == tenant.id, CaseNotice.once_key.is_not(None))
                .order_by(CaseNotice.caused_at, CaseNotice.event)
            )
        )


def at(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(6, 30), dt.UTC)


@pytest.fixture
def tenant(fresh_app: Flask) -> Tenancy:
    return make_tenant(fresh_app)


def steps_told(tenant: Tenancy, today: dt.date) -> int:
    """How many steps are newly told of on a day."""
    with scoped(Scope.worker(tenant.id)) as session:
        return remind_steps(session, today=today, at=at(today))


def test_a_step_is_told_of_when_it_is_near_and_each_week_that_it_is_late(
    fresh_app: Flask, tenant: Tenancy
) -> None:
    case_id, _ = make_case(fresh_app, tenant)
    (due,) = mediated(tenant, case_id)
    assert steps_told(tenant, due - 8 * DAY) == 0
    assert steps_told(tenant, due - 7 * DAY) == 1
    # However often the day's work is done, and on the days between.
    for day in range(-7, 1):
        assert steps_told(tenant, due + day * DAY) == 0
    assert steps_told(tenant, due + DAY) == 1
    assert steps_told(tenant, due + 6 * DAY) == 0
    assert steps_told(tenant, due + 7 * DAY) == 1
    assert written(tenant) == ["step_due_soon", "step_overdue", "step_overdue"]


def test_a_step_that_is_done_is_not_told_of(fresh_app: Flask, tenant: Tenancy) -> None:
    case_id, _ = make_case(fresh_app, tenant)
    (due,) = mediated(tenant, case_id)
    with scoped(Scope.worker(tenant.id)) as session:
        (step,) = session.scalars(sa.text("SELECT id FROM agreed_step"))
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(
            sa.text("UPDATE agreed_step SET done_on = :on WHERE id = :id"),
            {"on": TODAY, "id": step},
        )
    assert steps_told(tenant, due) == 0
    assert steps_told(tenant, due + 3 * DAY) == 0


def test_a_certificate_is_told_of_the_day_before_it_is_due_and_when_it_is_late(
    fresh_app: Flask, tenant: Tenancy
) -> None:
    case_id, _ = make_case(fresh_app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        # K2: three working days after Wednesday 10 June are Monday 15 June.
        actions.record_mias(
            session, case_id, on=TODAY, way="telephone", minutes=20,
            choice=Choice.DECLINE, choice_on=TODAY, by=actor(), today=TODAY,
        )  # fmt: skip
    assert write_reminders(at=NOW) == 0
    assert write_reminders(at=at(dt.date(2026, 6, 12))) == 1
    assert write_reminders(at=at(dt.date(2026, 6, 15))) == 0
    assert write_reminders(at=at(dt.date(2026, 6, 16))) == 1
    assert written(tenant) == ["certificate_at_risk", "certificate_at_risk"]


def test_the_authority_is_reminded_of_what_it_must_do(app: Flask) -> None:
    """K3 and its representative before the day; an answer and a signature week by week."""
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.record_mias(
            session, case_id, on=TODAY, way="telephone", minutes=20,
            choice=Choice.MEDIATE, choice_on=TODAY, by=actor(), today=TODAY,
        )  # fmt: skip
        for kind in (FactKind.ADVISER_INFORMED_AUTHORITY, FactKind.HEALTH_TOLD_AUTHORITY):
            actions.add_fact(session, case_id, kind, TODAY, by=actor(), today=TODAY)
    # K3: three working days from Wednesday 10 June, so Monday 15 June.
    write_reminders(at=NOW)
    assert topics.TASK_DUE_SOON not in written(tenant)
    write_reminders(at=NOW + DAY)
    write_reminders(at=NOW + 2 * DAY)
    assert written(tenant).count(topics.TASK_DUE_SOON) == 1
    write_reminders(at=NOW + 6 * DAY)
    assert written(tenant).count(topics.TASK_WAITS) == 1


def test_an_answer_without_a_day_is_asked_for_again_after_each_week(app: Flask) -> None:
    tenant = make_tenant(app)
    make_case(
        app, tenant, service=Service.DISAGREEMENT_RESOLUTION, decision_type=None,
        notice_sent=None, opened_on=TODAY,
    )  # fmt: skip
    counts = []
    for days in (0, 6, 7, 8, 14):
        write_reminders(at=NOW + days * DAY)
        counts.append(written(tenant).count(topics.TASK_WAITS))
    assert counts == [0, 0, 1, 1, 2]


def test_a_summary_that_is_there_is_not_asked_for(app: Flask) -> None:
    """Point 17: three working days before the meeting, unless it was uploaded."""
    counts = []
    for uploaded in (False, True):
        tenant = make_tenant(app)
        case_id, _ = meeting(app, tenant, TODAY + 8 * DAY, named=True)
        if uploaded:
            with scoped(Scope.provider(tenant.id, None)) as session:
                session.add(
                    CaseDocument(
                        tenant_id=tenant.id,
                        id=uuid.uuid4(),
                        case_id=case_id,
                        kind="summary",
                        side="authority",
                        audience="authority",
                        media_type="application/pdf",
                        size=1,
                        sha256="0" * 64,
                        storage_key="none",
                        uploaded_at=NOW,
                        uploaded_by_name="Sam",
                        scan_result="clean",
                    )
                )
        for days in range(7):
            write_reminders(at=NOW + days * DAY)
        counts.append(written(tenant).count(topics.TASK_DUE_SOON))
    assert counts == [1, 0]


def test_how_long_before_is_a_setting() -> None:
    before = DaysBefore(representative=10, summary=1)
    record = CaseRecord(Service.MEDIATION, Route.PARENT, dt.date(2026, 5, 5), decision_type="RTA")
    for kind, value, detail in (
        (FactKind.MIAS_HELD, None, {}),
        (FactKind.CHOICE_MADE, Choice.MEDIATE.value, {}),
        (FactKind.ADVISER_INFORMED_AUTHORITY, None, {}),
        (FactKind.MEETING_FIXED, None, {"meeting_on": "2026-06-24"}),
    ):
        record.facts.append(Fact(uuid.uuid4(), kind, dt.date(2026, 5, 6), value, detail))
    due = {task.kind: task.due_on for task in authority_tasks(record, before)}
    assert due[TaskKind.NAME_REPRESENTATIVE] == dt.date(2026, 6, 10)
    assert due[TaskKind.UPLOAD_SUMMARY] == dt.date(2026, 6, 23)
