"""How to reach someone of the family: put right, or withdrawn."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, fields

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from tenants.access_links.models import FamilyLink
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor


@dataclass(frozen=True)
class Contact:
    """How to reach someone; None is what we may not use, or do not know."""

    email: str | None
    telephone: str | None
    postcode: str | None
    preferred_communication: str | None


def contact_of(
    session: ScopedSession, case_id: uuid.UUID, party_id: uuid.UUID
) -> tuple[str, Contact] | None:
    """The name and the contact details of one of the family; None if there is none such."""
    row = session.execute(
        sa.select(
            CaseParty.name,
            CaseParty.email,
            CaseParty.telephone,
            CaseParty.postcode,
            CaseParty.preferred_communication,
        ).where(
            CaseParty.tenant_id == session.tenant,
            CaseParty.case_id == case_id,
            CaseParty.id == party_id,
            CaseParty.side == Side.FAMILY.value,
        )
    ).one_or_none()
    return (row[0], Contact(*row[1:])) if row is not None else None


def change_contact(
    session: ScopedSession,
    case_id: uuid.UUID,
    party_id: uuid.UUID,
    contact: Contact,
    *,
    by: Actor,
) -> int:
    """Keep other contact details. Returns how many links ended.

    Links that lie in the mailbox of an address which is not used any more end with it.

    Raises:
        RuleBroken: there is no such person in the family of this case.
    """
    known = contact_of(session, case_id, party_id)
    if known is None:
        raise RuleBroken("email", "This person is not of the family in this case")
    changed = [
        field.name
        for field in fields(Contact)
        if getattr(known[1], field.name) != getattr(contact, field.name)
    ]
    if not changed:
        return 0
    session.execute(
        sa.update(CaseParty)
        .where(CaseParty.tenant_id == session.tenant, CaseParty.id == party_id)
        .values({field.name: getattr(contact, field.name) for field in fields(Contact)})
    )
    ended = 0
    if (known[1].email or "").lower() != (contact.email or "").lower():
        ended = len(
            session.execute(
                sa.update(FamilyLink)
                .where(
                    FamilyLink.tenant_id == session.tenant,
                    FamilyLink.party_id == party_id,
                    FamilyLink.message_id.is_not(None),
                    FamilyLink.revoked_at.is_(None),
                    FamilyLink.expires_at > by.at,
                )
                .values(revoked_at=by.at, revoked_by_name=by.name)
                .returning(FamilyLink.id)
            ).all()
        )
    audit(
        session,
        "contact changed",
        subject_kind="case",
        subject_id=case_id,
        at=by.at,
        party=str(party_id),
        fields=changed,
        links_ended=ended,
    )
    session.flush()
    return ended
