"""Meetings through the family's door, and of facilitation."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import LoginRole, Scope, scoped
from tenants.casework import actions as casework
from tenants.casework.kinds import FactKind, Service
from tests.factories import (
    TODAY,
    actor,
    make_case,
)
from tests.page_client import PageClient
from tests.tenants.access_links.test_family_links import make_family_link
from tests.tenants.mediation.arranged_case import HELD, Case, day

pytestmark = pytest.mark.usefixtures("standing_clock")


def test_a_facilitated_meeting_is_arranged_without_outcome_words(app: Flask, case: Case) -> None:
    case_id, _ = make_case(
        app,
        case.tenant,
        service=Service.FACILITATION,
        decision_type=None,
        notice_sent=None,
    )
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        casework.add_fact(
            session,
            case_id,
            FactKind.CONSENT_GIVEN,
            TODAY,
            value="family",
            by=actor(),
            today=TODAY,
        )
    case.id = case_id
    assert "Appoint a facilitator" in case.provider.get(case.meetings).text
    case.does("appointment", person=str(case.mediator.id))
    case.does("held", **HELD)
    case.does("outcome", words="Action points are shared")
    assert case.facts(FactKind.CONCLUDED)[0].value is None


def test_a_family_answers_the_dates_by_its_personal_link(app: Flask, case: Case) -> None:
    case.does("authority-told", **day("adviser_on", TODAY))
    case.does("appointment", person=str(case.mediator.id))
    path = f"/family/{make_family_link(app, case.tenant, case.id)}"
    family = app.test_client()
    assert isinstance(family, PageClient)
    assert family.get(f"{path}/dates").location == f"{path}/"
    case.does("dates", **day("first_on", dt.date(2026, 6, 18)), first_time="10:00")
    (offer,) = case.facts(FactKind.DATES_OFFERED)[0].detail["offers"]
    assert "Say which dates suit you" in family.get(f"{path}/").text
    response = family.submit(f"{path}/dates", {"can": [offer["id"]]})
    assert response.status_code == 302, response.text
    (answered,) = case.facts(FactKind.DATES_ANSWERED)
    assert (answered.value, answered.detail["can"]) == ("family", [offer["id"]])
    assert "Say which dates suit you" not in family.get(f"{path}/").text
    assert "Suits" in case.provider.get(case.meetings).text
    case.does("answers", side="authority", can=[offer["id"]])
    assert case.position() == ("Fix a date", "provider")


@pytest.mark.parametrize(
    "changes",
    [
        {"value": "authority"},
        {"kind": "choice_made"},
        {"audience": "authority"},
        {"recorded_by": uuid.UUID(int=9)},
        {"other": True},
    ],
    ids=str,
)
def test_the_familys_role_says_nothing_but_its_own_answer(
    app: Flask, case: Case, changes: dict[str, object]
) -> None:
    other, _ = make_case(app, case.tenant)
    row = {
        "tenant": case.tenant.id,
        "case": other if changes.pop("other", False) else case.id,
        "kind": "dates_answered",
        "value": "family",
        "audience": "parties",
        "recorded_by": None,
        **changes,
    }
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope(LoginRole.FAMILY, case.tenant.id, case.id)) as session,
    ):
        session.execute(
            sa.text(
                "INSERT INTO case_fact (tenant_id, id, case_id, kind, on_date, value, detail,"
                " audience, recorded_at, recorded_by, recorded_by_name, retracted)"
                " VALUES (:tenant, gen_random_uuid(), :case, :kind, '2026-06-10', :value, '{}',"
                " :audience, now(), :recorded_by, 'Jo', false)"
            ),
            row,
        )
