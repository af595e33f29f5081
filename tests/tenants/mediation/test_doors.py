"""A mediation from the appointment to its outcome, through both doors."""

from __future__ import annotations

import datetime as dt

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole
from tenants.casework.kinds import FactKind
from tenants.casework.models import SenCase
from tenants.casework.record import RuleBroken
from tenants.mediation import actions as meetings
from tenants.mediation.models import Participant
from tenants.panel import actions as panel
from tests.factories import (
    TODAY,
    actor,
    client_of,
    make_person,
    make_tenant,
)
from tests.tenants.mediation.arranged_case import HELD, Case, day, fixed_case, make_person_of
from tests.tenants.panel.panel_members import make_member

pytestmark = pytest.mark.usefixtures("standing_clock")


def test_a_mediation_is_arranged_held_and_concluded_through_both_doors(
    app: Flask, case: Case
) -> None:
    case.does(
        "authority-told", **day("family_on", dt.date(2026, 5, 22)), **day("adviser_on", TODAY)
    )
    assert "Sunday 21 June 2026" in case.provider.get(case.meetings).text
    case.does("appointment", person=str(case.mediator.id))
    mediators = client_of(app, case.mediator)
    assert mediators.get(case.meetings).status_code == 200, "the mediator sees the case from then"
    case.does(
        "dates",
        **day("first_on", dt.date(2026, 6, 18)),
        first_time="10:00",
        **day("second_on", dt.date(2026, 6, 19)),
        second_time="14:00",
        **day("third_on", dt.date(2026, 6, 19)),
        third_time="14:00",
    )
    offers = case.facts(FactKind.DATES_OFFERED)[0].detail["offers"]
    assert [one["time"] for one in offers] == ["10:00", "14:00"], "the same date is offered once"
    assert case.position() == ("Answer the dates offered", "authority")

    page = case.authority.get(f"/authority/cases/{case.id}").text
    assert "Answer the dates offered" in page and "Name a representative" in page
    response = case.authority.submit(f"{case.own}/answer", {"can": [offers[0]["id"]]})
    assert response.status_code == 302, response.text
    assert case.position() == ("Answer the dates offered", "family")
    case.does("answers", side="family", can=[offers[0]["id"]])
    assert case.position() == ("Fix a date", "provider")

    fixing = case.provider.get(f"{case.meetings}/fixing")
    assert 'value="18"' in fixing.text, "the date that suits both is filled in"
    case.does("fixing", place="The library, Example Street")
    fixed = case.facts(FactKind.MEETING_FIXED)[0]
    assert fixed.detail["time"] == "10:00" and fixed.detail["notice_days"] == 5
    assert case.position() == ("Name a representative who may decide", "authority")
    response = case.authority.submit(f"{case.own}/representative", {"name": "Ray", "role": "Head"})
    assert response.status_code == 422 and "power to decide" in response.text
    response = case.authority.submit(
        f"{case.own}/representative", {"name": "Ray Deci", "role": "Head of SEN", "may_decide": "y"}
    )
    assert response.status_code == 302, response.text
    assert case.position() == ("Hold the meeting", "provider")
    case.does("participants", name="Ali Advocate", role="Advocate", side="family")
    page = case.authority.get(case.own).text
    assert "Ali Advocate" in page and "The authority has no say in whom the family brings" in page
    case.does("child", how="spoke_before", **day("on", TODAY))
    case.provider.get(case.meetings)
    assert case.provider.page is not None
    (removal,) = [
        f.get("action") for f in case.provider.page.all("form") if "/removal" in f.get("action")
    ]
    assert case.provider.submit(case.meetings, action=removal).status_code == 302
    assert "Ali Advocate" not in case.authority.get(case.own).text
    assert "The library, Example Street" in page


def test_a_meeting_and_its_outcome_are_recorded_with_what_is_counted(case: Case) -> None:
    fixed_case(case, dt.date(2026, 6, 9))
    case.does("held", **{**HELD, "attended": ["Jo Example (Mother)"]})
    detail = case.facts(FactKind.MEETING_HELD)[0].detail
    assert detail["authority_attended"] is True
    assert detail["authority_could_decide"] is False
    assert detail["further"] is False
    assert detail["attended"] == ["Jo Example (Mother)"]
    assert "delay_cause" not in detail
    case.does("outcome", value="partial", result="agreed_to_assess", words="Assess by July")
    concluded = case.facts(FactKind.CONCLUDED)[0]
    assert (concluded.value, concluded.detail["result"]) == ("partial", "agreed_to_assess")
    assert case.position()[0] == "Issue the certificate"
    for client, address in ((case.provider, case.meetings), (case.authority, case.own)):
        page = client.get(address).text
        assert "Partial agreement" in page and "The authority agreed to assess" in page
        assert "10:05 to 12:30" in page


