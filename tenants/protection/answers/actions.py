"""Recording a request, and what is done with it until it is answered."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.protection.answers.clock import AnswerClock, clock_of
from tenants.protection.answers.models import SubjectRequest

# How long the file can be taken away once it was made.
TAKEN_WITHIN = dt.timedelta(days=7)


def clock(request: SubjectRequest) -> AnswerClock:
    """The clock of a request, as it is recorded."""
    return clock_of(
        request.received_on,
        identity_on=request.identity_on,
        extended=request.extended_on is not None,
    )


def can_be_taken(request: SubjectRequest, at: dt.datetime) -> bool:
    """Whether the file was made, and not too long ago."""
    return request.made_at is not None and at < request.made_at + TAKEN_WITHIN


def record_request(
    session: ScopedSession,
    *,
    side: str,
    cases: Sequence[Mapping[str, str | None]],
    received_on: dt.date,
    by: Actor,
    today: dt.date,
) -> SubjectRequest:
    """Write down that a person asks; the month runs from the day on which it came.

    Raises:
        RuleBroken: it is to come yet, or about no case.
    """
    if received_on > today:
        raise RuleBroken("received_on", "It must have come already")
    if not cases:
        raise RuleBroken("cases", "Choose at least one case")
    request = SubjectRequest(
        tenant_id=session.tenant, id=new_id(), side=side, cases=[dict(one) for one in cases],
        received_on=received_on, identity_on=None, how_known=None, acknowledged_on=None,
        extended_on=None, extended_because=None, made_at=None, answered_on=None, outcome=None,
        recorded_at=by.at, recorded_by=by.id, recorded_by_name=by.name,
    )  # fmt: skip
    session.add(request)
    session.flush()
    _note(session, "subject request recorded", request, by)
    return request


def follow_up(
    session: ScopedSession,
    request: SubjectRequest,
    *,
    identity_on: dt.date | None,
    how_known: str | None,
    acknowledged_on: dt.date | None,
    extended_on: dt.date | None,
    extended_because: str,
    by: Actor,
    today: dt.date,
) -> None:
    """Record what was done with a request; all of it can be put right until it is answered.

    Raises:
        RuleBroken: it is answered, a day cannot be, or more time was taken too late.
    """
    if request.answered_on is not None:
        raise RuleBroken("answered_on", "It is answered: open it again first")
    if bool(identity_on) != bool(how_known):
        raise RuleBroken("how_known", "Say when and how it was made sure of who asks, or neither")
    if identity_on is None and request.made_at is not None:
        raise RuleBroken("identity_on", "The file was made: this must stay")
    days = {
        "identity_on": identity_on,
        "acknowledged_on": acknowledged_on,
        "extended_on": extended_on,
    }
    for name, day in days.items():
        if day is not None and not request.received_on <= day <= today:
            raise RuleBroken(name, "Enter a day from when it came until today")
    if bool(extended_on) != bool(extended_because.strip()):
        raise RuleBroken("extended_because", "Say when and why more time is needed, or neither")
    first = clock_of(request.received_on, identity_on=identity_on, extended=False).first_due
    if extended_on is not None and extended_on > first:
        raise RuleBroken(
            "extended_on", "More time can only be taken within the first month (article 12(3))"
        )
    request.identity_on, request.how_known = identity_on, how_known
    request.acknowledged_on, request.extended_on = acknowledged_on, extended_on
    request.extended_because = extended_because.strip() or None
    session.flush()
    _note(session, "subject request followed up", request, by)


def decide(
    session: ScopedSession,
    request: SubjectRequest,
    *,
    proposed: Mapping[str, bool],
    given: set[str],
    by: Actor,
) -> None:
    """Record which items are given, and have the file made of them.

    Args:
        proposed: of every item, whether it is given where nobody decides.

    Raises:
        RuleBroken: it is not known who asks, or it is answered.
    """
    if request.identity_on is None:
        raise RuleBroken("identity_on", "First say how it was made sure of who asks")
    if request.answered_on is not None:
        raise RuleBroken("answered_on", "It is answered: open it again first")
    request.decisions = {
        key: key in given for key, default in proposed.items() if (key in given) != default
    }
    request.made_at = by.at
    session.flush()
    _note(session, "subject file made", request, by)


def answer(
    session: ScopedSession,
    request: SubjectRequest,
    *,
    on: dt.date,
    outcome: str,
    words: str,
    by: Actor,
    today: dt.date,
) -> None:
    """Record how a request was answered; the file can no longer be taken away.

    Raises:
        RuleBroken: the day cannot be, nothing was made to be given, or a refusal has no reason.
    """
    if not request.received_on <= on <= today:
        raise RuleBroken("answered_on", "Enter a day from when it came until today")
    if outcome == "given" and request.made_at is None:
        raise RuleBroken("outcome", "First make the file that is given")
    if outcome == "refused" and not words.strip():
        raise RuleBroken("outcome_words", "Say why: the person has a right to know (article 12(4))")
    request.answered_on, request.outcome, request.outcome_words = on, outcome, words.strip()
    request.made_at = None
    session.flush()
    _note(session, "subject request answered", request, by)


def open_again(session: ScopedSession, request: SubjectRequest, *, by: Actor) -> None:
    """It was recorded as answered by mistake."""
    request.answered_on, request.outcome = None, None
    session.flush()
    _note(session, "subject request opened again", request, by)


def _note(session: ScopedSession, what: str, request: SubjectRequest, by: Actor) -> None:
    audit(session, what, subject_kind="subject request", subject_id=request.id, at=by.at)
