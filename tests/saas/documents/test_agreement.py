"""The agreement as a paper: what it says at each stage of signing."""

from __future__ import annotations

import datetime as dt
from dataclasses import replace

import pytest

from saas.documents.agreement import (
    AgreementContent,
    PrintedSignature,
    PrintedStep,
    render,
)
from saas.documents.content import ContentRefused
from tests.saas.documents.papers import PROVIDER, Paper

AT = dt.datetime(2026, 6, 5, 17, 2, tzinfo=dt.UTC)
UNSIGNED = AgreementContent(
    case_reference="TRA-2026-0042",
    version=2,
    service="Mediation",
    child_name="Zofia Łukasik",
    authority_name="Trafford Council",
    decision="Refusal to assess",
    held_on=dt.date(2026, 6, 3),
    wording="We agreed to look again.\nWe speak first if something is unclear.",
    steps=(
        PrintedStep(
            wording="The authority will assess",
            who="Trafford Council: Sam Officer",
            by_when=("Tell the family: within 2 weeks of the date of this agreement",),
        ),
    ),
    signatures=(
        PrintedSignature(name="Agnieszka Łukasik", role="Mother"),
        PrintedSignature(name="Trafford Council", role="With authority to decide"),
    ),
    sent_on=dt.date(2026, 6, 4),
    text_hash="a1" * 32,
    provider=PROVIDER,
)


def signed(one: PrintedSignature, name: str) -> PrintedSignature:
    return replace(
        one, typed_name=name, signed_at=AT, signed_on=AT.date(), how="On our website, signed in"
    )


SIGNED = replace(
    UNSIGNED,
    signatures=tuple(
        signed(one, name)
        for one, name in zip(UNSIGNED.signatures, ("A. Łukasik", "Sam Officer"), strict=True)
    ),
    agreed_on=dt.date(2026, 6, 5),
)


def test_it_holds_the_words_the_steps_and_the_signatures_with_their_time() -> None:
    text = Paper.of(render(SIGNED)).text
    for expected in (
        "TRA-2026-0042",
        "version 2",
        "Zofia Łukasik",
        "Friday 5 June 2026",
        "We agreed to look again.",
        "We speak first if something is unclear.",
        "The authority will assess",
        "Trafford Council: Sam Officer",
        "within 2 weeks of the date of this agreement",
        "A. Łukasik",
        "Sam Officer",
        # London's clock: an hour ahead of UTC in June.
        "18:02 on Friday 5 June 2026",
        "regulations 42 and 44",
        "a1a1a1a1",
    ):
        assert expected in text, expected
    assert "Not yet signed" not in text


def test_until_everyone_has_signed_each_page_says_so() -> None:
    half = replace(
        UNSIGNED, signatures=(signed(UNSIGNED.signatures[0], "A. Łukasik"), UNSIGNED.signatures[1])
    )
    text = Paper.of(render(half)).text
    assert "Not yet signed by everyone" in text
    assert "Not signed yet" in text
    assert "A. Łukasik" in text


def test_what_was_called_back_says_that_it_no_longer_counts() -> None:
    assert "no longer counts" in Paper.of(render(replace(UNSIGNED, called_back=True))).text


def test_other_meetings_than_mediation_quote_no_regulation() -> None:
    assert "regulations 42" not in Paper.of(render(replace(UNSIGNED, statutory=False))).text


def test_it_is_tagged_and_titled_without_a_childs_name() -> None:
    paper = Paper.of(render(SIGNED))
    assert {"Table", "TH", "TD", "H1", "H2"} <= set(paper.tags())
    assert "Łukasik" not in paper.xmp
    assert "Agreement TRA-2026-0042" in paper.xmp


def test_the_same_agreement_gives_the_same_bytes() -> None:
    assert render(SIGNED) == render(SIGNED)


@pytest.mark.parametrize(
    "changes",
    [
        {"signatures": ()},
        {"wording": " ", "steps": ()},
        {"child_name": ""},
        {"text_hash": ""},
        {"agreed_on": dt.date(2026, 6, 5)},
    ],
)
def test_it_refuses_to_exist_without_what_makes_it_one(changes: dict[str, object]) -> None:
    with pytest.raises(ContentRefused):
        replace(UNSIGNED, **changes)  # type: ignore[arg-type]
