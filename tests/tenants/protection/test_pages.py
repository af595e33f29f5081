"""Keeping and erasing at the doors: the manager's day, and what the authority sees of it."""

from __future__ import annotations

import datetime as dt
import io

import pypdf
import pytest
import sqlalchemy as sa
from flask import Flask, current_app

from saas.audit.models import AuditEntry
from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from saas.identity.sessions import PROVEN_FOR, WebSession
from tenants.casework import actions as casework
from tenants.casework.kinds import FactKind
from tenants.papers.rounds import the_store
from tenants.protection.erasing import erase_of
from tenants.protection.models import CaseErasure, LegalHold
from tests.factories import (
    FOR_YEARS,
    TODAY,
    Someone,
    actor,
    client_of,
    make_case,
    make_person,
    make_tenant,
)
from tests.page_client import PageClient
from tests.tenants.agreements.makers import Agreed, agreed_case

pytestmark = pytest.mark.usefixtures("woken")
LATER = dt.datetime(2033, 6, 1, 9, tzinfo=dt.UTC)


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch, app: Flask) -> list[str]:
    """Years later; and what the page asks the worker to do."""
    asked: list[str] = []
    monkeypatch.setattr("saas.web.today.clock", lambda: LATER)
    monkeypatch.setitem(app.extensions, "wake_worker", asked.append)
    return asked


@pytest.fixture
def boss(app: Flask) -> Someone:
    return make_person(app, role=ProviderRole.MANAGER, name="Mo Manager")


@pytest.fixture
def manager(app: Flask, boss: Someone) -> PageClient:
    return client_of(app, boss)


@pytest.fixture
def closed(app: Flask) -> Agreed:
    made = agreed_case(app)
    with scoped(Scope.provider(made.tenant.id, None)) as session:
        casework.add_fact(session, made.case_id, FactKind.CLOSED, TODAY, by=actor(), today=TODAY)
    return made


def place_of(closed: Agreed) -> str:
    return f"/provider/{closed.tenant.slug}"


def erase(closed: Agreed) -> int:
    store = the_store(current_app.extensions["settings"]).storage
    return erase_of(closed.tenant.id, storage=store, at=LATER)


def test_the_case_page_of_both_sides_says_until_when_it_is_kept(
    closed: Agreed, manager: PageClient
) -> None:
    words = "Kept until Thursday 10 June 2032, 6 years after it closed"
    assert words in closed.provider.get(closed.case).text
    own = closed.authority.get(closed.own_case).text
    assert words in own and "Limitation Act 1980" in own
    rule = f"{place_of(closed)}/retention/rule"
    assert manager.submit(rule, {"years": "0", "reason": "x"}).status_code == 422
    assert manager.submit(rule, {"years": "3", "reason": ""}).status_code == 422
    assert manager.submit(rule, {"years": "3", "reason": "Clause 14.2"}).status_code == 302
    own = closed.authority.get(closed.own_case).text
    assert "Kept until Sunday 10 June 2029, 3 years after it closed" in own and "14.2" in own


def test_a_case_is_chosen_looked_at_once_more_erased_and_certified(
    app: Flask, closed: Agreed, manager: PageClient, woken: list[str]
) -> None:
    page = f"{place_of(closed)}/retention"
    assert closed.reference in manager.get(page).text
    token = next(
        one.get("value") for one in manager.page.all("input") if one.get("name") == "csrf_token"
    )
    fields = {"case": str(closed.case_id), "csrf_token": token}
    asked = manager.post(page, data=fields)
    assert asked.status_code == 200 and "Erase 1 case?" in asked.text
    assert "for good" in asked.text and woken == []
    done = manager.post(page, data={**fields, "checked": "go-on"})
    assert done.status_code == 302 and woken == ["erase_cases_that_are_due"]
    assert closed.reference not in manager.get(page).text
    waits = manager.get(f"{place_of(closed)}/erasures").text
    assert closed.reference in waits and "Within minutes" in waits
    # Nobody is asked twice.
    again = manager.post(page, data={**fields, "checked": "go-on"})
    assert again.status_code == 422 and "already" in again.text
    assert erase(closed) == 1
    log = manager.get(f"{place_of(closed)}/erasures").text
    assert closed.reference in log and "Certificate" in log
    auditor = client_of(app, make_person(app, tenant=closed.tenant, role=AuthorityRole.AUDITOR))
    own = auditor.get("/authority/data-protection").text
    assert closed.reference in own and "Certificate" in own
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        (erasure_id,) = session.scalars(
            sa.select(CaseErasure.id).where(CaseErasure.tenant_id == closed.tenant.id)
        )
    for paper in (
        manager.get(f"{place_of(closed)}/erasures/{erasure_id}/certificate.pdf"),
        auditor.get(f"/authority/data-protection/erasures/{erasure_id}.pdf"),
    ):
        assert paper.status_code == 200 and paper.content_type == "application/pdf"
        text = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(paper.data)).pages)
        assert closed.reference in text and "Mo Manager" in text and "Ada" not in text
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        trail = set(
            session.scalars(sa.select(AuditEntry.action).where(AuditEntry.subject_id == erasure_id))
        )
    assert {"erasure asked for", "case erased", "certificate of erasure downloaded"} <= trail


