"""From a draft that is whole to a case in the intake.

Whoever is not signed in may add what it hands in, and read nothing; an officer likewise. The case
is opened in the provider's scope, at once after that is committed, by the same act as a referral
that staff type; the sweep does it if that was cut short.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import logging
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.audit.actions import record as audit
from saas.database.scope import Scope, ScopedSession, scoped
from saas.reference.calendar_words import moment_words
from saas.reference.today import LONDON
from tenants.access_links.family_links import email_link
from tenants.call_backs.actions import book_call
from tenants.casework.actions import open_case, write_note
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty, SenCase
from tenants.casework.queries import same_matter
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.referring.answers import Answers, notes_of, referral_of
from tenants.referring.drafts import Draft, forget_draft
from tenants.referring.kinds import CameBy, Held, State
from tenants.referring.limits import WITHIN, turned_away, why_held
from tenants.referring.models import FrontReferral, ReferralAttempt

log = logging.getLogger(__name__)

BY_FORM = "The public form"
# What is discarded can be taken back so long; then what was told is gone.
DISCARDED_KEPT = dt.timedelta(days=30)
# Letters that are told apart when they are read out.
LETTERS = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class TooManyReferralsError(Exception):
    """So many came from one place that no more are kept for now."""


@dataclass(frozen=True)
class Sent:
    """Who hands it in, and from where."""

    came_by: CameBy
    tenant: uuid.UUID
    at: dt.datetime
    source_key: str = ""
    person_id: uuid.UUID | None = None
    person_name: str = ""


def receipt_of(draft_id: uuid.UUID) -> str:
    """What its writer is given to ask about it: the same each time it is sent."""
    number = int.from_bytes(hashlib.sha256(draft_id.bytes).digest()[:8])
    letters = "".join(LETTERS[number // len(LETTERS) ** place % len(LETTERS)] for place in range(8))
    return f"{letters[:4]}-{letters[4:]}"


def hand_in(session: ScopedSession, draft: Draft, answers: Answers, sent: Sent) -> str:
    """Hand a referral in. Returns its receipt; the same draft sent twice is handed in once.

    Args:
        session: the public's or the officer's own; what follows is done when it is committed.

    Raises:
        TooManyReferralsError: nothing was written; the draft is still there.
    """
    held = _weigh(draft, sent) if sent.came_by is CameBy.FRONT_DOOR else None
    receipt = receipt_of(draft.id)
    session.execute(
        insert(FrontReferral)
        .values(
            tenant_id=sent.tenant,
            id=draft.id,
            receipt=receipt,
            came_by=sent.came_by.value,
            route=answers.route.value,
            told={"answers": answers.told, "by": sent.person_name},
            received_at=sent.at,
            source_key=sent.source_key,
            sent_by=sent.person_id,
            state=(State.HELD if held else State.WAITING).value,
            held_because=held.value if held else "",
        )
        .on_conflict_do_nothing()
        # Who hands it in may read none, so nothing is fetched.
        .inline()
    )

    def follow() -> None:
        forget_draft(draft.id)
        if held is not None:
            return
        try:
            take_in(sent.tenant, draft.id)
        except Exception:
            # It is kept and waits; the sweep takes it in. The page has done its part.
            log.exception("the referral %s waits for the sweep", draft.id)

    session.once_committed(follow)
    return receipt


def _weigh(draft: Draft, sent: Sent) -> Held | None:
    """Count the referral, and say whether somebody looks at it first."""
    with scoped(Scope.identity()) as session:
        # One after the other of one place, so that many at once are all counted.
        session.execute(
            sa.select(
                sa.func.pg_advisory_xact_lock(
                    sa.func.hashtextextended(f"referrals from {sent.source_key}", 0)
                )
            )
        )
        lately = ReferralAttempt.at > sent.at - WITHIN
        of_one, straight = session.execute(
            sa.select(sa.func.count(), sa.func.count().filter(ReferralAttempt.straight)).where(
                ReferralAttempt.source_key == sent.source_key, lately
            )
        ).one()
        if turned_away(of_one):
            raise TooManyReferralsError
        of_all = session.scalar(sa.select(sa.func.count()).where(ReferralAttempt.straight, lately))
        held = why_held(
            trapped=bool(draft.found.get("trap")),
            took=sent.at - draft.started_at,
            straight_of_one=straight,
            straight_of_all=of_all or 0,
        )
        session.add(ReferralAttempt(source_key=sent.source_key, at=sent.at, straight=held is None))
    return held


def answers_of(row: FrontReferral) -> Answers:
    """What was told, as the pages read it."""
    told: dict[str, Any] = (row.told or {}).get("answers", {})
    return Answers(
        CameBy(row.came_by),
        row.received_at.astimezone(LONDON).date(),
        {step: [(name, value) for name, value in fields] for step, fields in told.items()},
    )


def take_in(
    tenant: uuid.UUID, referral_id: uuid.UUID, *, accepted_by: Actor | None = None
) -> uuid.UUID | None:
    """Open the case of a referral that waits, or that somebody accepted.

    What may be a second telling of a case, and what a rule refuses, is held for somebody to look
    at. Safe to repeat.

    Returns:
        The case; None where there is none yet.
    """
    with scoped(Scope.provider(tenant, None)) as session:
        row = locked(session, referral_id)
        if row is None:
            return None
        if row.state == State.WAITING or (accepted_by and row.state == State.HELD):
            _open(session, row, accepted_by)
        return row.case_id


def locked(session: ScopedSession, referral_id: uuid.UUID) -> FrontReferral | None:
    """The referral, held until the transaction ends."""
    return session.scalars(
        sa.select(FrontReferral)
        .where(FrontReferral.tenant_id == session.tenant, FrontReferral.id == referral_id)
        .with_for_update()
    ).one_or_none()


def _open(session: ScopedSession, row: FrontReferral, accepted_by: Actor | None) -> None:
    answers = answers_of(row)
    name = str((row.told or {}).get("by") or BY_FORM)
    by = accepted_by or Actor(row.sent_by, name, row.received_at)
    opened_on = row.received_at.astimezone(LONDON).date()
    referral = referral_of(answers, opened_on=opened_on)
    if accepted_by is None and same_matter(session, referral):
        row.state, row.held_because = State.HELD.value, Held.SAME.value
        return
    try:
        with session.begin_nested():
            case = open_case(session, referral, by=by, today=by.at.astimezone(LONDON).date())
    except RuleBroken as broken:
        if accepted_by is not None:
            raise
        row.state, row.held_because = State.HELD.value, f"{Held.REFUSED.value}: {broken}"
        return
    row.state, row.case_id, row.told = State.TAKEN.value, case.id, None
    row.decided_at, row.decided_by_name = by.at, by.name
    for text in notes_of(answers):
        write_note(session, case.id, text=text, shared=False, by=by)
    _reach(session, case, answers, by)


def _reach(session: ScopedSession, case: SenCase, answers: Answers, by: Actor) -> None:
    """Send the family its link, and book the call that it chose."""
    party = session.execute(
        sa.select(CaseParty.id, CaseParty.email).where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case.id,
            CaseParty.side == Side.FAMILY.value,
        )
    ).one()
    nobody = Actor(None, by.name, by.at)
    if party.email:
        email_link(session, case.id, party.id, by=nobody)
    asked = answers.call_at
    if asked is None:
        return
    try:
        book_call(session, case.id, party.id, asked, by=nobody)
    except RuleBroken:
        write_note(
            session,
            case.id,
            text=f"They asked for a call on {moment_words(asked)}, and nobody is free then any"
            " more: agree another time.",
            shared=False,
            by=by,
        )


def discard(session: ScopedSession, row: FrontReferral, *, by: Actor) -> None:
    """Let no case come of it. It can be taken back for DISCARDED_KEPT.

    Raises:
        RuleBroken: somebody has decided on it already.
    """
    _decide(session, row, State.HELD, State.DISCARDED, by=by)


def take_back(session: ScopedSession, row: FrontReferral, *, by: Actor) -> None:
    """Put what was discarded back among what is looked at.

    Raises:
        RuleBroken: it was not discarded, or what was told is gone.
    """
    if row.told is None:
        raise RuleBroken("state", "What was told in it is deleted")
    _decide(session, row, State.DISCARDED, State.HELD, by=by)


def _decide(
    session: ScopedSession, row: FrontReferral, was: State, becomes: State, *, by: Actor
) -> None:
    if row.state != was:
        raise RuleBroken("state", "Somebody has decided on this referral already")
    row.state, row.decided_at, row.decided_by_name = becomes.value, by.at, by.name
    audit(
        session,
        f"referral {becomes.value}",
        subject_kind="referral",
        subject_id=row.id,
        at=by.at,
    )
    session.flush()


def sweep(*, before: dt.datetime) -> int:
    """Take in what was handed in before a time and still waits. Returns how many became cases."""
    with scoped(Scope.all_cases(None)) as session:
        waiting = session.execute(
            sa.select(FrontReferral.tenant_id, FrontReferral.id).where(
                FrontReferral.state == State.WAITING.value, FrontReferral.received_at < before
            )
        ).all()
    taken = 0
    for tenant, referral_id in waiting:
        try:
            taken += take_in(tenant, referral_id) is not None
        except Exception:
            log.exception("the referral %s cannot be taken in", referral_id)
    return taken


def forget(*, at: dt.datetime) -> int:
    """Delete what was told in what was discarded long ago, and old counts. Returns how many."""
    with scoped(Scope.identity()) as session:
        session.execute(
            sa.delete(ReferralAttempt).where(ReferralAttempt.at < at - dt.timedelta(days=1))
        )
    with scoped(Scope.all_cases(None)) as session:
        old = session.execute(
            sa.select(FrontReferral.tenant_id, FrontReferral.id).where(
                FrontReferral.state == State.DISCARDED.value,
                FrontReferral.told.is_not(None),
                FrontReferral.decided_at < at - DISCARDED_KEPT,
            )
        ).all()
    for tenant, referral_id in old:
        with scoped(Scope.provider(tenant, None)) as session:
            row = locked(session, referral_id)
            if row is not None and row.state == State.DISCARDED:
                row.told = None
    return len(old)
