"""Mediations that are held, played through the doors."""

from __future__ import annotations

import datetime as dt
import re
from urllib.parse import urlsplit

import sqlalchemy as sa

from billing.ledger.usage_entries import UsageEntry
from saas.database.scope import Scope, scoped
from tests.tenants.panel.panel_members import make_member
from tests.tenants.scenarios.stage import (
    OFFICER,
    PARENT,
    Case,
    Stage,
    bar_of,
    clock_of,
    clocks_named,
    day,
    words_under,
)

HELD = {
    "started_at": "10:00",
    "ended_at": "12:30",
    "attended": ["Jo Marker (Mother)", "Ray Deci (Head of SEN)"],
    "authority_attended": "yes",
    "could_decide": "yes",
    "voice_heard": "yes",
    "further": "no",
}
LIBRARY = "The library, Example Street"


def arrange(stage: Stage, case: Case) -> None:
    """The family mediates; the meeting of 20 May is arranged between 6 and 11 May."""
    case.on(5, 6)
    case.provider("mias", {"way": "telephone", "minutes": "20", "choice": "mediate"})
    case.stands("Arranging a date", "Tell the authority that the family wants mediation")
    case.provider("meetings/authority-told")
    case.stands("Arranging a date", "Appoint a mediator", "Fri 5 Jun", "Name a representative")
    appoint_somebody(stage, case)

    case.on(5, 7)
    dates = {**day("first_on", dt.date(2026, 5, 19)), "first_time": "14:00"}
    dates |= {**day("second_on", dt.date(2026, 5, 20)), "second_time": "10:00"}
    case.provider("meetings/dates", dates)
    case.stands("Arranging a date", "Answer the dates offered", "Fri 5 Jun")
    assert case.tray(case.officer, "/authority/?waiting_for=authority")
    _, second = offers_on(case)
    case.authority("meetings/answer", {"can": [second]})
    case.on(5, 8)
    answered = case.family.submit(f"{case.family_page}dates", {"can": [second]})
    assert answered.status_code == 302, answered.text
    case.stands("Arranging a date", "Fix a date", "Fri 5 Jun", "Name a representative")
    case.on(5, 11)
    case.provider("meetings/fixing", {"place": LIBRARY})
    case.stands("Date fixed", "Name a representative who may decide", "Fri 5 Jun")
    ray = {"name": "Ray Deci", "role": "Head of SEN", "may_decide": "y"}
    case.authority("meetings/representative", ray)
    case.stands("Date fixed", "Hold the meeting", "Fri 5 Jun", "Upload your summary")
    family = case.seen_by_family()
    assert "Wednesday 20 May 2026, 10:00" in words_under(family, "Your appointments")
    assert LIBRARY in family.text
    assert "Ray Deci" not in family.text, "whom the authority sends is not on the family's page"


def appoint_somebody(stage: Stage, case: Case) -> None:
    mediator = make_member(case.app, f"Mo Mediator {case.id[-5:]}")
    own = stage.browser(mediator)
    assert not case.tray(own, "/provider/")
    case.provider("meetings/appointment", {"person": str(mediator.id)})
    assert case.tray(own, "/provider/"), "the mediator sees the case from then on"


def offers_on(case: Case) -> list[str]:
    """The dates that the authority is asked about, as its form names them."""
    page = case.seen_by_authority("/meetings/answer")
    return [one.get("value") for one in page.all("input") if one.get("name") == "can"]


def billed(case: Case) -> list[str]:
    """What the case has brought onto the authority's statement of use."""
    reference = bar_of(case.seen_by_provider())["Reference"]
    with scoped(Scope.authority(case.tenant.id, None)) as session:
        found = session.execute(
            sa.select(UsageEntry.kind, UsageEntry.quantity)
            .where(UsageEntry.case_reference == reference)
            .order_by(UsageEntry.recorded_at, UsageEntry.kind)
        )
        return [row.kind if row.quantity == 1 else f"less {row.kind}" for row in found]