def test_what_is_to_be_erased_can_be_taken_back(closed: Agreed, manager: PageClient) -> None:
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        from tenants.protection.actions import ask_erasure

        (asked,) = ask_erasure(session, [closed.case_id], by=actor(), today=LATER.date())
        back = f"{place_of(closed)}/erasures/{asked.id}/taking-back"
    page = f"{place_of(closed)}/erasures"
    assert manager.submit(page, action=back).status_code == 302
    assert erase(closed) == 0
    assert closed.reference in manager.get(f"{place_of(closed)}/retention").text


def test_a_hold_is_placed_seen_and_lifted_and_its_reason_stays_here(
    closed: Agreed, manager: PageClient
) -> None:
    page = f"{closed.case}/keeping"
    assert manager.submit(page, {"reason": " "}).status_code == 422
    said = "The family wrote to the Ombudsman"
    assert manager.submit(page, {"reason": said}).status_code == 302
    assert said in manager.get(page).text
    own = closed.authority.get(closed.own_case).text
    assert "It is held" in own and said not in own
    listed = manager.get(f"{place_of(closed)}/retention").text
    assert "It is held" in listed
    assert f'value="{closed.case_id}"' not in listed
    with scoped(Scope.provider(closed.tenant.id, None)) as session:
        hold = session.scalars(
            sa.select(LegalHold.id).where(LegalHold.case_id == closed.case_id)
        ).one()
    lifting = f"{page}/{hold}/lifting"
    assert manager.submit(lifting, {"because": ""}).status_code == 422
    assert manager.submit(lifting, {"because": "It is answered"}).status_code == 302
    assert "It is answered" in manager.get(page).text
    assert "It is held" not in closed.authority.get(closed.own_case).text
    assert manager.submit(lifting, {"because": "Once more"}).status_code == 422


def test_the_authority_cannot_read_why_a_case_is_held(closed: Agreed) -> None:
    for column in ("reason", "placed_by_name", "lifted_because"):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            scoped(Scope.authority(closed.tenant.id, None)) as session,
        ):
            session.execute(sa.text(f"SELECT {column} FROM legal_hold"))


def test_the_password_is_asked_for_again_before_anything_is_erased(
    app: Flask, closed: Agreed, boss: Someone, manager: PageClient
) -> None:
    page = f"{place_of(closed)}/retention"
    manager.get(page)
    with scoped(Scope.identity()) as session:
        session.execute(
            sa.update(WebSession)
            .where(WebSession.person_id == boss.id)
            .values(seen_at=LATER + FOR_YEARS, proven_at=LATER - PROVEN_FOR * 2)
        )
    token = next(
        one.get("value") for one in manager.page.all("input") if one.get("name") == "csrf_token"
    )
    answer = manager.post(
        page, data={"case": str(closed.case_id), "csrf_token": token, "checked": "go-on"}
    )
    assert answer.status_code in (302, 303) and "confirm-it-is-you" in answer.headers["Location"]
    assert erase(closed) == 0


@pytest.mark.parametrize(
    "role", [ProviderRole.COORDINATOR, ProviderRole.ADMIN, ProviderRole.AUDITOR]
)
def test_who_does_not_answer_for_the_data_erases_and_holds_nothing(
    app: Flask, closed: Agreed, role: ProviderRole
) -> None:
    someone = client_of(app, make_person(app, role=role))
    for page in (
        f"{place_of(closed)}/retention",
        f"{place_of(closed)}/erasures",
        f"{closed.case}/keeping",
    ):
        assert someone.get(page).status_code == 403


def test_a_case_of_another_authority_is_not_found_and_nothing_is_a_mistake(
    app: Flask, closed: Agreed, manager: PageClient
) -> None:
    elsewhere, _ = make_case(app, make_tenant(app))
    page = f"{place_of(closed)}/retention"
    manager.get(page)
    token = next(
        one.get("value") for one in manager.page.all("input") if one.get("name") == "csrf_token"
    )
    send = {"csrf_token": token, "checked": "go-on"}
    assert manager.post(page, data={**send, "case": str(elsewhere)}).status_code == 404
    assert manager.post(page, data={**send, "case": "no id"}).status_code == 400
    assert manager.post(page, data=send).status_code == 422
