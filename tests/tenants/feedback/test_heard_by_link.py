"""What families and others who met say by a page of their own: how it was, a complaint, a step."""

from __future__ import annotations

import datetime as dt
import uuid

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import ProviderRole
from saas.identity.signed_in import Tenancy
from tenants.access_links.links import insert_link
from tenants.access_links.participant_models import ParticipantLink
from tenants.agreements.step_reports import StepReport
from tenants.casework import actions
from tenants.casework.kinds import FactKind, Side
from tenants.casework.models import AgreedStep, CaseParty
from tenants.feedback.asking import ask_for_feedback
from tenants.feedback.models import Complaint, Evaluation
from tenants.notices.models import CaseNotice
from tests.factories import NOW, TODAY, actor, client_of, make_case, make_person, make_tenant
from tests.page_client import PageClient
from tests.tenants.agreements.makers import HELD, Agreed, agreed_case

pytestmark = pytest.mark.usefixtures("standing_clock")

MEETING = {
    "meeting_on": "2026-07-09", "uid": "meeting-1-x", "sequence": 0, "service": "mediation",
    "starts_at": "10:00", "minutes": None, "place": "Town Hall", "video": "", "cancelled": False,
}  # fmt: skip


@pytest.fixture
def agreed(app: Flask) -> Agreed:
    return agreed_case(app)


def evaluations(agreed: Agreed) -> list[Evaluation]:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        found = session.scalars(
            sa.select(Evaluation).where(Evaluation.case_id == agreed.case_id)
        ).all()
        for one in found:
            session.expunge(one)
        return list(found)


def test_a_family_answers_once_and_may_take_back_that_it_is_quoted(agreed: Agreed) -> None:
    page = f"{agreed.family_page}feedback"
    assert "Tell us how your meeting was" in agreed.family.get(agreed.family_page).text
    sent = agreed.family.submit(page, {"rating": "4", "comment": "We were heard", "may_quote": "y"})
    assert sent.status_code == 302
    (given,) = evaluations(agreed)
    assert (given.rating, given.may_quote, given.meeting_on) == (4, True, HELD)
    assert given.recorded_by is None
    assert "We were heard" in agreed.family.get(page).text
    agreed.family.post(
        page, data={"quote": "no", "csrf_token": agreed.family.page.all("input")[0].get("value")}
    )
    (given,) = evaluations(agreed)
    assert (given.may_quote, given.quote_withdrawn_at) == (False, NOW)
    assert "Tell us how your meeting was" not in agreed.family.get(agreed.family_page).text


def test_consent_to_quote_needs_words(agreed: Agreed) -> None:
    page = f"{agreed.family_page}feedback"
    refused = agreed.family.submit(page, {"rating": "4", "may_quote": "y"})
    assert "There are no words to quote" in refused.text
    assert evaluations(agreed) == []


def test_an_officer_answers_and_reads_no_answer_back(agreed: Agreed) -> None:
    page = f"{agreed.own_case}/feedback"
    assert agreed.authority.submit(page, {"rating": "2", "comment": "Too long"}).status_code == 302
    (given,) = evaluations(agreed)
    assert (given.participant, given.rating) == ("authority", 2)
    assert "Too long" not in agreed.authority.get(page).text
    agreed.family.submit(f"{agreed.family_page}feedback", {"rating": "5", "comment": "Family's"})
    assert "Family&#39;s" not in agreed.authority.get(page).text


def test_everybody_who_met_is_asked_once_from_the_day_after(agreed: Agreed) -> None:
    def asked(today: dt.date) -> int:
        with scoped(Scope.worker(agreed.tenant.id)) as session:
            return ask_for_feedback(session, today=today, at=NOW)

    assert asked(HELD) == 0
    assert asked(HELD + dt.timedelta(days=1)) == 1
    assert asked(HELD + dt.timedelta(days=2)) == 0
    with scoped(Scope.worker(agreed.tenant.id)) as session:
        notice = session.scalars(
            sa.select(CaseNotice).where(CaseNotice.event == "feedback_asked",
                                        CaseNotice.case_id == agreed.case_id)
        ).one()  # fmt: skip
        assert notice.detail == {"held_on": HELD.isoformat()}


