"""One mechanism for links that open something without a sign-in: made, ended, looked up, noted.

Three kinds use it: a family's link opens a case (`family_links`), a signer's one agreement
(`tenants.agreements.signing_links`), a participant's one meeting (`participant_links`). The key is
shown or sent once; the database keeps its hash.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute

from saas.database.base import new_id
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.personal_link import new_token, token_hash
from saas.identity.signed_in import Tenancy
from tenants.access_links.models import FamilyLink
from tenants.access_links.participant_models import ParticipantLink
from tenants.access_links.signing_models import SigningLink
from tenants.casework.row_columns import Actor
from tenants.subscribers.models import Subscriber

# How many of a case's links a page lists.
LISTED = 50
# 'Last used' says on which day or so, so it is not written on every page.
USE_NOTED_EVERY = dt.timedelta(hours=1)

Kind = type[FamilyLink] | type[SigningLink] | type[ParticipantLink]


@dataclass(frozen=True)
class NewLink:
    """A link as it was made: the only moment at which its key is known."""

    id: uuid.UUID
    token: str
    expires_at: dt.datetime


def insert_link(
    session: ScopedSession,
    kind: Kind,
    *,
    by: str,
    at: dt.datetime,
    lasts: dt.timedelta,
    token: str | None = None,
    **whose: Any,
) -> NewLink:
    """Write a link down, as its hash.

    Args:
        by: who made it, as the list of links names them.
        token: a key that others know already, for the demonstration; a new one if not given.
        whose: what it opens and for whom, and the message that carries it: the kind's columns.
    """
    made = NewLink(id=new_id(), token=token or new_token(), expires_at=at + lasts)
    # Who makes a link may not read one back, so nothing is fetched.
    session.execute(
        sa.insert(kind)
        .values(
            tenant_id=session.tenant,
            id=made.id,
            token_hash=token_hash(made.token),
            created_at=at,
            created_by_name=by,
            expires_at=made.expires_at,
            **whose,
        )
        .inline()
    )
    return made


def end_link(session: ScopedSession, kind: Kind, link_id: uuid.UUID, *, by: Actor) -> None:
    """End a link at once. One that has ended stays as it is."""
    session.execute(
        sa.update(kind)
        .where(kind.tenant_id == session.tenant, kind.id == link_id, kind.revoked_at.is_(None))
        .values(revoked_at=by.at, revoked_by_name=by.name)
    )


def end_emailed(
    tenant: uuid.UUID, kind: Kind, which: sa.ColumnElement[bool], *, by: str, at: dt.datetime
) -> None:
    """End what was e-mailed and did not arrive, in the worker's scope."""
    with scoped(Scope.worker(tenant)) as session:
        session.execute(
            sa.update(kind)
            .where(kind.tenant_id == tenant, which, kind.revoked_at.is_(None))
            .values(revoked_at=at, revoked_by_name=by)
        )


def open_by_key(
    kind: Kind,
    token: str,
    *columns: InstrumentedAttribute[Any],
    at: dt.datetime,
    used: bool,
) -> tuple[Any, Tenancy] | None:
    """What a key opens now: its id with these columns, and the authority; None if nothing.

    Looked up in a transaction of its own, before the tenant is known, which is the identity role's
    to do; the use is noted in it.

    Args:
        used: whether somebody opens the page. Mail filters ask for its headers alone (HEAD).
    """
    with scoped(Scope.identity()) as session:
        row = session.execute(
            sa.select(
                kind.id,
                kind.tenant_id,
                kind.last_used_at,
                Subscriber.slug,
                Subscriber.name.label("authority_name"),
                *columns,
            )
            .join(Subscriber, Subscriber.id == kind.tenant_id)
            .where(
                kind.token_hash == token_hash(token),
                kind.revoked_at.is_(None),
                kind.expires_at > at,
            )
        ).one_or_none()
        if row is None:
            return None
        if used and (row.last_used_at is None or row.last_used_at < at - USE_NOTED_EVERY):
            session.execute(
                sa.update(kind)
                .where(kind.tenant_id == row.tenant_id, kind.id == row.id)
                .values(last_used_at=at)
            )
    return row, Tenancy(id=row.tenant_id, slug=row.slug, name=row.authority_name)
