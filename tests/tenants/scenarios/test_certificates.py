"""Cases that end in a certificate, played through the doors."""

from __future__ import annotations

import datetime as dt
import re

from tests.page_parts import Element
from tests.tenants.scenarios.stage import (
    PARENT,
    Stage,
    clock_of,
    day,
    words_under,
)


def test_a_parent_who_declines_has_a_certificate_within_three_working_days(stage: Stage) -> None:
    case = stage.refer()
    # Until the certificate the time to appeal is not over, so no day of it is waited for.
    case.stands("First contact", "Give mediation information and advice")
    assert "What happens next We will speak with you" in case.seen_by_family().text
    assert "You need your mediation certificate before you can appeal" in case.seen_by_family().text
    assert "Monday 22 June 2026" in case.seen_by_family().text, "two months of the notice"

    case.on(5, 21)
    case.provider("mias", {"way": "telephone", "minutes": "20", "choice": "thinking"})
    case.stands("Family choosing", "Choose whether to mediate")
    assert "Make its last day to appeal plain" in case.seen_by_provider().text
    assert "Time to think" in words_under(case.seen_by_provider(), "Timeline")
    assert "Time to think" not in case.seen_by_authority().text, "a doubt is the family's own"

    case.on(5, 22)
    case.provider("choice", {"choice": "decline"})
    # Saturday, Sunday and the bank holiday of 25 May do not count.
    case.stands("Certificate to issue", "Issue the certificate", "Thu 28 May")
    assert "in 3 working days" in clock_of(case.seen_by_provider(), "K2")
    assert case.tray(case.coordinator, "/provider/?clock=K2")
    assert not case.tray(case.coordinator, "/provider/?clock=K9")

    case.on(5, 27)
    issued = case.issues_certificate()
    assert "Monday 29 June 2026" in issued.text, "a month from the certificate is the later day"
    case.stands("Ready to close", "Close the case")
    assert "done in time" in clock_of(case.seen_by_provider(), "K2")
    assert "No mediation, section 55(4)" in case.seen_by_authority().text
    assert "Monday 29 June 2026" in case.seen_by_family().text
    (paper,) = [a for a in case.family.page.all("a") if a.get("href").endswith(".pdf")]
    with case.family.get(paper.get("href")) as file:
        assert file.data.startswith(b"%PDF-")

    (sending,) = [a for a in case.seen_by_provider().all("a") if "/sending" in a.get("href")]
    sent = case.coordinator.submit(sending.get("href"), {"to": PARENT, "how": "e-mail"})
    assert sent.status_code == 302, sent.text
    case.provider("closure", {"why": "The certificate is issued"})
    assert "Nothing: the case is closed" in case.seen_by_authority().text
    assert "This case is closed" in case.seen_by_family().text
    figures = case.figures()
    assert (figures["referrals"], figures["certificates_no_mediation"]) == (1, 1)
    assert figures["mediations_held"] == 0
    in_time = figures["certificates_within_3_days"]
    assert (in_time["numerator"], in_time["denominator"]) == (1, 1)


def test_an_authority_that_cannot_arrange_it_brings_the_deemed_certificate(stage: Stage) -> None:
    case = stage.refer()
    case.on(5, 6)
    case.provider("mias", {"way": "video", "minutes": "25", "choice": "mediate"})
    case.stands("Arranging a date", "Tell the authority that the family wants mediation")
    case.provider("meetings/authority-told")
    case.stands("Arranging a date", "Appoint a mediator", "Fri 5 Jun", "Name a representative")

    case.on(5, 29)
    page = case.seen_by_authority("/meetings")
    assert [a for a in page.all("a") if a.get("href").endswith("/not-arranged")]
    case.authority("meetings/not-arranged")
    case.stands("Certificate to issue", "Issue the certificate", "Wed 3 Jun")
    assert "in 3 working days" in clock_of(case.seen_by_provider(), "K8")
    assert "We are preparing your certificate" in case.seen_by_family().text

    case.on(6, 4)
    assert "overdue by 1 working day" in clock_of(case.seen_by_authority(), "K8")
    issued = case.issues_certificate()
    assert "Monday 6 July 2026" in issued.text, "4 July is a Saturday"
    case.stands("Ready to close", "Close the case")
    assert "done 1 working day late" in clock_of(case.seen_by_provider(), "K8")
    assert "Monday 6 July 2026" in case.seen_by_family().text
    assert "Mediation not arranged within 30 days" in case.seen_by_authority().text
    figures = case.figures()
    assert (figures["certificates_deemed"], figures["mediations_held"]) == (1, 0)
    assert figures["certificates_within_3_days"]["numerator"] == 0


