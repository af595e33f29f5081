"""Steps with two ways, steps that the Regulations do not date, and what an authority takes back."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.casework.models import AgreedStep, CaseFact
from tests.factories import TODAY, actor, client_of, make_person
from tests.tenants.agreements.makers import (
    Agreed,
    agreed_case,
    sign_as_authority,
    sign_as_family,
    write_and_send,
)
from tests.tenants.agreements.test_steps import OWN_DATE, signed_case

pytestmark = pytest.mark.usefixtures("standing_clock")
DONE = {"on-day": "10", "on-month": "6", "on-year": "2026"}


def steps_of(agreed: Agreed) -> dict[str | None, AgreedStep]:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        rows = session.scalars(
            sa.select(AgreedStep)
            .where(AgreedStep.case_id == agreed.case_id)
            .order_by(AgreedStep.due_on)
        ).all()
        session.expunge_all()
        return {row.part: row for row in rows}


def done_page(agreed: Agreed, step: AgreedStep) -> str:
    return f"{agreed.own_case}/steps/{step.id}/done"


def timeline_link(agreed: Agreed) -> str:
    links = [one.get("href") for one in agreed.authority.page.all("a")]
    return next(link for link in links if link.endswith("/take-back"))


def facts_done(agreed: Agreed) -> list[CaseFact]:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        rows = session.scalars(
            sa.select(CaseFact).where(
                CaseFact.case_id == agreed.case_id, CaseFact.kind == FactKind.STEP_DONE.value
            )
        ).all()
        session.expunge_all()
        return list(rows)


def test_final_plan_or_no_plan_one_of_them_ends_both(app: Flask) -> None:
    agreed = agreed_case(app)
    write_and_send(agreed, kind="assess")
    page = agreed.family.get(f"{agreed.family_page}agreement").text
    assert " or " in page, "the agreement says that they are alternatives"
    sign_as_family(agreed)
    sign_as_authority(agreed)
    steps = steps_of(agreed)
    assert set(steps) == {"tell", "final_plan"}
    form = agreed.authority.get(done_page(agreed, steps["final_plan"]))
    assert 'value="no_plan"' in form.text and 'value="final_plan"' in form.text
    refused = agreed.authority.submit(done_page(agreed, steps["final_plan"]), DONE)
    assert refused.status_code == 422, "which of the two was done is asked"
    done = agreed.authority.submit(
        done_page(agreed, steps["final_plan"]), {**DONE, "part": "no_plan"}
    )
    assert done.status_code == 302, done.text
    assert facts_done(agreed)[0].detail["part"] == "no_plan"


def test_a_step_of_the_family_or_the_school_has_the_date_that_was_agreed(app: Flask) -> None:
    agreed = agreed_case(app)
    page = f"{agreed.case}/agreement"
    agreed.provider.submit(page, {"wording": "We agreed."}, action=page)
    step = {"wording": "The school sends its reviews", "responsible": "school", "kind": "other"}
    refused = agreed.provider.submit(f"{page}/steps/new", step)
    assert refused.status_code == 422
    assert "give each step of the family, the school or somebody else the date" in refused.text
    added = agreed.provider.submit(f"{page}/steps/new", {**step, **OWN_DATE})
    assert added.status_code == 302, added.text


def test_an_authority_takes_back_its_own_step_and_nobody_elses(app: Flask) -> None:
    agreed = signed_case(app)
    (step,) = steps_of(agreed).values()
    agreed.authority.submit(done_page(agreed, step), DONE)
    assert steps_of(agreed)[step.part].done_on == dt.date(2026, 6, 10)
    agreed.authority.get(agreed.own_case)
    link = timeline_link(agreed)
    colleague = client_of(
        app, make_person(app, tenant=agreed.tenant, role=AuthorityRole.OFFICER, name="Another")
    )
    assert colleague.get(link).status_code == 302, "only whoever said it takes it back"
    refused = agreed.authority.submit(link, {"reason": ""})
    assert refused.status_code == 422
    taken = agreed.authority.submit(link, {"reason": "It was another child's"})
    assert taken.status_code == 302, taken.text
    assert steps_of(agreed)[step.part].done_on is None
    assert len(facts_done(agreed)) == 2, "what was said stays on the record"
    assert agreed.authority.get(link).status_code == 302, "it is taken back already"


def test_nothing_is_taken_back_after_the_case_was_closed(app: Flask) -> None:
    agreed = signed_case(app)
    (step,) = steps_of(agreed).values()
    agreed.authority.submit(done_page(agreed, step), DONE)
    agreed.authority.get(agreed.own_case)
    link = timeline_link(agreed)
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        actions.add_fact(session, agreed.case_id, FactKind.CLOSED, TODAY, by=actor(), today=TODAY)
    assert agreed.authority.get(link).status_code == 302
