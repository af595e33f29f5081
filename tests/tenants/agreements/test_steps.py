"""Agreed steps: done by whose they are, and listed while they are not."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.casework import actions
from tenants.casework.kinds import FactKind
from tenants.casework.models import AgreedStep
from tenants.casework.queries import load_record
from tenants.casework.reported_facts import taking_in
from tenants.casework.row_columns import Actor
from tests.factories import NOW, TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.tenants.agreements.makers import (
    Agreed,
    agreed_case,
    sign_as_authority,
    sign_as_family,
    write_and_send,
)

pytestmark = pytest.mark.usefixtures("standing_clock")

LATER = NOW + dt.timedelta(days=30)


# Whom the Regulations do not bind has a date of its own.
OWN_DATE = {"due_on-day": "30", "due_on-month": "6", "due_on-year": "2026"}


def signed_case(app: Flask, tenant: Tenancy | None = None, /, **step: str) -> Agreed:
    agreed = agreed_case(app, tenant=tenant)
    write_and_send(agreed, **{"kind": "school_only", **step})
    sign_as_family(agreed)
    sign_as_authority(agreed)
    return agreed


def the_step(agreed: Agreed) -> AgreedStep:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        step = session.scalars(
            sa.select(AgreedStep).where(AgreedStep.case_id == agreed.case_id)
        ).one()
        session.expunge_all()
        return step


DONE = {"on-day": "10", "on-month": "6", "on-year": "2026", "evidence": "Letter of today"}


def test_an_authority_records_its_own_step_and_everyone_sees_it(app: Flask) -> None:
    agreed = signed_case(app)
    listed = agreed.authority.get("/authority/steps?view=ahead").text
    assert agreed.reference in listed
    address = f"{agreed.own_case}/steps/{the_step(agreed).id}/done"
    response = agreed.authority.submit(address, DONE)
    assert response.status_code == 302, response.text
    assert the_step(agreed).done_on == dt.date(2026, 6, 10)
    told = agreed.family.get(agreed.family_page).text
    assert ">done</span>" in told and "Wednesday 10 June 2026" in told
    assert "done in time" in agreed.provider.get(agreed.case).text
    assert agreed.reference not in agreed.authority.get("/authority/steps?view=ahead").text
    again = agreed.authority.submit(address, DONE)
    assert again.status_code == 422, "done once"


def test_an_authority_records_no_step_of_the_family_or_of_another_authority(app: Flask) -> None:
    agreed = signed_case(app, responsible="family", who="Jo", **OWN_DATE)
    stranger = client_of(app, make_person(app, tenant=make_tenant(app), role=AuthorityRole.OFFICER))
    address = f"{agreed.own_case}/steps/{the_step(agreed).id}/done"
    assert agreed.authority.get(address).status_code == 404
    assert stranger.get(address).status_code == 404
    assert the_step(agreed).done_on is None
    assert "Done" not in agreed.authority.get("/authority/steps?view=ahead").text.split("<table")[1]


def test_a_fact_of_an_authority_marks_no_step_of_another_side(app: Flask) -> None:
    """Even where the authority's role itself adds the fact, past the page."""
    agreed = signed_case(app, responsible="family", who="Jo", **OWN_DATE)
    step = the_step(agreed)
    officer = make_person(app, tenant=agreed.tenant, role=AuthorityRole.OFFICER)
    with scoped(Scope.authority(agreed.tenant.id, officer.id)) as session:
        actions.add_fact(
            session,
            agreed.case_id,
            FactKind.STEP_DONE,
            dt.date(2026, 6, 10),
            value="school_only",
            detail={"step_id": str(step.id)},
            by=Actor(officer.id, officer.name, NOW),
            today=dt.date(2026, 6, 10),
        )
    taking_in.take_in_case(agreed.tenant.id, agreed.case_id)
    assert the_step(agreed).done_on is None


