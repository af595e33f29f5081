"""The link of one who comes to a meeting: made as its e-mail leaves, looked up, ended."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.signed_in import Tenancy
from saas.messages.models import Message
from saas.web.today import now
from tenants.access_links.links import NewLink, end_link, insert_link, open_by_key
from tenants.access_links.participant_models import ParticipantLink
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty, SenCase
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices.models import CaseNotice


@dataclass(frozen=True)
class OpenedMeeting:
    """What a participant's link opens: one meeting, and who comes."""

    tenancy: Tenancy
    case_id: uuid.UUID
    party_id: uuid.UUID
    reference: str
    meeting: Mapping[str, Any]
    held_on: dt.date | None


def make_participant_link_of(
    tenant: uuid.UUID,
    message: uuid.UUID,
    party_id: uuid.UUID,
    address: str,
    *,
    by: str,
    at: dt.datetime,
    lasts: dt.timedelta,
) -> NewLink | None:
    """A new link for whom the message is for; None if the address is not theirs any more.

    Their earlier links show the same from now on: a date that changed is right behind each.
    """
    with scoped(Scope.worker(tenant)) as session:
        email = session.scalar(
            sa.select(CaseParty.email).where(
                CaseParty.tenant_id == tenant,
                CaseParty.id == party_id,
                CaseParty.side.not_in((Side.FAMILY.value, Side.AUTHORITY.value)),
            )
        )
        cause = session.execute(
            sa.select(CaseNotice.case_id, CaseNotice.detail, SenCase.reference)
            .join(
                Message,
                sa.and_(
                    Message.tenant_id == CaseNotice.tenant_id, Message.cause_id == CaseNotice.id
                ),
            )
            .join(
                SenCase,
                sa.and_(
                    SenCase.tenant_id == CaseNotice.tenant_id, SenCase.id == CaseNotice.case_id
                ),
            )
            .where(Message.tenant_id == tenant, Message.id == message)
        ).one_or_none()
        if cause is None or (email or "").lower() != address.lower():
            return None
        held = cause.detail.get("held_on")
        shown: dict[str, Any] = {"held_on": dt.date.fromisoformat(held) if held else None}
        if "uid" in cause.detail:
            shown["meeting"] = cause.detail
        session.execute(
            sa.update(ParticipantLink)
            .where(ParticipantLink.tenant_id == tenant, ParticipantLink.party_id == party_id)
            .values(**shown)
        )
        return insert_link(
            session,
            ParticipantLink,
            by=by,
            at=at,
            lasts=lasts,
            message_id=message,
            case_id=cause.case_id,
            party_id=party_id,
            reference=cause.reference,
            **{"meeting": {}, **shown},
        )


def find_meeting(token: str, *, used: bool) -> OpenedMeeting | None:
    """What a key opens now; its use is noted."""
    columns = (
        ParticipantLink.case_id,
        ParticipantLink.party_id,
        ParticipantLink.reference,
        ParticipantLink.meeting,
        ParticipantLink.held_on,
    )
    found = open_by_key(ParticipantLink, token, *columns, at=now(), used=used)
    if found is None:
        return None
    row, tenancy = found
    return OpenedMeeting(
        tenancy, row.case_id, row.party_id, row.reference, row.meeting, row.held_on
    )


@dataclass(frozen=True)
class KnownParticipantLink:
    """A participant's link as the provider sees it."""

    id: uuid.UUID
    for_name: str
    created_at: dt.datetime
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None

    def works(self, at: dt.datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


def participant_links_of(
    session: ScopedSession, case_id: uuid.UUID, *, most: int
) -> list[KnownParticipantLink]:
    """The links of those who come to a case's meeting, the newest first."""
    rows = session.execute(
        sa.select(
            ParticipantLink.id,
            CaseParty.name,
            ParticipantLink.created_at,
            ParticipantLink.expires_at,
            ParticipantLink.revoked_at,
            ParticipantLink.last_used_at,
        )
        .join(
            CaseParty,
            sa.and_(
                CaseParty.tenant_id == ParticipantLink.tenant_id,
                CaseParty.id == ParticipantLink.party_id,
            ),
        )
        .where(ParticipantLink.tenant_id == session.tenant, ParticipantLink.case_id == case_id)
        .order_by(ParticipantLink.created_at.desc(), ParticipantLink.id.desc())
        .limit(most)
    )
    return [KnownParticipantLink(*row) for row in rows]


def revoke_participant_link(
    session: ScopedSession, case_id: uuid.UUID, link_id: uuid.UUID, *, by: Actor
) -> None:
    """End a link at once.

    Raises:
        RuleBroken: there is no such link in this case.
    """
    of_case = session.scalar(
        sa.select(ParticipantLink.id).where(
            ParticipantLink.tenant_id == session.tenant,
            ParticipantLink.case_id == case_id,
            ParticipantLink.id == link_id,
        )
    )
    if of_case is None:
        raise RuleBroken("link", "This link is not one of the case")
    end_link(session, ParticipantLink, link_id, by=by)
    session.flush()