def school_link(app: Flask, tenant: Tenancy, *, held: bool) -> tuple[PageClient, str, uuid.UUID]:
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        party = CaseParty(
            tenant_id=tenant.id, case_id=case_id, side=Side.SCHOOL.value, name="Head Example",
            relation="School", email="head@school.example", telephone=None, postcode=None,
            preferred_communication=None, adjustments=None, interpreter=None,
        )  # fmt: skip
        session.add(party)
        session.flush()
        party_id = party.id
    with scoped(Scope.worker(tenant.id)) as session:
        token = insert_link(
            session, ParticipantLink, by="The service", at=NOW, lasts=dt.timedelta(days=30),
            message_id=None, case_id=case_id, party_id=party_id, reference="AAA-2026-0001",
            meeting=MEETING, held_on=HELD if held else None,
        ).token  # fmt: skip
    client = app.test_client()
    assert isinstance(client, PageClient)
    return client, f"/with/{token}/", case_id


def test_a_school_sees_when_and_where_and_nothing_else(app: Flask) -> None:
    school, page, _ = school_link(app, make_tenant(app), held=False)
    shown = school.get(page)
    assert "Thursday 9 July 2026" in shown.text and "Town Hall" in shown.text
    assert shown.headers["Referrer-Policy"] == "no-referrer"
    for never in ("appeal", "certificate", "Sam", "Head Example"):
        assert never not in shown.text
    file = school.get(f"{page}meeting.ics")
    assert b"SUMMARY:Mediation meeting" in file.data and b"URL" not in file.data


def test_a_school_answers_over_https_without_a_referer(app: Flask) -> None:
    school, page, case_id = school_link(app, make_tenant(app), held=True)
    school.get(page, base_url="https://localhost")
    token = next(o for o in school.page.all("input") if o.get("name") == "csrf_token").get("value")
    sent = school.post(
        page, data={"rating": "3", "csrf_token": token}, base_url="https://localhost"
    )
    assert sent.status_code == 302
    assert "we have your answer" in school.get(page, base_url="https://localhost").text
    with scoped(Scope.all_cases(None)) as session:
        found = session.scalars(
            sa.select(Evaluation.rating).where(Evaluation.case_id == case_id)
        ).all()
    assert found == [3]


@pytest.mark.parametrize("key", ["x", "a" * 3000, "%C3%A9", "' OR 1=1 --"])
def test_a_link_that_opens_nothing_says_what_to_do(app: Flask, key: str) -> None:
    page = app.test_client().get(f"/with/{key}/")
    assert page.status_code == 404
    assert "This link no longer works" in page.text and "020 7946 0000" in page.text


def test_a_family_complains_itself_and_sees_by_when_it_hears(agreed: Agreed) -> None:
    page = f"{agreed.family_page}complaint"
    assert agreed.family.submit(
        page, {"about": "data_protection", "words": "Sent to our old address"}
    ).status_code == 302  # fmt: skip
    shown = agreed.family.get(page).text
    assert "Your complaint of Wednesday 10 June 2026" in shown
    assert "Friday 10 July 2026" in shown, "30 days where it is about personal data"
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        kept = session.scalars(
            sa.select(Complaint).where(Complaint.tenant_id == agreed.tenant.id)
        ).one()
        assert (kept.case_id, kept.way, kept.from_whom) == (agreed.case_id, "family", "parent")


