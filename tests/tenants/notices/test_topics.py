"""What a notice may say, and to whom."""

from __future__ import annotations

import pytest

from tenants.casework.kinds import FactKind
from tenants.notices.topics import (
    EVENTS,
    OF_FACTS,
    Reader,
    heading,
    paragraphs,
    readers,
)

# What an e-mail must not tell whoever looks over a shoulder: how it ended, what was chosen, why.
TELLING = ("decline", "chose", "no agreement", "in full", "refuse", "autis", "needs", "child")


def test_a_choice_and_how_a_meeting_ended_are_told_to_nobody_by_email() -> None:
    silent = {FactKind.CONTACT_MADE, FactKind.CHOICE_MADE, FactKind.CONCLUDED, FactKind.MIAS_HELD}
    assert not silent & set(OF_FACTS)


@pytest.mark.parametrize("event", EVENTS)
def test_a_notice_says_the_event_and_the_reference_alone(event: str) -> None:
    for reader in Reader:
        said = " ".join(
            (heading(event, "TRA-2026-0042"), *paragraphs(event, "TRA-2026-0042", reader=reader))
        )
        assert "TRA-2026-0042" in said
        if event != FactKind.CONSENT_REFUSED:
            assert not [word for word in TELLING if word in said.lower()]
    assert len(heading(event, "TRA-2026-0042")) < 78


@pytest.mark.parametrize("event", EVENTS)
def test_whoever_may_not_read_it_is_not_told_of_it(event: str) -> None:
    assert readers(event, "provider") <= {Reader.PROVIDER}
    assert Reader.FAMILY not in readers(event, "authority")
    assert Reader.AUTHORITY not in readers(event, "family")


def test_that_a_summary_is_here_is_told_to_the_provider_alone() -> None:
    for audience in ("family", "authority", "parties"):
        assert readers("summary_received", audience) == {Reader.PROVIDER}


def test_a_family_is_led_to_its_personal_link_and_staff_to_their_sign_in() -> None:
    assert "personal page" in paragraphs("closed", "A-1", reader=Reader.FAMILY)[-1]
    assert paragraphs("closed", "A-1", reader=Reader.AUTHORITY)[-1] == "Sign in to read it:"