def test_a_family_that_changes_its_mind_has_a_certificate_from_that_day(stage: Stage) -> None:
    case = stage.refer()
    case.on(5, 6)
    case.provider("mias", {"way": "telephone", "minutes": "20", "choice": "mediate"})
    case.provider("meetings/authority-told")
    certificate = f"{case.provider_page}/certificate"
    assert case.coordinator.get(certificate, follow_redirects=True).status_code == 200
    assert "do not allow a certificate yet" in case.coordinator.page.text

    case.on(5, 12)
    case.provider("choice", {"choice": "decline"})
    case.stands("Certificate to issue", "Issue the certificate", "Fri 15 May")
    assert "done" not in clock_of(case.seen_by_provider(), "K2")
    timeline = words_under(case.seen_by_authority(), "Timeline")
    assert "To mediate" in timeline
    assert "Not to mediate" in timeline, "the earlier choice stays beside the later one"

    case.on(5, 15)
    case.issues_certificate()
    assert "No mediation, section 55(4)" in case.seen_by_authority().text
    case.stands("Ready to close", "Close the case")
    assert "Monday 22 June 2026" in case.seen_by_family().text, "the two months end later"
    figures = case.figures()
    assert (figures["chose_mediation"], figures["certificates_no_mediation"]) == (0, 1)
    assert figures["mediations_held"] == 0


def test_a_young_person_refers_and_is_named_alone_on_the_certificate(stage: Stage) -> None:
    case = stage.refer(
        route="young_person",
        capacity="own",
        **day("date_of_birth", dt.date(2008, 3, 9)),
        contact_name="Zadie Marker",
        contact_relation="Young person",
        decision_type="CEASE",
    )
    case.stands("First contact", "Give mediation information and advice")
    assert "Young person" in words_under(case.seen_by_authority(), "Summary")
    assert PARENT not in case.seen_by_provider().text

    case.on(5, 7)
    case.provider("mias", {"way": "in person", "minutes": "30", "choice": "decline"})
    case.on(5, 8)
    assert "For Zadie Marker" in case.seen_by_provider("/certificate").text
    case.issues_certificate()
    (paper,) = [a for a in case.seen_by_family().all("a") if a.get("href").endswith(".pdf")]
    assert case.family.get(paper.get("href")).status_code == 200
    assert case.figures()["certificates"] == 1


def test_a_withdrawn_certificate_is_marked_everywhere_and_another_takes_its_place(
    stage: Stage,
) -> None:
    case = stage.refer()
    case.on(5, 6)
    case.provider("mias", {"way": "telephone", "minutes": "20", "choice": "decline"})
    case.on(5, 7)
    case.issues_certificate()
    first = number_of(case.coordinator.page)
    case.stands("Ready to close", "Close the case")

    case.on(5, 20)
    (withdrawal,) = [
        a.get("href") for a in case.seen_by_provider().all("a") if "/withdrawal" in a.get("href")
    ]
    refused = case.coordinator.submit(withdrawal, {"reason": ""})
    assert refused.status_code == 422
    assert "Say why it is withdrawn" in refused.text
    reason = "The date of the notice was wrong"
    withdrawn = case.coordinator.submit(withdrawal, {"reason": reason})
    assert withdrawn.status_code == 302, withdrawn.text
    # It stands again where it stood before the certificate: overdue since 11 May.
    case.stands("Certificate to issue", "Issue the certificate", "Mon 11 May")
    for page in (case.seen_by_authority(), case.seen_by_provider(), case.seen_by_family()):
        assert "withdrawn" in line_of(page, first)

    case.issues_certificate()
    second = number_of(case.coordinator.page)
    assert (first[:-1], first[-1], second[-1]) == (second[:-1], "1", "2")
    case.stands("Ready to close", "Close the case")
    for page in (case.seen_by_authority(), case.seen_by_provider(), case.seen_by_family()):
        assert "withdrawn" in line_of(page, first)
        assert "withdrawn" not in line_of(page, second)
    assert reason in case.seen_by_provider().text
    assert case.figures()["certificates"] == 1, "the one that stands"


def number_of(page: Element) -> str:
    """The number of the certificate that a page is about."""
    found = re.search(r"C\d{4}", page.text)
    assert found is not None
    return found.group()


def line_of(page: Element, number: str) -> str:
    """What a page says beside a certificate's number: its row or its paragraph."""
    (link,) = [a for a in page.all("a") if number in a.text and a.get("href").endswith(".pdf")]
    around = link.inside("tr", "p", "li")
    assert around is not None
    return around.text.lower()