def test_overdue_steps_are_listed_across_authorities_to_whom_they_concern(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second = signed_case(app), signed_case(app)
    mediator = client_of(app, make_person(app, role=ProviderRole.MEDIATOR))
    monkeypatch.setattr("saas.web.today.clock", lambda: LATER)
    page = first.provider.get("/provider/steps").text
    assert first.reference in page
    assert second.reference in page
    assert "overdue by" not in page, "red is only what is one's own"
    assert not re.search(r"Example\d|Jo Example", page.split("<table")[1]), "no name of a family"
    own = first.authority.get("/authority/steps").text
    assert first.reference in own and "overdue by" in own
    assert second.reference not in own
    assert first.reference not in mediator.get("/provider/steps").text
    address = f"{first.case}/steps/{the_step(first).id}/done"
    response = first.provider.submit(
        address, {"on-day": "1", "on-month": "7", "on-year": "2026", "evidence": ""}
    )
    assert response.status_code == 302, response.text
    assert first.reference not in first.provider.get("/provider/steps").text
    assert "late" in first.family.get(first.family_page).text


def test_what_others_left_undone_is_not_counted_as_the_authoritys(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Point 18: the tray, the list of what to do, the steps and both files agree."""
    tenant = make_tenant(app)
    own = signed_case(app, tenant)
    others = signed_case(
        app, tenant, responsible="family", who="Jo", **{**OWN_DATE, "due_on-month": "6"}
    )
    monkeypatch.setattr("saas.web.today.clock", lambda: LATER + dt.timedelta(days=14))
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.MANAGER))
    steps = officer.get("/authority/steps").text
    assert own.reference in steps and others.reference not in steps
    assert "Yours, overdue (1)" in steps and "Others’, overdue (1)" in steps
    theirs = officer.get("/authority/steps?view=others-overdue").text
    assert others.reference in theirs and "overdue by" not in theirs
    asked = "due=overdue&task=do_step"
    todo = officer.get(f"/authority/to-do?{asked}").text
    assert own.reference in todo and others.reference not in todo
    for file in (f"/authority/to-do.csv?{asked}", "/authority/cases.csv?due=overdue"):
        text = officer.get(file).text.removeprefix("\ufeff")
        assert [row["reference"] for row in csv.DictReader(io.StringIO(text))] == [own.reference]
    tray = " ".join(re.sub("<[^>]+>", " ", officer.get("/authority/").text).split())
    assert "1 overdue" in tray


def test_a_step_of_a_closed_case_is_followed_no_more(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    agreed = signed_case(app)
    monkeypatch.setattr("saas.web.today.clock", lambda: LATER)
    assert agreed.reference in agreed.authority.get("/authority/steps").text
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        actions.add_fact(
            session, agreed.case_id, FactKind.CLOSED, LATER.date(), by=actor(), today=LATER.date()
        )
    page = agreed.authority.get("/authority/steps").text
    assert agreed.reference not in page
    assert "Yours, overdue (0)" in page


def test_a_step_that_was_not_done_after_all_is_open_again(app: Flask) -> None:
    agreed = signed_case(app)
    step = the_step(agreed)
    agreed.provider.submit(f"{agreed.case}/steps/{step.id}/done", DONE)
    assert the_step(agreed).done_on == dt.date(2026, 6, 10)
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        record = load_record(session, agreed.case_id)
        done = record.last(FactKind.STEP_DONE)
        assert done is not None
        actions.correct_fact(
            session,
            agreed.case_id,
            done.id,
            on=done.on,
            value=None,
            reason="The letter was another case's",
            retract=True,
            by=actor(),
            today=TODAY,
        )
    assert the_step(agreed).done_on is None
    assert agreed.reference in agreed.authority.get("/authority/steps?view=ahead").text


def test_lists_of_steps_without_any_say_so(app: Flask) -> None:
    tenant = make_tenant(app)
    make_case(app, tenant)
    officer = client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER))
    assert "You have no overdue step" in officer.get("/authority/steps").text
    assert "No step is to come" in officer.get("/authority/steps?view=ahead").text
