"""What can be recorded in a case now: the links beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from tenants.casework.case_view import CaseView
from tenants.casework.kinds import Choice, FactKind, Service


@dataclass(frozen=True)
class Act:
    """A page on which something is recorded, and when it is offered."""

    text: str
    endpoint: str
    offered: Callable[[CaseView], bool]


def _open(view: CaseView) -> bool:
    return bool(view.position.is_open)


def _mediation(view: CaseView) -> bool:
    return view.record.service is Service.MEDIATION


ACTS: list[Act] = [
    Act(
        "Record another choice of the family",
        "provider_cases.choice",
        lambda v: _open(v) and v.record.choice is not None,
    ),
    Act(
        "Record whether a side takes part",
        "provider_cases.consent",
        lambda v: _open(v) and not _mediation(v),
    ),
    Act(
        "Record an appeal",
        "provider_cases.appeal",
        lambda v: (
            v.record.decision_type is not None and not v.record.has(FactKind.APPEAL_REGISTERED)
        ),
    ),
    Act(
        "Record the outcome of the appeal",
        "provider_cases.appeal_outcome",
        lambda v: (
            v.record.has(FactKind.APPEAL_REGISTERED) and not v.record.has(FactKind.APPEAL_OUTCOME)
        ),
    ),
    Act(
        "The agreement: write it, have it signed",
        "provider_cases.agreement",
        lambda v: (
            v.record.service is not Service.FACILITATION and v.record.has(FactKind.MEETING_HELD)
        ),
    ),
    Act("Personal links for the family", "provider_cases.links", lambda v: True),
    Act(
        "The facilitated meeting: invitees, agenda, action points",
        "provider_facilitation.facilitation",
        lambda v: v.record.service is Service.FACILITATION,
    ),
    Act(
        "Record an evaluation",
        "provider_feedback.evaluation",
        lambda v: v.record.has(FactKind.MEETING_HELD) or v.record.has(FactKind.MIAS_HELD),
    ),
    Act(
        "Record that it ended before a meeting",
        "provider_cases.early_end",
        lambda v: _open(v) and not v.record.has(FactKind.MEETING_HELD) and v.record.ended is None,
    ),
    Act("Assign the case", "provider_cases.assignment", _open),
    Act("Write a note", "provider_cases.note", lambda v: True),
    Act("Close the case", "provider_cases.closure", _open),
]


def acts_offered(view: CaseView) -> list[tuple[str, str]]:
    """The acts that the case allows now: their words and their pages."""
    return [(act.text, act.endpoint) for act in ACTS if act.offered(view)]


def wants_time(view: CaseView) -> bool:
    """Whether the family is thinking: its last safe day is shown then."""
    choice = view.record.choice
    return choice is not None and choice.value == Choice.THINKING
