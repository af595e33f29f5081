"""Choose what is quoted, and take it back."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Sequence
from dataclasses import dataclass

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.database.base import new_id
from saas.database.scope import ScopedSession
from tenants.feedback.models import Evaluation, Participant
from tenants.front_door.quotations.models import Quotation
from tenants.subscribers.models import Subscriber

SAID_BY = {
    Participant.PARENT: "A parent or carer",
    Participant.YOUNG_PERSON: "A young person",
    Participant.AUTHORITY: "A council officer",
    Participant.SCHOOL: "Somebody from a school",
    Participant.HEALTH: "Somebody from the health service",
    Participant.OTHER: "Somebody who took part",
}


@dataclass(frozen=True)
class Quoted:
    """A quotation as everyone reads it."""

    words: str
    said_by: str


@dataclass(frozen=True)
class MayBeQuoted:
    """An evaluation whose participant agreed, and what of it is shown now, if anything."""

    evaluation_id: uuid.UUID
    slug: str
    authority: str
    participant: str
    given_on: dt.date
    comment: str
    shown: str


class NoConsent(Exception):
    """Whoever said this did not let it be quoted."""


def shown(session: ScopedSession, *, offset: int = 0, limit: int) -> Sequence[Quoted]:
    """What everyone may read, the newest first."""
    rows = session.execute(
        sa.select(Quotation.words, Quotation.participant)
        .where(Quotation.words != "")
        .order_by(Quotation.shown_from.desc(), Quotation.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [Quoted(words, SAID_BY[Participant(who)]) for words, who in rows]


def may_be_quoted(session: ScopedSession, *, offset: int = 0, limit: int) -> list[MayBeQuoted]:
    """The evaluations with consent, the newest first: of every authority that the session sees."""
    rows = session.execute(
        sa.select(
            Evaluation.id,
            Subscriber.slug,
            Subscriber.name,
            Evaluation.participant,
            Evaluation.given_on,
            sa.func.coalesce(Evaluation.comment, ""),
            sa.func.coalesce(Quotation.words, ""),
        )
        .join(Subscriber, Subscriber.id == Evaluation.tenant_id)
        .outerjoin(Quotation, Quotation.evaluation_id == Evaluation.id)
        .where(Evaluation.may_quote, Evaluation.comment.is_not(None))
        .order_by(Evaluation.given_on.desc(), Evaluation.id.desc())
        .offset(offset)
        .limit(limit)
    )
    return [MayBeQuoted(*row) for row in rows]


def evaluation_of(session: ScopedSession, evaluation_id: uuid.UUID) -> Evaluation | None:
    """The evaluation in the session's authority."""
    return session.get(Evaluation, (session.tenant, evaluation_id))


def words_shown(session: ScopedSession, evaluation_id: uuid.UUID) -> str:
    """What of an evaluation is shown now; empty for nothing."""
    words = session.scalar(
        sa.select(Quotation.words).where(Quotation.evaluation_id == evaluation_id)
    )
    return words or ""


def quote(
    session: ScopedSession,
    evaluation: Evaluation,
    words: str,
    *,
    by: uuid.UUID | None,
    at: dt.datetime,
) -> None:
    """Show these words of an evaluation to everyone, or these instead of others.

    Args:
        words: without what could tell who said it.

    Raises:
        NoConsent: the participant did not let it be quoted.
    """
    if not evaluation.may_quote:
        raise NoConsent
    values = {"words": words, "shown_from": at, "shown_by": by, "withdrawn_at": None}
    session.execute(
        insert(Quotation)
        .values(
            id=new_id(),
            evaluation_id=evaluation.id,
            participant=evaluation.participant,
            **values,
        )
        .on_conflict_do_update(index_elements=["evaluation_id"], set_=values)
    )


def withdraw(session: ScopedSession, evaluation_id: uuid.UUID, *, at: dt.datetime) -> None:
    """Show it no more; the words are deleted. Repeatable."""
    session.execute(
        sa.update(Quotation)
        .where(Quotation.evaluation_id == evaluation_id, Quotation.words != "")
        .values(words="", withdrawn_at=at)
    )