def test_a_parent_mediates_to_full_agreement_and_one_step_is_done_late(stage: Stage) -> None:
    case = stage.refer()
    arrange(stage, case)

    case.on(5, 20)
    case.provider("meetings/held", HELD)
    case.stands("Meeting held", "Record how it concluded")
    outcome = {"value": "full", "result": "agreed_to_assess", "words": "It will assess"}
    case.provider("meetings/outcome", outcome)
    # The bank holiday of 25 May does not count.
    case.stands("Certificate to issue", "Issue the certificate", "Tue 26 May")
    assert "done in time" in clock_of(case.seen_by_authority(), "K5")
    case.on(5, 21)
    case.issues_certificate()
    case.stands("Meeting held", "Record the agreement")

    case.provider("agreement", {"wording": "We agreed to look again at what is needed."})
    assess = {"responsible": "authority", "who": OFFICER, "kind": "assess"}
    case.provider("agreement/steps/new", {**assess, "wording": "The authority will assess needs"})
    report = {"wording": "The family will send the report", "responsible": "family"}
    report |= {"kind": "other", **day("due_on", dt.date(2026, 6, 2)), "agreement_says_so": "y"}
    case.provider("agreement/steps/new", report)
    assert "look again" not in case.seen_by_authority("/agreement").text, "a draft reaches nobody"
    case.provider("agreement/sending")
    case.stands("Meeting held", "Sign the agreement")
    assert "Read and sign the agreement" in case.seen_by_family().text
    signature = {"agreed": "y"}
    signed = case.family.submit(f"{case.family_page}agreement", {**signature, "typed_name": PARENT})
    assert signed.status_code == 302, signed.text
    assert "We wait for the others to sign" in case.seen_by_family().text
    assert "No agreement is recorded" in case.seen_by_authority().text
    case.on(5, 22)
    case.authority("agreement", {**signature, "typed_name": OFFICER})
    assert "Signed by everyone" in case.seen_by_family("agreement").text
    case.stands("Agreed steps", "Do the agreed step", "Tue 2 Jun")

    case.on(6, 8)
    for page in ("/authority/steps", "/provider/steps"):
        client = case.officer if "authority" in page else case.coordinator
        assert client.get(page).text.count(bar_of(case.seen_by_authority())["Reference"]) >= 2
    assert "overdue by 1 working day" in words_under_steps(case)
    case.authority(step_of(case, "Tell the family"), {"evidence": "Letter of today"})
    assert "done late" in case.seen_by_family().text
    done = [a for a in case.seen_by_provider().all("a") if "/steps/" in a.get("href")]
    assert len(done) == 2, "the family's report and the plan are left"
    (href,) = [a.get("href") for a in done if "report" in a.text]
    sent = case.coordinator.submit(
        href, {**day("on", dt.date(2026, 6, 2)), "evidence": "Came by e-mail"}
    )
    assert sent.status_code == 302, sent.text
    case.stands("Agreed steps", "Do the agreed step", "Fri 28 Aug")
    case.on(8, 27)
    case.authority(step_of(case, "Issue the final plan"), {"part": "final_plan"})
    case.stands("Ready to close", "Close the case")
    case.on(9, 1)
    case.provider("closure", {"why": "Everything that was agreed is done"})
    assert "This case is closed" in case.seen_by_family().text

    figures = case.figures()
    assert (figures["mediations_held"], figures["full_agreements"]) == (1, 1)
    assert (figures["steps_due"], figures["steps_in_time"]) == (3, 2)
    assert figures["certificates_after_mediation"] == 1
    assert billed(case) == ["mias", "mediation"]


def words_under_steps(case: Case) -> str:
    (table,) = [
        one
        for one in case.seen_by_authority().all("table")
        if one.all("caption")[0].text == "Agreed steps"
    ]
    return table.text


def step_of(case: Case, part: str) -> str:
    """The page on which the authority says that a part of a step is done."""
    rows = [row for row in case.seen_by_authority().all("tr") if part in row.text]
    (href,) = [a.get("href") for row in rows for a in row.all("a") if "/steps/" in a.get("href")]
    return href.removeprefix(f"{case.authority_page}/")


