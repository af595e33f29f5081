"""What somebody types of a referral, from page to page: sealed, and forgotten soon."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa
from cryptography.fernet import Fernet, InvalidToken

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.personal_link import new_token, token_hash
from tenants.referring.limits import DRAFTS_OF_ONE, WITHIN
from tenants.referring.models import MOST_SEALED, ReferralDraft

# After the last page that was sent; and with a link that brings its writer back.
KEPT_FOR = dt.timedelta(hours=1)
KEPT_WITH_LINK = dt.timedelta(days=7)

Fields = list[tuple[str, str]]


class TooManyDraftsError(Exception):
    """Far more are begun from one place than families sit there."""


class DraftTooLargeError(Exception):
    """More was sent than anybody types."""


@dataclass
class Draft:
    """One referral that is being written: each step's fields, as they were sent."""

    id: uuid.UUID
    answers: dict[str, Fields]
    started_at: dt.datetime
    kept_until: dt.datetime
    # What the pages found beside what was typed: the authority, an odd field.
    found: dict[str, str] = field(default_factory=dict)


def _seal(secret: str) -> Fernet:
    key = hashlib.blake2b(secret.encode(), person=b"referral draft", digest_size=32).digest()
    return Fernet(base64.urlsafe_b64encode(key))


def _told(answers: Mapping[str, Iterable[tuple[str, str]]], found: Mapping[str, str]) -> bytes:
    told = {step: [list(pair) for pair in fields] for step, fields in answers.items()}
    return json.dumps({"answers": told, "found": dict(found)}).encode()


def opened(row: ReferralDraft | None, *, at: dt.datetime, secret: str) -> Draft | None:
    """A row as the draft that it holds; None where it is kept no longer, or cannot be read."""
    if row is None or row.kept_until <= at:
        return None
    try:
        told = json.loads(_seal(secret).decrypt(row.sealed))
    except InvalidToken:
        return None  # The secret was changed since: nobody can read it any more.
    answers = {step: [(n, v) for n, v in fields] for step, fields in told["answers"].items()}
    return Draft(row.id, answers, row.started_at, row.kept_until, told["found"])


def find_draft(key: str | None, *, at: dt.datetime, secret: str) -> Draft | None:
    """The draft that a browser's key opens; None where there is none any more."""
    if not key:
        return None
    with scoped(Scope.identity()) as session:
        row = session.scalars(
            sa.select(ReferralDraft).where(ReferralDraft.key_sha256 == token_hash(key))
        ).one_or_none()
        return opened(row, at=at, secret=secret)


def keep_draft(
    key: str | None,
    draft: Draft | None,
    answers: Mapping[str, Fields],
    found: Mapping[str, str],
    *,
    source_key: str,
    at: dt.datetime,
    secret: str,
) -> str:
    """Keep what was typed, in a draft that is there or a new one. Returns the browser's key.

    Args:
        source_key: where it is begun; empty for whoever is signed in.

    Raises:
        DraftTooLargeError: more than MOST_SEALED.
        TooManyDraftsError: DRAFTS_OF_ONE were begun there within the hour.
    """
    sealed = _seal(secret).encrypt(_told(answers, found))
    if len(sealed) > MOST_SEALED:
        raise DraftTooLargeError
    with scoped(Scope.identity()) as session:
        if key and draft is not None:
            kept = session.execute(
                sa.update(ReferralDraft)
                .where(ReferralDraft.id == draft.id, ReferralDraft.key_sha256 == token_hash(key))
                .values(
                    sealed=sealed,
                    kept_until=sa.func.greatest(ReferralDraft.kept_until, at + KEPT_FOR),
                )
                .returning(ReferralDraft.id)
            ).one_or_none()
            if kept is not None:
                return key
        if source_key and _begun_there(session, source_key, at) >= DRAFTS_OF_ONE:
            raise TooManyDraftsError
        key = new_token()
        session.add(
            ReferralDraft(
                key_sha256=token_hash(key),
                sealed=sealed,
                started_at=at,
                kept_until=at + KEPT_FOR,
                source_key=source_key,
                return_email=None,
                return_email_key=None,
                return_asked_at=None,
                return_key_sha256=None,
            )
        )
    return key


def _begun_there(session: ScopedSession, source_key: str, at: dt.datetime) -> int:
    return (
        session.scalar(
            sa.select(sa.func.count(ReferralDraft.id)).where(
                ReferralDraft.source_key == source_key, ReferralDraft.started_at > at - WITHIN
            )
        )
        or 0
    )


def forget_draft(draft_id: uuid.UUID) -> None:
    with scoped(Scope.identity()) as session:
        session.execute(sa.delete(ReferralDraft).where(ReferralDraft.id == draft_id))


def forget_old_drafts(session: ScopedSession, *, at: dt.datetime) -> int:
    """Delete what is kept no longer; how many were deleted."""
    gone = session.execute(
        sa.delete(ReferralDraft).where(ReferralDraft.kept_until <= at).returning(ReferralDraft.id)
    )
    return len(gone.all())
