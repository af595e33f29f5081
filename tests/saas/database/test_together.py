"""Questions that are asked together are answered as each is alone."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.database.together import Question, together
from tenants.casework.actions import open_case
from tenants.casework.models import CaseFact, CaseParty, Child, SenCase
from tests.factories import TODAY, actor, make_tenant, referral
from tests.walls.statements import recorded

QUESTIONS: dict[str, Question] = {
    "cases": sa.select(
        SenCase.id, SenCase.reference, SenCase.opened_on, SenCase.sections, SenCase.health_issue
    ).order_by(SenCase.reference.desc()),
    "children": sa.select(Child.given_name, Child.date_of_birth, Child.upn).order_by(Child.id),
    "facts": sa.select(CaseFact.recorded_at, CaseFact.detail, CaseFact.value).order_by(CaseFact.id),
    "nobody": sa.select(CaseParty.id).where(sa.false()),
    "counted": sa.select(sa.func.count().label("number")).select_from(CaseParty),
}


@pytest.fixture(name="scope")
def two_cases(app: Flask) -> Scope:
    tenant = make_tenant(app)
    scope = Scope.provider(tenant.id, None)
    with scoped(scope) as session:
        for _ in range(2):
            open_case(session, referral(), by=actor(), today=TODAY)
    return scope


def test_each_answer_is_the_one_that_is_given_alone(scope: Scope) -> None:
    with scoped(scope) as session:
        with recorded() as sent:
            found = together(session, QUESTIONS)
        assert len(sent) == 1
        for name, question in QUESTIONS.items():
            alone = session.execute(question).all()
            assert [tuple(row) for row in found[name]] == [tuple(row) for row in alone]
            assert [row._fields for row in found[name]] == [row._fields for row in alone]
    assert len(found["cases"]) == 2 and isinstance(found["facts"][0].recorded_at, dt.datetime)
    assert found["nobody"] == [] and found["counted"][0].number > 0


def test_the_walls_hold_in_each_of_them(app: Flask, scope: Scope) -> None:
    for other in (Scope.provider(make_tenant(app).id, None), Scope.worker(make_tenant(app).id)):
        with scoped(other) as session:
            found = together(session, {"cases": sa.select(SenCase.id)})
        assert found == {"cases": []}


def test_what_json_would_change_is_refused(scope: Scope) -> None:
    tenth = sa.select(sa.cast(sa.literal("0.1"), sa.Numeric).label("tenth"))
    with scoped(scope) as session, pytest.raises(TypeError, match="not brought back"):
        together(session, {"tenth": tenth})


def test_nothing_asked_asks_nothing(scope: Scope) -> None:
    with scoped(scope) as session, recorded() as sent:
        assert together(session, {}) == {}
    assert sent == []