def test_an_adjourned_mediation_is_counted_and_billed_once(stage: Stage) -> None:
    case = stage.refer()
    arrange(stage, case)

    case.on(5, 20)
    case.provider("meetings/held", {**HELD, "further": "yes"})
    case.stands("Arranging a date", "Fix a date for the further meeting")
    assert "No meeting is arranged now" in case.seen_by_family().text
    case.on(5, 21)
    again = {**day("meeting_on", dt.date(2026, 6, 16)), "time": "11:00", "place": LIBRARY}
    case.provider("meetings/fixing", again)
    case.stands("Date fixed", "Hold the further meeting", "Tue 16 Jun", "Upload your summary")
    assert "Tuesday 16 June 2026, 11:00" in words_under(case.seen_by_family(), "Your appointments")
    assert "Tuesday 16 June 2026, 11:00" in case.seen_by_authority("/meetings").text

    case.on(6, 16)
    second = {**HELD, "started_at": "11:00", "voice_heard": "no"}
    case.provider("meetings/held", second)
    case.stands("Meeting held", "Record how it concluded")
    case.provider("meetings/outcome", {"value": "none", "result": "decision_stands"})
    case.stands("Certificate to issue", "Issue the certificate", "Fri 19 Jun")
    assert "done in time" in clock_of(case.seen_by_provider(), "K5"), "the first meeting was"
    case.issues_certificate()
    case.stands("Ready to close", "Close the case")
    assert "Thursday 16 July 2026" in case.seen_by_family().text
    meetings = case.seen_by_authority("/meetings").text
    assert len(re.findall(r"Held on \w+ (?:20 May|16 June) 2026", meetings)) == 2
    figures = case.figures()
    assert (figures["mediations_held"], figures["no_agreements"]) == (1, 1)
    assert figures["mediations_held_within_30"] == 1
    assert billed(case) == ["mias", "mediation"]


def test_a_mediation_about_health_alone_is_arranged_by_the_icb_and_told_to_the_authority(
    stage: Stage,
) -> None:
    case = stage.refer(health_issue="y", sections=["C", "G"], decision_type="CONTENT")
    assert "Health is an issue Yes" in words_under(case.seen_by_authority(), "Summary")
    case.on(5, 6)
    case.provider("mias", {"way": "telephone", "minutes": "20", "choice": "mediate"})
    case.provider("meetings/authority-told", day("family_on", dt.date(2026, 5, 6)))
    # Sections C and G are about health alone: the page has it so already.
    case.provider("meetings/days/health")
    case.stands("Arranging a date", "Tell the ICB", "Mon 11 May")
    assert case.tray(case.officer, "/authority/?waiting_for=authority")

    case.on(5, 12)
    assert "overdue by 1 working day" in clock_of(case.seen_by_authority(), "K3")
    refused = case.officer.submit(f"{case.authority_page}/told-icb", day("on", dt.date(2026, 5, 5)))
    assert refused.status_code == 422
    assert "cannot be before 6 May 2026" in refused.text
    case.authority("told-icb")
    assert "done 1 working day late" in clock_of(case.seen_by_provider(), "K3")
    assert "Thu 11 Jun" in clock_of(case.seen_by_authority(), "K4")
    assert clocks_named(case.seen_by_authority(), "K5") == []
    case.stands("Arranging a date", "Appoint a mediator", "Thu 11 Jun")
    assert "Nothing now" in words_under(case.seen_by_authority(), "What you must do")
    told = words_under(case.seen_by_authority(), "Timeline")
    assert f"Authority told the ICB Tuesday 12 May 2026 · recorded by {OFFICER}" in told
    assert "the ICB arranges this mediation" in refusal_of(case, "dates", first_on=(2026, 5, 20))
    assert "a date with you and your integrated care board (the NHS)" in case.seen_by_family().text

    appoint_somebody(stage, case)
    case.provider(
        "meetings/dates", {**day("first_on", dt.date(2026, 5, 28)), "first_time": "10:00"}
    )
    case.stands("Arranging a date", "Ask the ICB which of the dates suit it", "Thu 11 Jun")
    for side, next_step in (
        ("health", "Answer the dates offered"),
        ("family", "Fix a date"),
    ):
        case.provider("meetings/answers", {"side": side, "can": offered(case)})
        case.stands("Arranging a date", next_step, "Thu 11 Jun")
    case.provider("meetings/fixing", {"place": LIBRARY})
    case.stands("Date fixed", "Ask the ICB for a representative who may decide", "Thu 11 Jun")
    assert "Upload your summary" not in case.seen_by_authority().text
    case.provider(
        "meetings/representative",
        {"name": "Dr Lee Marker", "role": "Designated officer", "may_decide": "y"},
    )
    assert "Thursday 28 May 2026, 10:00" in words_under(case.seen_by_family(), "Your appointments")

    case.on(5, 28)
    case.provider("meetings/held", {**HELD, "attended": ["Dr Lee Marker (Designated officer)"]})
    assert "The ICB attended Yes" in case.seen_by_authority("/meetings").text
    case.provider("meetings/outcome", {"value": "full", "result": "other_steps"})
    assert "done in time" in clock_of(case.seen_by_provider(), "K4")
    case.issues_certificate()
    case.provider("agreement", {"wording": "Speech and language therapy starts in June."})
    therapy = {"wording": "The ICB will provide therapy", "responsible": "health"}
    case.provider("agreement/steps/new", {**therapy, "who": "Dr Lee Marker", "kind": "other"})
    case.provider("agreement/sending")
    assert "Read and sign" not in words_under(case.seen_by_authority(), "What you must do")
    signed = case.family.submit(
        f"{case.family_page}agreement", {"agreed": "y", "typed_name": PARENT}
    )
    assert signed.status_code == 302, signed.text
    icb, page = case.app.test_client(), signing_page(case)
    sent = icb.submit(page, {"agreed": "y", "typed_name": "Dr Lee Marker"})  # type: ignore[attr-defined]
    assert sent.status_code == 302, sent.text
    assert "Signed by everyone" in icb.get(page).text
    assert icb.get(f"{page}agreement.pdf").mimetype == "application/pdf"
    case.stands("Agreed steps", "Ask the ICB whether it told the authority", "Thu 4 Jun")
    case.on(6, 8)
    case.provider("meetings/days/icb-told", day("on", dt.date(2026, 6, 5)))
    assert "done 1 working day late" in clock_of(case.seen_by_authority(), "K11")
    case.stands("Agreed steps", "Do the agreed step", "Thu 11 Jun")
    figures = case.figures()
    assert (figures["mediations_held"], figures["full_agreements"]) == (1, 1)
    assert figures["mediations_held_within_30"] == 1
    assert figures["meetings_authority_attended"] == 0, "it was no party"