def test_when_the_thirty_days_are_missed_the_cause_is_asked(case: Case) -> None:
    fixed_case(case, dt.date(2026, 6, 9), late="yes")
    case.provider.get(f"{case.meetings}/held")
    response = case.provider.submit(f"{case.meetings}/held", HELD)
    assert response.status_code == 422 and "The 30 days are missed" in response.text
    case.does("held", **{**HELD, "delay_cause": "authority"})
    assert case.facts(FactKind.MEETING_HELD)[0].detail["delay_cause"] == "authority"


def test_a_meeting_that_is_adjourned_waits_for_a_further_one(case: Case) -> None:
    fixed_case(case, dt.date(2026, 6, 9))
    case.does("held", **{**HELD, "further": "yes"})
    assert case.position()[0] == "Fix a date for the further meeting"
    case.does("fixing", **day("meeting_on", dt.date(2026, 6, 24)), time="11:00", place="Library")
    assert case.position()[0] == "Hold the further meeting"


def test_less_than_five_working_days_need_the_familys_consent(case: Case) -> None:
    fields = {**day("meeting_on", dt.date(2026, 6, 12)), "time": "10:00"}
    with_link = {**fields, "video_link": "https://video.example/room"}
    address = f"{case.meetings}/fixing"
    response = case.provider.submit(address, fields)
    assert response.status_code == 422 and "Enter the place, or the link" in response.text
    response = case.provider.submit(address, with_link)
    assert response.status_code == 422 and "less than 5 working days" in response.text
    case.does("fixing", **with_link, consented_by="Jo Example")
    assert case.facts(FactKind.MEETING_FIXED)[0].detail["consented_by"] == "Jo Example"
    assert "Short notice consented to by" in case.provider.get(case.meetings).text


def test_a_late_cancellation_keeps_who_and_how_much_notice(case: Case) -> None:
    fixed_case(case, dt.date(2026, 6, 11))
    case.does(
        "cancellation",
        cancelled_by="authority",
        **day("on", TODAY),
        time="09:00",
        reason="The officer is ill",
    )
    (cancelled,) = case.facts(FactKind.MEETING_CANCELLED)
    assert cancelled.value == "authority"
    assert (cancelled.detail["by"], cancelled.detail["late"]) == ("authority", True)
    assert cancelled.detail["notice_hours"] == 25
    assert case.provider.get(f"{case.meetings}/cancellation").location == case.meetings
    assert "25 hours, late" in case.authority.get(case.own).text


def test_an_authority_that_cannot_arrange_it_leads_to_the_deemed_certificate(case: Case) -> None:
    fixed_case(case, dt.date(2026, 6, 30))
    refused = case.authority.submit(f"{case.own}/not-arranged", {})
    assert refused.status_code == 422
    assert "A meeting is fixed for 30 June 2026" in refused.text
    case.does(
        "cancellation", **day("on", TODAY), time="10:00", cancelled_by="authority", reason="No room"
    )
    response = case.authority.submit(f"{case.own}/not-arranged", {})
    assert response.status_code == 302, response.text
    assert case.position() == ("Issue the certificate", "provider")
    assert "No meeting is to come" in case.authority.get(case.own).text


def test_health_is_told_by_the_provider_and_the_icb_by_the_authority(case: Case) -> None:
    fixed_case(case, dt.date(2026, 6, 30))
    case.does("days/health", only="no", **day("on", dt.date(2026, 6, 9)))
    assert case.position() == ("Tell the ICB that health is an issue", "authority")
    assert "Tell the ICB" in case.authority.get(case.own).text
    case.does("days/icb", **day("on", TODAY))
    assert len(case.facts(FactKind.AUTHORITY_TOLD_ICB)) == 1


