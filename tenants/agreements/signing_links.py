"""Signing links: made for one who has to sign, shown once or e-mailed, revoked, looked up.

A link opens its agreement while that is out for signature, and afterwards, once everyone has
signed, so that its holder has the copy. When the text is called back or replaced the link opens
nothing: the page asks the facts (`agreement.signing.is_out`), so no row has to be ended for it.
"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass

import sqlalchemy as sa

from saas.audit.actions import record as audit
from saas.database.scope import ScopedSession
from saas.identity import personal_link
from saas.web.today import now
from tenants.access_links.links import LISTED, NewLink, end_link, insert_link, open_by_key
from tenants.access_links.signing_models import SigningLink
from tenants.agreements.models import Agreement
from tenants.agreements.reading import ShownAgreement, latest_agreement
from tenants.agreements.text import Signer
from tenants.casework.kinds import Side
from tenants.casework.queries import hold_case
from tenants.casework.record import RuleBroken
from tenants.casework.row_columns import Actor
from tenants.notices.topics import SIGNING_LINK
from tenants.notices.writing import write_notice

# As long as a family's link in an e-mail.
LINK_LASTS = dt.timedelta(days=30)
# These have a way of their own to sign.
WITH_ANOTHER_WAY = (Side.FAMILY, Side.AUTHORITY)


@dataclass(frozen=True)
class KnownSigningLink:
    """A link as the provider sees it."""

    id: uuid.UUID
    signer: str
    version: int
    created_at: dt.datetime
    created_by: str
    expires_at: dt.datetime
    revoked_at: dt.datetime | None
    last_used_at: dt.datetime | None
    message_id: uuid.UUID | None

    def works(self, at: dt.datetime) -> bool:
        return self.revoked_at is None and at < self.expires_at


def wanting_a_link(latest: ShownAgreement) -> list[Signer]:
    """Those who have yet to sign and can do so by a link of their own alone."""
    if not latest.out:
        return []
    return [one for one in latest.unsigned() if one.side not in WITH_ANOTHER_WAY]


def _to_sign(session: ScopedSession, case_id: uuid.UUID, key: str) -> tuple[ShownAgreement, Signer]:
    hold_case(session, case_id)
    latest = latest_agreement(session, case_id)
    if latest is None or not latest.out:
        raise RuleBroken("signer", "No agreement is out for signature")
    signer = next((one for one in wanting_a_link(latest) if one.key == key), None)
    if signer is None:
        raise RuleBroken("signer", "Choose someone who has yet to sign")
    return latest, signer


def make_signing_link(
    session: ScopedSession, case_id: uuid.UUID, key: str, *, by: Actor, token: str | None = None
) -> NewLink:
    """Make a link for one of those who have yet to sign the text that is out.

    Args:
        key: of the signer (`agreement.text.Signer`).
        token: a key that others know already, for the demonstration; a new one if not given.

    Raises:
        RuleBroken: no text is out, or this one has signed or has another way to.
    """
    latest, signer = _to_sign(session, case_id, key)
    made = insert_link(
        session,
        SigningLink,
        by=by.name,
        at=by.at,
        lasts=LINK_LASTS,
        token=token,
        agreement_id=latest.id,
        signer=signer.key,
        side=signer.side.value,
    )
    audit(session, "signing link made", subject_kind="agreement", subject_id=latest.id, at=by.at)
    session.flush()
    return made


def email_signing_link(
    session: ScopedSession, case_id: uuid.UUID, key: str, *, email: str, by: Actor
) -> None:
    """Have a new link e-mailed to one who has yet to sign. The worker makes it as the message
    leaves.

    Raises:
        RuleBroken: no text is out, or this one has signed or has another way to.
    """
    latest, signer = _to_sign(session, case_id, key)
    write_notice(
        session,
        case_id,
        SIGNING_LINK,
        audience="parties",
        by=by,
        detail={
            "agreement_id": str(latest.id),
            "signer": signer.key,
            "side": signer.side.value,
            "email": email,
        },
    )
    audit(
        session, "signing link e-mailed", subject_kind="agreement", subject_id=latest.id, at=by.at
    )
    session.flush()


def revoke_signing_link(
    session: ScopedSession, case_id: uuid.UUID, link_id: uuid.UUID, *, by: Actor
) -> None:
    """End a link at once. To revoke one that is revoked changes nothing.

    Raises:
        RuleBroken: there is no such link in this case.
    """
    known = session.execute(
        sa.select(SigningLink.revoked_at, SigningLink.agreement_id)
        .join(Agreement, _OF_AGREEMENT)
        .where(
            SigningLink.tenant_id == session.tenant,
            Agreement.case_id == case_id,
            SigningLink.id == link_id,
        )
    ).one_or_none()
    if known is None:
        raise RuleBroken("link", "This link is not one of the case")
    if known.revoked_at is not None:
        return
    end_link(session, SigningLink, link_id, by=by)
    audit(
        session,
        "signing link revoked",
        subject_kind="agreement",
        subject_id=known.agreement_id,
        at=by.at,
    )
    session.flush()


_OF_AGREEMENT = sa.and_(
    Agreement.tenant_id == SigningLink.tenant_id, Agreement.id == SigningLink.agreement_id
)


def signing_links_of(session: ScopedSession, case_id: uuid.UUID) -> list[KnownSigningLink]:
    """The links of a case: those not revoked first, then the newest, LISTED at most."""
    rows = session.execute(
        sa.select(
            SigningLink.id,
            SigningLink.signer,
            Agreement.version,
            SigningLink.created_at,
            SigningLink.created_by_name,
            SigningLink.expires_at,
            SigningLink.revoked_at,
            SigningLink.last_used_at,
            SigningLink.message_id,
        )
        .join(Agreement, _OF_AGREEMENT)
        .where(SigningLink.tenant_id == session.tenant, Agreement.case_id == case_id)
        .order_by(
            SigningLink.revoked_at.is_not(None),
            Agreement.version.desc(),
            SigningLink.id.desc(),
        )
        .limit(LISTED)
    )
    return [KnownSigningLink(*row) for row in rows]


def find_signing_link(token: str, *, used: bool) -> personal_link.SigningLink | None:
    """The agreement that a key opens now, looked up in a transaction of its own; its use is
    noted."""
    found = open_by_key(
        SigningLink, token, SigningLink.agreement_id, SigningLink.signer, at=now(), used=used
    )
    if found is None:
        return None
    row, tenancy = found
    return personal_link.SigningLink(
        id=row.id, tenancy=tenancy, agreement_id=row.agreement_id, signer=row.signer
    )
