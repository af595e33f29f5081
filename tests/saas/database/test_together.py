"""Questions that are asked together are answered as each is alone."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.database.together import OF, Question, Together
from tenants.casework.actions import open_case
from tenants.casework.models import CaseFact, CaseNote, CaseParty, Child, SenCase
from tests.factories import NOW, TODAY, actor, make_tenant, referral
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
            found = Together(QUESTIONS).ask(session)
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
            found = Together({"cases": sa.select(SenCase.id)}).ask(session)
        assert found == {"cases": []}


def test_what_json_would_change_is_refused() -> None:
    tenth = sa.select(sa.cast(sa.literal("0.1"), sa.Numeric).label("tenth"))
    with pytest.raises(TypeError, match="not brought back"):
        Together({"tenth": tenth})


def test_nothing_asked_asks_nothing(scope: Scope) -> None:
    with scoped(scope) as session, recorded() as sent:
        assert Together({}).ask(session) == {}
    assert sent == []


def test_what_was_put_together_is_asked_with_other_values_each_time(scope: Scope) -> None:
    parties = sa.select(CaseParty.name).where(CaseParty.case_id == OF)
    facts = sa.select(CaseFact.kind).where(
        CaseFact.case_id == OF, CaseFact.kind.in_(["no such kind", "authority_notice_sent"])
    )
    asked = Together({"parties": parties, "facts": facts})
    with scoped(scope) as session:
        ids = session.scalars(sa.select(SenCase.id)).all()
        for case_id in ids:
            found = asked.ask(session, of=case_id)
            for name, question in (("parties", parties), ("facts", facts)):
                alone = session.execute(question, {"of": case_id}).all()
                assert [tuple(row) for row in found[name]] == [tuple(row) for row in alone]
            assert found["parties"]
        with pytest.raises(TypeError, match="no value for of"):
            asked.ask(session)


def test_what_was_written_in_the_transaction_is_read(scope: Scope) -> None:
    asked = Together({"notes": sa.select(CaseNote.text).where(CaseNote.case_id == OF)})
    with scoped(scope) as session:
        case_id = session.scalars(sa.select(SenCase.id).limit(1)).one()
        session.add(
            CaseNote(
                tenant_id=session.tenant, case_id=case_id, audience="provider", text="A note",
                written_at=NOW, written_by_name="Sam",
            )
        )  # fmt: skip
        assert [note.text for note in asked.ask(session, of=case_id)["notes"]] == ["A note"]


def test_a_list_of_any_length_is_refused_and_not_read_as_none(scope: Scope) -> None:
    stages = sa.bindparam("references", expanding=True, type_=sa.Text)
    together = Together({"some": sa.select(SenCase.id).where(SenCase.reference.in_(stages))})
    with scoped(scope) as session, pytest.raises(TypeError, match="each time: references"):
        together.ask(session, references=["AAA-2026-0001"])
