"""A case that ends before its meeting: what follows, on every side's page."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from tenants.access_links.family_links import family_of, make_link
from tenants.casework.actions import add_fact
from tenants.casework.case_clocks import clocks_of
from tenants.casework.kept.authority_tasks import authority_tasks
from tenants.casework.kinds import EarlyEnd, FactKind
from tenants.casework.queries import load_record
from tests.factories import TODAY, actor
from tests.tenants.mediation.arranged_case import Case, day, fixed_case
from tests.tenants.scenarios.told_alike import check_what_is_told

pytestmark = pytest.mark.usefixtures("standing_clock")
MEETING = dt.date(2026, 6, 30)


def end_fields(how: EarlyEnd, certificate: str = "no", **more: str) -> dict[str, str]:
    return {
        "how": how.value,
        "told_by": "authority",
        "what": "The authority will assess after all",
        "certificate": certificate,
        **day("ended_on", TODAY),
        **more,
    }


def end_page(case: Case) -> str:
    return f"/provider/{case.tenant.slug}/cases/{case.id}/end"


def familys_page(app: Flask, case: Case) -> str:
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        ((party_id, _),) = family_of(session, case.id)
        token = make_link(session, case.id, party_id, by=actor()).token
    client = app.test_client()
    page = client.get(f"/family/{token}/")
    assert page.status_code == 200
    return page.text


def test_a_concession_with_a_meeting_fixed_calls_it_off_and_asks_nothing_more(
    app: Flask,
    case: Case,
) -> None:
    fixed_case(case, MEETING)
    page = case.provider.get(end_page(case))
    assert page.status_code == 200
    response = case.provider.submit(end_page(case), end_fields(EarlyEnd.CONCEDED))
    assert response.status_code == 302, response.text
    assert case.position() == ("Call off the meeting, then close the case", "provider")
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        record = load_record(session, case.id)
    assert not authority_tasks(record)
    assert {"K3", "K4", "K5"}.isdisjoint(clock.reading.clock for clock in clocks_of(record))
    check_what_is_told(case.tenant.id, case.id, today=TODAY)
    for text in (
        case.authority.get(case.own).text,
        case.provider.get(case.meetings).text,
    ):
        assert "No meeting is to come" in text or "is to be called off" in text
    case.does(
        "cancellation",
        **day("on", TODAY),
        time="10:00",
        cancelled_by="authority",
        reason="Conceded",
    )
    assert case.position() == ("Close the case", "provider")
    check_what_is_told(case.tenant.id, case.id, today=TODAY)


def test_the_act_asks_once_more_and_going_back_keeps_what_was_entered(case: Case) -> None:
    fixed_case(case, MEETING)
    case.provider.get(end_page(case))
    token = next(
        one.get("value")
        for one in case.provider.page.all("input")
        if one.get("name") == "csrf_token"
    )
    fields = {**end_fields(EarlyEnd.WITHDRAWN, what="They will talk"), "csrf_token": token}
    asked = case.provider.post(end_page(case), data=fields)
    assert asked.status_code == 200 and "Nothing is recorded yet" in asked.text
    assert "30 June 2026" in asked.text, "the appointment that becomes void is named"
    assert not case.facts(FactKind.ENDED_EARLY)
    back = case.provider.post(end_page(case), data={**fields, "checked": "change"})
    assert "They will talk" in back.text and not case.facts(FactKind.ENDED_EARLY)
    gone_on = case.provider.post(end_page(case), data={**fields, "checked": "go-on"})
    assert gone_on.status_code == 302 and len(case.facts(FactKind.ENDED_EARLY)) == 1


def test_whoever_withdraws_may_have_the_certificate_that_an_appeal_needs(case: Case) -> None:
    response = case.provider.submit(end_page(case), end_fields(EarlyEnd.WITHDRAWN, "yes"))
    assert response.status_code == 302, response.text
    assert case.position() == ("Issue the certificate", "provider")
    check_what_is_told(case.tenant.id, case.id, today=TODAY)


def test_where_the_family_moved_to_is_asked_for(case: Case) -> None:
    refused = case.provider.submit(end_page(case), end_fields(EarlyEnd.MOVED))
    assert refused.status_code == 422 and "Enter where the family moved" in refused.text
    told = case.provider.submit(end_page(case), end_fields(EarlyEnd.MOVED, to="Kent"))
    assert told.status_code == 302, told.text
    assert "Kent" in case.provider.get(end_page(case).removesuffix("/end")).text


def test_a_meeting_that_was_held_is_concluded_instead(app: Flask, case: Case) -> None:
    fixed_case(case, dt.date(2026, 5, 29))
    with scoped(Scope.provider(case.tenant.id, None)) as session:
        add_fact(
            session, case.id, FactKind.MEETING_HELD, dt.date(2026, 5, 29), by=actor(), today=TODAY
        )
    refused = case.provider.submit(end_page(case), end_fields(EarlyEnd.CONCEDED))
    assert refused.status_code == 422 and "record how it concluded instead" in refused.text


@pytest.mark.parametrize("how", EarlyEnd)
def test_the_family_reads_how_it_ended(app: Flask, case: Case, how: EarlyEnd) -> None:
    case.provider.submit(end_page(case), end_fields(how, to="Kent"))
    page = familys_page(app, case)
    words = {
        EarlyEnd.CONCEDED: "has agreed to what you asked for",
        EarlyEnd.WITHDRAWN: "you do not want to go on",
        EarlyEnd.SUPERSEDED: "There is a new decision",
        EarlyEnd.MOVED: "another authority is responsible now",
    }[how]
    assert words in page