def test_anyone_complains_at_the_front_door(app: Flask) -> None:
    tenant = make_tenant(app)
    stranger = app.test_client()
    assert isinstance(stranger, PageClient)
    said = {
        "authority": tenant.slug, "from_whom": "parent", "about": "delay", "words": "Too slow",
        "from_name": "Ada Example", "reply_to": "ada@home.example", "case_as_written": "",
    }  # fmt: skip
    done = stranger.submit("/complain", said)
    assert "By Wednesday 17 June 2026" in done.text and "Thursday 9 July 2026" in done.text
    assert "that we can reach" in stranger.submit("/complain", said | {"reply_to": "me"}).text
    # What a program fills in is heard and not kept.
    assert stranger.submit("/complain", said | {"website": "x"}).status_code == 200
    manager = client_of(app, make_person(app, role=ProviderRole.MANAGER))
    with scoped(Scope.provider(tenant.id, None)) as session:
        (kept,) = session.scalars(
            sa.select(Complaint.id).where(Complaint.tenant_id == tenant.id)
        ).all()
    page = manager.get(f"/provider/{tenant.slug}/complaints/{kept}").text
    assert "Ada Example" in page and "ada@home.example" in page
    with scoped(Scope.public()) as session, pytest.raises(sa.exc.ProgrammingError):
        session.scalars(sa.select(Complaint.words)).all()


def test_a_step_that_was_not_done_reaches_who_looks_after_the_case(agreed: Agreed) -> None:
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        actions.add_fact(
            session, agreed.case_id, FactKind.AGREEMENT_MADE, HELD, by=actor(), today=TODAY
        )
        step = AgreedStep(
            tenant_id=agreed.tenant.id, case_id=agreed.case_id, kind="other", part=None,
            wording="The authority writes to the school", responsible="authority",
            agreed_on=HELD, default_due_on=TODAY - dt.timedelta(days=1),
            due_on=TODAY - dt.timedelta(days=1), done_on=None, agreement_id=None,
        )  # fmt: skip
        session.add(step)
        session.flush()
        step_id = step.id
    page = f"{agreed.family_page}steps/{step_id}/not-done"
    assert agreed.family.submit(page, {"words": "No letter came"}).status_code == 302
    assert "we are asking" in agreed.family.get(agreed.family_page).text
    assert "You told us already" in agreed.family.submit(page, {}).text
    case = agreed.provider.get(agreed.case).text
    assert "The authority writes to the school" in case and "No letter came" in case
    assert "No letter came" not in agreed.authority.get(agreed.own_case).text
    (act,) = [
        one.get("action")
        for one in agreed.provider.page.all("form")
        if "/step-reports/" in one.get("action")
    ]
    assert agreed.provider.submit(agreed.case, action=act).status_code == 302
    with scoped(Scope.provider(agreed.tenant.id, None)) as session:
        assert session.scalars(
            sa.select(StepReport.dealt_with_at).where(StepReport.case_id == agreed.case_id)
        ).one()
        events = session.scalar(sa.select(sa.func.count()).select_from(StepReport))
        assert events


def test_a_coordinator_sees_the_links_of_a_meeting_and_ends_one(app: Flask) -> None:
    tenant = make_tenant(app)
    school, page, case_id = school_link(app, tenant, held=False)
    other, _ = make_case(app, tenant)
    assert school.get(page).status_code == 200
    coordinator = client_of(app, make_person(app, role=ProviderRole.COORDINATOR))
    address = f"/provider/{tenant.slug}/cases/{case_id}/links"
    assert "Head Example" in coordinator.get(address).text
    (action,) = [
        form.get("action")
        for form in coordinator.page.all("form")
        if form.get("action").endswith("/revocation")
    ]
    token = next(o for o in coordinator.page.all("input") if o.get("name") == "csrf_token")
    elsewhere = action.replace(str(case_id), str(other))
    refused = coordinator.post(elsewhere, data={"csrf_token": token.get("value")})
    assert refused.status_code == 404
    assert school.get(page).status_code == 200
    assert coordinator.submit(address, action=action).status_code == 302
    assert school.get(page).status_code == 404
    assert "revoked" in coordinator.get(address).text
