"""What somebody who met answers by a link or a sign-in of their own, and whether it is quoted."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from tenants.casework.record import RuleBroken
from tenants.feedback.models import Evaluation, Participant


@dataclass(frozen=True)
class OwnAnswer:
    """What one gave of one meeting."""

    id: uuid.UUID
    given_on: dt.date
    may_quote: bool
    # None where they are not for the reader's role.
    rating: int | None
    comment: str | None


def answer_of(
    session: ScopedSession, *whose: sa.ColumnElement[bool], with_words: bool = True
) -> OwnAnswer | None:
    """The answer that fits the conditions, of those that the session may see.

    Args:
        with_words: whether the session may read what was answered.
    """
    what = (Evaluation.rating, Evaluation.comment) if with_words else (sa.null(), sa.null())
    row = session.execute(
        sa.select(Evaluation.id, Evaluation.given_on, Evaluation.may_quote, *what)
        .where(Evaluation.tenant_id == session.tenant, *whose)
        .order_by(Evaluation.given_on.desc())
        .limit(1)
    ).one_or_none()
    return OwnAnswer(*row) if row is not None else None


def give_answer(
    tenant: uuid.UUID,
    case_id: uuid.UUID,
    *,
    participant: Participant,
    meeting_on: dt.date,
    rating: int,
    comment: str,
    may_quote: bool,
    at: dt.datetime,
    today: dt.date,
    party_id: uuid.UUID | None = None,
    person_id: uuid.UUID | None = None,
) -> None:
    """Keep an answer, in a transaction of its own, in the scope in which measures are counted.

    It has no name beside it. The party or the person keeps it from being given twice, and lets
    whoever gave it say later that it is not to be quoted.

    Raises:
        RuleBroken: no words are there to quote.
    """
    if may_quote and not comment.strip():
        raise RuleBroken("may_quote", "There are no words to quote: write some, or leave this out")
    with scoped(Scope.provider(tenant, None)) as session:
        session.add(
            Evaluation(
                tenant_id=tenant,
                id=new_id(),
                case_id=case_id,
                participant=participant.value,
                given_on=today,
                rating=rating,
                comment=comment.strip() or None,
                may_quote=may_quote,
                quote_withdrawn_at=None,
                party_id=party_id,
                meeting_on=meeting_on,
                recorded_at=at,
                recorded_by=person_id,
            )
        )


def let_quote(tenant: uuid.UUID, answer: OwnAnswer, *, may: bool, at: dt.datetime) -> None:
    """Change whether an answer may be quoted. What was printed before stays printed."""
    with scoped(Scope.provider(tenant, None)) as session:
        session.execute(
            sa.update(Evaluation)
            .where(Evaluation.tenant_id == tenant, Evaluation.id == answer.id)
            .values(may_quote=may, quote_withdrawn_at=None if may else at)
        )
