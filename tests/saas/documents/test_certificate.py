from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from saas.documents.certificate import render
from saas.documents.content import ContentRefused
from tests.saas.documents.papers import PROVIDER, Paper, certificate


def test_a_certificate_holds_all_that_the_tribunal_looks_for() -> None:
    text = Paper.of(render(certificate())).text
    for expected in (
        "Mediation certificate",
        "SMP-2026-0117",
        "Friday 20 March 2026",
        "Agnieszka Łukasik Renée Łukasik",
        "Zofia Łukasik",
        "Trafford Council",
        "Not to carry out an assessment",
        "Sunday 1 February 2026",
        "TRA-2026-0042",
        "Ruth Adeyemi",
        "Mediation adviser, SEND Mediation Partnership",
        "0300 555 0142",
        "mediation@provider.example",
        "Manchester M1 9ZZ",
        "First-tier Tribunal (Special Educational Needs and Disability)",
        "Page 1 of 1",
    ):
        assert expected in text, expected


@pytest.mark.parametrize(
    ("kind", "says", "source"),
    [
        ("s55_4", "they do not wish to pursue mediation with Trafford Council", "section 55(4)"),
        ("s55_5", "they took part in mediation with Trafford Council", "section 55(5)"),
        ("deemed", "could not arrange mediation within 30 days", "regulation 39"),
    ],
)
def test_each_kind_certifies_its_own_fact_with_its_day(kind: Any, says: str, source: str) -> None:
    text = Paper.of(render(certificate(kind=kind))).text
    assert says in text
    assert source in text
    assert "Wednesday 18 March 2026" in text


def test_only_a_family_that_declined_is_told_that_it_may_change_its_mind() -> None:
    invitation = "If you change your mind"
    assert invitation in Paper.of(render(certificate())).text
    assert invitation not in Paper.of(render(certificate(kind="s55_5"))).text


def test_the_last_day_to_appeal_is_given_with_how_it_was_counted() -> None:
    counted = "two months from the notice or one month from this certificate, the later."
    content = certificate(last_day_to_appeal=date(2026, 4, 20), last_day_counted=counted)
    text = Paper.of(render(content)).text
    assert "Last day to appeal: Monday 20 April 2026" in text
    assert counted in text
    assert "Last day to appeal" not in Paper.of(render(certificate())).text


def test_a_withdrawn_certificate_says_so_on_top_and_no_longer_invites_an_appeal() -> None:
    content = certificate(
        last_day_to_appeal=date(2026, 4, 20),
        last_day_counted="two months from the notice.",
        withdrawn_on=date(2026, 5, 5),
        withdrawn_reason="It names the wrong decision.",
    )
    text = Paper.of(render(content)).text
    assert text.startswith("Withdrawn on Tuesday 5 May 2026")
    assert text.count("Withdrawn on Tuesday 5 May 2026") == 2
    assert "It names the wrong decision." in text
    assert "Do not send this certificate to the tribunal" in text
    assert "Last day to appeal" not in text


def test_no_name_of_a_person_is_in_the_files_properties() -> None:
    paper = Paper.of(render(certificate()))
    properties = f"{paper.reader.metadata} {paper.xmp}"
    assert "Mediation certificate SMP-2026-0117" in properties
    for name in ("Zofia", "Łukasik", "Adeyemi", "Trafford"):
        assert name not in properties


def test_a_certificate_with_very_long_texts_loses_none_of_them() -> None:
    words = " ".join(f"word{n}" for n in range(900))
    names = tuple(f"Parent Number {n}" for n in range(30))
    paper = Paper.of(render(certificate(decision=words, issued_to=names)))
    assert len(paper.pages) > 1
    assert "word0 " in paper.text.replace("Word0", "word0")
    assert "word899" in paper.text
    assert "Parent Number 29" in paper.text
    assert f"Page 1 of {len(paper.pages)}" in paper.pages[0]
    assert "SMP-2026-0117" in paper.pages[-1]


@pytest.mark.parametrize(
    "field",
    [
        "number",
        "child_name",
        "authority_name",
        "decision",
        "issued_by",
        "issued_by_role",
        "case_reference",
    ],
)
def test_a_certificate_without_a_field_is_refused_by_that_fields_name(field: str) -> None:
    with pytest.raises(ContentRefused, match=f"{field} is missing") as refused:
        certificate(**{field: "  "})
    assert refused.value.faults == (f"{field} is missing",)
    assert "Zofia" not in str(refused.value)


@pytest.mark.parametrize(
    ("changes", "fault"),
    [
        ({"issued_to": ()}, "issued_to is missing"),
        ({"issued_to": ("Agnieszka Łukasik", "")}, "issued_to is missing"),
        ({"kind": "s55_6"}, "kind is none of"),
        ({"last_day_to_appeal": date(2026, 4, 20)}, "last_day_counted is missing"),
        ({"withdrawn_on": date(2026, 5, 5)}, "go together"),
        ({"withdrawn_reason": "An error"}, "go together"),
        ({"notice_sent_on": date(2026, 3, 21)}, "issued_on lies before notice_sent_on"),
        ({"established_on": date(2026, 3, 21)}, "issued_on lies before established_on"),
        (
            {"withdrawn_on": date(2026, 3, 19), "withdrawn_reason": "An error"},
            "withdrawn_on lies before issued_on",
        ),
        ({"provider": replace(PROVIDER, address=())}, "provider.address is missing"),
        (
            {"provider": replace(PROVIDER, telephone="", email="")},
            "provider.telephone or provider.email is missing",
        ),
    ],
)
def test_a_certificate_that_contradicts_itself_is_refused(
    changes: dict[str, Any], fault: str
) -> None:
    with pytest.raises(ContentRefused, match=fault):
        certificate(**changes)
