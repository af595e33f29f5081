"""Personal links: made for one person of the family, shown once, revoked, looked up."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.identity.personal_link import PersonalLink
from saas.web.today import now
from tenants.access_links.links import LISTED, NewLink, end_link, insert_link, open_by_key
from tenants.access_links.models import FamilyLink
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices.topics import PERSONAL_LINK
from tenants.notices.writing import write_notice

# Long enough for the longest clock of an agreement: 14 weeks after a mediation within 30 days.
LINK_LASTS = dt.timedelta(days=180)


@dataclass(frozen=True)
class KnownLink:
    """A link as the provider sees it."""

    id: uuid.UUID
    for_name: str
    created_at: dt.datetime
    created_by: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None
    message_id: uuid.UUID | None

    def works(self, at: dt.datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


def make_link(
    session: ScopedSession,
    case_id: uuid.UUID,
    party_id: uuid.UUID,
    *,
    by: Actor,
    token: str | None = None,
) -> NewLink:
    """Make a link for one person of the family.

    Args:
        token: a key that others know already, for the demonstration; a new one if not given.

    Raises:
        RuleBroken: the person is not of this case, or not of the family's side.
    """
    side = session.scalar(
        sa.select(CaseParty.side).where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            CaseParty.id == party_id,
        )
    )
    if side != Side.FAMILY:
        raise RuleBroken("party", "Choose someone of the family in this case")
    made = insert_link(
        session,
        FamilyLink,
        by=by.name,
        at=by.at,
        lasts=LINK_LASTS,
        token=token,
        case_id=case_id,
        party_id=party_id,
    )
    audit(session, "personal link made", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()
    return made


def revoke_link(
    session: ScopedSession, case_id: uuid.UUID, link_id: uuid.UUID, *, by: Actor
) -> None:
    """End a link at once. To revoke one that is revoked changes nothing.

    Raises:
        RuleBroken: there is no such link in this case.
    """
    known = session.execute(
        sa.select(FamilyLink.revoked_at).where(
            FamilyLink.tenant_id == session.tenant,
            FamilyLink.case_id == case_id,
            FamilyLink.id == link_id,
        )
    ).one_or_none()
    if known is None:
        raise RuleBroken("link", "This link is not one of the case")
    if known.revoked_at is not None:
        return
    end_link(session, FamilyLink, link_id, by=by)
    audit(session, "personal link revoked", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()


def links_of(session: ScopedSession, case_id: uuid.UUID) -> list[KnownLink]:
    """The links of a case: those not revoked first, the longest-lasting first, LISTED at most."""
    rows = session.execute(
        sa.select(
            FamilyLink.id,
            CaseParty.name,
            FamilyLink.created_at,
            FamilyLink.created_by_name,
            FamilyLink.expires_at,
            FamilyLink.revoked_at,
            FamilyLink.last_used_at,
            FamilyLink.message_id,
        )
        .join(
            CaseParty,
            sa.and_(
                CaseParty.tenant_id == FamilyLink.tenant_id, CaseParty.id == FamilyLink.party_id
            ),
        )
        .where(FamilyLink.tenant_id == session.tenant, FamilyLink.case_id == case_id)
        # Those that open something first: each e-mail has its own, so there may be many.
        .order_by(
            FamilyLink.revoked_at.is_not(None), FamilyLink.expires_at.desc(), FamilyLink.id.desc()
        )
        .limit(LISTED)
    )
    return [KnownLink(*row) for row in rows]


def email_link(
    session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID, *, by: Actor
) -> None:
    """Have a new link e-mailed to one of the family. The worker makes it as the message leaves.

    Raises:
        RuleBroken: nobody such is in the family of this case, or we have no address.
    """
    party = session.execute(
        sa.select(CaseParty.side, CaseParty.email).where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            CaseParty.id == party_id,
        )
    ).one_or_none()
    if party is None or party.side != Side.FAMILY:
        raise RuleBroken("party", "Choose someone of the family in this case")
    if not party.email:
        raise RuleBroken("party", "No e-mail address of this person is recorded")
    write_notice(
        session,
        case_id,
        PERSONAL_LINK,
        audience=Side.FAMILY.value,
        by=by,
        detail={"party_id": str(party_id)},
    )
    audit(session, "personal link e-mailed", subject_kind="case", subject_id=case_id, at=by.at)
    session.flush()


def family_of(session: ScopedSession, case_id: uuid.UUID) -> list[tuple[uuid.UUID, str]]:
    """Who of the family a link can be made for: id and name with the relation."""
    rows = session.execute(
        sa.select(CaseParty.id, CaseParty.name, CaseParty.relation)
        .where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            CaseParty.side == Side.FAMILY.value,
        )
        .order_by(CaseParty.id)
    )
    return [(row.id, f"{row.name} ({row.relation})" if row.relation else row.name) for row in rows]


def find_personal_link(token: str, *, used: bool) -> PersonalLink | None:
    """The case that a key opens now, looked up in a transaction of its own; its use is noted."""
    found = open_by_key(
        FamilyLink, token, FamilyLink.case_id, FamilyLink.party_id, at=now(), used=used
    )
    if found is None:
        return None
    row, tenancy = found
    return PersonalLink(id=row.id, tenancy=tenancy, case_id=row.case_id, party_id=row.party_id)
