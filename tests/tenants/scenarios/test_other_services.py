"""Disagreement resolution and facilitation, played through the doors."""

from __future__ import annotations

import datetime as dt

from tests.tenants.panel.panel_members import make_member
from tests.tenants.scenarios.stage import NOTICE, OFFICER, PARENT, Stage, day, words_under


def test_a_resolution_that_the_authority_refuses_ends_without_a_certificate(stage: Stage) -> None:
    case = stage.refer(service="disagreement_resolution")
    case.stands("Consent", "Answer whether to take part")
    assert "stops no clock" in case.seen_by_provider().text
    assert "No statutory clock runs" not in case.seen_by_provider().text, "the appeal's does"
    assert "It is voluntary" in case.seen_by_family().text
    family = {"side": "family", "answer": "yes", "by": PARENT, "how": "by telephone"}
    case.provider("consent", family)
    case.stands("Consent", "Answer whether to take part")
    assert case.tray(case.officer, "/authority/?waiting_for=authority")
    early = case.coordinator.get(f"{case.provider_page}/meetings/dates")
    assert early.status_code == 200
    offered = {**day("first_on", dt.date(2026, 6, 1)), "first_time": "10:00"}
    refused = case.coordinator.submit(f"{case.provider_page}/meetings/dates", offered)
    assert refused.status_code == 422
    assert "Every side must consent" in refused.text

    case.on(5, 12)
    nothing = case.officer.submit(f"{case.authority_page}/consent")
    assert nothing.status_code == 422
    assert "Choose whether you take part" in nothing.text
    case.authority("consent", {"answer": "no"})
    case.stands("Ready to close", "Tell the other side, then close the case")
    assert not case.tray(case.officer, "/authority/?waiting_for=authority")
    told = words_under(case.seen_by_provider(), "Timeline")
    assert f"Consent refused Tuesday 12 May 2026 · recorded by {OFFICER}" in told
    certificate = case.coordinator.get(f"{case.provider_page}/certificate", follow_redirects=True)
    assert "do not allow a certificate" in certificate.text
    # The certificate that an appeal needs is none of this case's, so no day is told.
    assert "does not stop or move the last day of an appeal" in case.seen_by_family().text
    case.provider("closure", {"why": "The authority does not take part"})
    figures = case.figures()
    assert (figures["resolutions_held"], figures["certificates"]) == (0, 0)


def test_a_facilitated_meeting_is_asked_for_by_a_school_and_ends_in_action_points(
    stage: Stage,
) -> None:
    permission = {"permission_by": PARENT, "permission_how": "by e-mail"}
    case = stage.refer(
        service="facilitation",
        route="school",
        decision_type="",
        **dict.fromkeys(day("notice_sent", NOTICE), ""),
        **day("permission_on", dt.date(2026, 5, 1)),
        **permission,
    )
    case.stands("Consent", "Answer whether to take part")
    assert "No statutory clock runs in this case" in case.seen_by_authority().text
    assert "does not stop or move the last day" in case.seen_by_family().text
    case.provider("consent", {"side": "family", "answer": "yes", "by": PARENT, "how": "by e-mail"})
    case.stands("Arranging a date", "Appoint a facilitator")

    asked = {"meeting_type": "annual_review", "requested_by": "Kim Senco"}
    asked |= {"requested_by_side": "school", "purpose": "Agree the support of next year"}
    case.provider("facilitation/meeting", asked)
    facilitator = make_member(case.app, f"Fay Facilitator {case.id[-5:]}")
    case.provider("meetings/appointment", {"person": str(facilitator.id)})
    guest = {"name": "Kit Guest", "role": "Educational psychologist", "side": "other"}
    case.provider("facilitation/invitees", {**guest, "email": "kit@guest.example"})
    case.provider("facilitation/agenda", {"text": "1 Welcome, 2 What helps"})
    seen = case.seen_by_authority("/facilitation").text
    assert "Kit Guest" in seen
    assert "kit@guest.example" not in seen
    assert "What helps" not in seen, "a draft is the provider's own"
    case.provider("facilitation/agenda", {"share": "share"})
    assert "What helps" in case.seen_by_authority("/facilitation").text
    case.on(5, 11)
    when = {**day("meeting_on", dt.date(2026, 5, 20)), "time": "15:30", "place": "The school"}
    case.provider("meetings/fixing", when)
    case.stands("Date fixed", "Hold the meeting", "Wed 20 May")
    assert "Wednesday 20 May 2026, 15:30" in case.seen_by_family().text

    case.on(5, 20)
    held = {"started_at": "15:30", "ended_at": "16:30", "authority_attended": "no"}
    held |= {"could_decide": "no", "voice_heard": "yes"}
    case.provider("meetings/held", held)
    point = {"what": "Write to the new school", "who": "Kim Senco", "side": "school"}
    due = day("due_on", dt.date(2026, 6, 1))
    case.provider("facilitation/action-points", {**point, **due})
    case.provider("facilitation/summary", {"text": "All was agreed.", "share": "share"})
    assert "All was agreed." in case.seen_by_authority("/facilitation").text
    case.provider("meetings/outcome", {"words": "See the action points"})
    case.stands("Ready to close", "Close the case")

    case.on(6, 3)
    assert "overdue by 2 working days" in case.seen_by_authority("/facilitation").text
    (done,) = [
        a.get("href").removeprefix(f"{case.provider_page}/")
        for a in case.seen_by_provider("/facilitation").all("a")
        if a.get("href").endswith("/done")
    ]
    case.provider(done)
    assert "done 2 working days late" in case.seen_by_authority("/facilitation").text
    figures = case.figures()
    assert (figures["facilitations_held"], figures["mediations_held"]) == (1, 0)
    assert figures["certificates"] == 0