def signing_page(case: Case) -> str:
    """The page by which the ICB signs, by the link that the coordinator makes and hands over."""
    made = case.coordinator.submit(f"{case.provider_page}/agreement/signing-links")
    assert made.status_code == 200, made.text
    (field,) = [one for one in case.coordinator.page.all("input") if one.get("id") == "link"]
    return urlsplit(field.get("value")).path


def offered(case: Case) -> str:
    """The one date that is offered, as the answers' page has it."""
    (box,) = [
        one
        for one in case.seen_by_provider("/meetings/answers").all("input")
        if one.get("name") == "can"
    ]
    return box.get("value")


def refusal_of(case: Case, act: str, *, first_on: tuple[int, int, int]) -> str:
    """What the authority is told that offers dates for a mediation in which it is no party."""
    refused = case.officer.submit(
        f"{case.authority_page}/meetings/{act}",
        {**day("first_on", dt.date(*first_on)), "first_time": "10:00"},
    )
    assert refused.status_code == 422
    return refused.text


def test_where_health_is_one_issue_of_several_the_authority_arranges_and_its_thirty_days_run(
    stage: Stage,
) -> None:
    case = stage.refer(health_issue="y", sections=["B", "G"], decision_type="CONTENT")
    case.on(5, 6)
    case.provider("mias", {"way": "telephone", "minutes": "20", "choice": "mediate"})
    case.provider("meetings/authority-told", day("family_on", dt.date(2026, 5, 6)))
    case.provider("meetings/days/health")
    case.authority("told-icb")
    case.stands("Arranging a date", "Appoint a mediator", "Fri 5 Jun", "Name a representative")
    assert not [one for one in case.seen_by_authority().all("li") if one.text.startswith("K4 ")]
    assert "We are arranging a date with you and" in case.seen_by_family().text