def test_who_is_barred_is_listed_with_the_reason_and_cannot_be_appointed(
    app: Flask, case: Case
) -> None:
    expired = make_member(
        app, f"Exie Expired {case.id.hex[-5:]}", insurance_expires_on=dt.date(2026, 6, 9)
    )
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        panel.record_conflict(
            session, case.mediator.id, case_reference="", reason="Was its officer", by=actor()
        )
    address = f"{case.meetings}/appointment"
    page = case.provider.get(address).text
    assert "Insurance: expired on 9 June 2026" in page
    assert "Conflict with the authority: Was its officer" in page
    for someone in (expired, case.mediator):
        assert f'value="{someone.id}"' not in page
        with (
            pytest.raises(RuleBroken, match="cannot be appointed"),
            scoped(Scope.provider(case.tenant.id, None)) as session,
        ):
            meetings.appoint(session, case.id, someone.id, on=TODAY, by=actor(), today=TODAY)
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        mediator = session.scalar(sa.select(SenCase.mediator_id).where(SenCase.id == case.id))
    assert mediator is None


def test_a_date_on_which_the_mediator_is_away_is_refused(app: Flask, case: Case) -> None:
    case.does("authority-told", **day("adviser_on", TODAY))
    case.does("appointment", person=str(case.mediator.id))
    panel.add_absence(
        case.mediator.id, first=dt.date(2026, 6, 22), last=dt.date(2026, 6, 26), by=actor()
    )
    response = case.provider.submit(
        f"{case.meetings}/fixing",
        {**day("meeting_on", dt.date(2026, 6, 24)), "time": "10:00", "place": "Library"},
    )
    assert response.status_code == 422 and "Is away until 26 June 2026" in response.text


def test_a_mediator_arranges_own_cases_and_sees_no_others(app: Flask, case: Case) -> None:
    case.does("authority-told", **day("adviser_on", TODAY))
    case.does("appointment", person=str(case.mediator.id))
    own = client_of(app, case.mediator)
    response = own.submit(
        f"{case.meetings}/dates", {**day("first_on", dt.date(2026, 6, 25)), "first_time": "09:30"}
    )
    assert response.status_code == 302, response.text
    assert own.get(f"{case.meetings}/appointment").status_code == 403
    tray = own.get("/provider/").text
    assert tray.count(f"/cases/{case.id}") >= 1
    stranger = client_of(app, make_member(app))
    assert stranger.get(case.meetings).status_code == 403
    assert stranger.get(f"{case.meetings}/dates").status_code == 403
    assert f"/cases/{case.id}" not in stranger.get("/provider/").text


def test_another_authority_reaches_nothing_of_the_meetings(app: Flask, case: Case) -> None:
    other = make_tenant(app)
    officer = client_of(app, make_person(app, tenant=other, role=AuthorityRole.OFFICER))
    for act in ("", "/representative", "/answer", "/not-arranged"):
        assert officer.get(f"{case.own}{act}").status_code == 404
    finance = client_of(app, make_person(app, tenant=case.tenant, role=AuthorityRole.FINANCE))
    assert finance.get(case.own).status_code == 403


def test_the_authoritys_role_can_refuse_nobody_whom_a_family_brings(case: Case) -> None:
    case.does("participants", name="Ali Advocate", role="Advocate", side="family")
    for statement in (
        "DELETE FROM participant",
        "UPDATE participant SET name = 'x'",
        "SELECT added_by_name FROM participant",
    ):
        with (
            pytest.raises(sa.exc.ProgrammingError, match="permission denied"),
            scoped(Scope.authority(case.tenant.id, None)) as session,
        ):
            session.execute(sa.text(statement))
    with scoped(Scope.authority(case.tenant.id, None)) as session:
        assert session.scalars(sa.select(Participant.name)).all() == ["Ali Advocate"]


def test_the_authority_answers_for_itself_alone(case: Case) -> None:
    case.does("dates", **day("first_on", dt.date(2026, 6, 18)), first_time="10:00")
    person = make_person_of(case)
    with (
        pytest.raises(sa.exc.ProgrammingError, match="row-level security"),
        scoped(Scope.authority(case.tenant.id, person)) as session,
    ):
        session.execute(
            sa.text(
                "INSERT INTO case_fact (tenant_id, id, case_id, kind, on_date, value, detail,"
                " audience, recorded_at, recorded_by, recorded_by_name, retracted)"
                " VALUES (:tenant, gen_random_uuid(), :case, 'dates_answered', '2026-06-10',"
                " 'family', '{}', 'parties', now(), :person, 'Olu', false)"
            ),
            {"tenant": case.tenant.id, "case": case.id, "person": person},
        )
