"""Keys of an authority's own systems to the API: made once shown once, kept as a hash."""

from __future__ import annotations

import datetime as dt
import hashlib
import re
import secrets
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import insert

from saas.audit.actions import record as audit
from saas.database.base import new_id
from saas.database.scope import IN_PASSING, ScopedSession
from tenants.statistics.measures.models import ApiToken, ApiUse
from tenants.subscribers.leaving import reading_is_over

LONGEST_DAYS = 366
# The tenant stands in the key, so that it is looked for in that tenant's rows and no others.
_FORM = re.compile(r"smk_([0-9a-f]{32})_([A-Za-z0-9_-]{43})")


class Allows(StrEnum):
    """What a key may ask for."""

    STATISTICS = "statistics"
    CASES = "cases"
    SEN2 = "sen2"


ALLOWS_WORDS = {
    Allows.STATISTICS: "Measures and breakdowns: numbers alone",
    Allows.CASES: "Cases as your officers see them",
    Allows.SEN2: "The SEN2 list: personal data",
}


@dataclass(frozen=True, slots=True)
class Presented:
    """A key as a caller presents it, well formed; whether it opens anything is not known yet."""

    tenant: uuid.UUID
    digest: str


def presented(header: str | None) -> Presented | None:
    """The key of an `Authorization: Bearer` header; None if there is none of ours in it."""
    kind, _, key = (header or "").partition(" ")
    found = _FORM.fullmatch(key.strip())
    if kind.lower() != "bearer" or found is None:
        return None
    return Presented(uuid.UUID(found[1]), _digest(key.strip()))


def _digest(key: str) -> str:
    # The key has 256 bits of chance: a slow hash would protect nothing more.
    return hashlib.sha256(key.encode()).hexdigest()


def make_token(
    session: ScopedSession,
    *,
    name: str,
    allows: Iterable[Allows],
    expires_on: dt.date,
    at: dt.datetime,
) -> str:
    """Make a key for the session's tenant and give it back, this once.

    Raises:
        ValueError: it would allow nothing, or hold for no day or more than LONGEST_DAYS.
    """
    chosen = sorted({allow.value for allow in allows})
    days = (expires_on - at.date()).days
    if not chosen:
        raise ValueError("Choose what the key may ask for")
    if not 0 < days <= LONGEST_DAYS:
        raise ValueError("The key must end after today and within a year")
    key = f"smk_{session.tenant.hex}_{secrets.token_urlsafe(32)}"
    row = ApiToken(
        tenant_id=session.tenant,
        id=new_id(),
        name=name.strip(),
        token_hash=_digest(key),
        allows=" ".join(chosen),
        made_at=at,
        made_by=session.scope.person,
        expires_on=expires_on,
        revoked_at=None,
    )
    session.add(row)
    audit(session, "API key made", subject_kind="API key", subject_id=row.id, at=at)
    session.flush()
    return key


def revoke(session: ScopedSession, token_id: uuid.UUID, *, at: dt.datetime) -> bool:
    """End a key of the session's tenant at once; False if it has none such that holds."""
    ended = session.execute(
        sa.update(ApiToken)
        .where(
            ApiToken.tenant_id == session.tenant,
            ApiToken.id == token_id,
            ApiToken.revoked_at.is_(None),
        )
        .values(revoked_at=at)
        .returning(ApiToken.id)
    ).first()
    if ended is None:
        return False
    audit(session, "API key withdrawn", subject_kind="API key", subject_id=token_id, at=at)
    return True


def tokens(session: ScopedSession) -> Sequence[ApiToken]:
    """The tenant's keys, the newest first."""
    return session.scalars(
        sa.select(ApiToken)
        .where(ApiToken.tenant_id == session.tenant)
        .order_by(ApiToken.made_at.desc())
    ).all()


@dataclass(frozen=True, slots=True)
class Opened:
    """A key that holds today, and what it opens."""

    id: uuid.UUID
    allows: frozenset[Allows]


def opened(session: ScopedSession, key: Presented, *, today: dt.date) -> Opened | None:
    """What a key opens today; None for one that is unknown, ended or withdrawn."""
    found = session.execute(
        sa.select(ApiToken.id, ApiToken.allows).where(
            ApiToken.tenant_id == session.tenant,
            ApiToken.token_hash == key.digest,
            ApiToken.expires_on >= today,
            ApiToken.revoked_at.is_(None),
            ~reading_is_over(today),
        )
    ).first()
    if found is None:
        return None
    return Opened(found[0], frozenset(Allows(word) for word in found[1].split()))


def count_question(session: ScopedSession, token_id: uuid.UUID, *, at: dt.datetime) -> float:
    """Count one more question of a key; how many that makes within the last minute.

    Of the minute before, the part is counted that lies within it, as if they had come evenly.
    """
    minute = at.replace(second=0, microsecond=0)
    asks = (
        insert(ApiUse)
        .values(tenant_id=session.tenant, id=token_id, minute=minute, asked=1, asked_before=0)
        .execution_options(**IN_PASSING)
    )
    same = ApiUse.minute == asks.excluded.minute
    next_one = ApiUse.minute == asks.excluded.minute - dt.timedelta(minutes=1)
    asked, before = session.execute(
        asks.on_conflict_do_update(
            index_elements=["tenant_id", "id"],
            set_={
                "asked_before": sa.case(
                    (same, ApiUse.asked_before), (next_one, ApiUse.asked), else_=0
                ),
                "asked": sa.case((same, ApiUse.asked + 1), else_=1),
                "minute": asks.excluded.minute,
            },
        ).returning(ApiUse.asked, ApiUse.asked_before)
    ).one()
    return float(asked + before * (1 - (at - minute).total_seconds() / 60))
