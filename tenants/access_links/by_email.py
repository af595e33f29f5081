"""A personal link in an e-mail: made by the worker as the message leaves, and kept nowhere.

The queue holds that a message wants a link, never a link. What the database keeps is the hash, as
of every other; the key is in the e-mail alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask, current_app, url_for

from saas.config import Settings
from saas.database.scope import Scope, ScopedSession, scoped
from saas.messages.models import Message
from saas.messages.outbox import PersonalLinkMade
from saas.reference.today import LONDON
from tenants.access_links.family_links import LINK_LASTS
from tenants.access_links.links import end_emailed, insert_link
from tenants.access_links.models import FamilyLink
from tenants.access_links.participant_links import make_participant_link_of
from tenants.access_links.participant_models import ParticipantLink
from tenants.access_links.signing_by_email import make_signing_link_of
from tenants.access_links.signing_models import SigningLink
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.casework.row_columns import Actor
from tenants.notices.recipients import A_GUEST, THE_SIGNER
from tenants.notices.telling import leads_to

# Mail lies in mailboxes for years: what it holds must not open a case for that long. As long as
# the 30 days in which mediation is arranged; after that the family asks for a new one.
EMAILED_LINK_LASTS = dt.timedelta(days=30)
BY_SERVICE = "The service, by e-mail"


class EmailedLinks:
    """Makes the links of messages to families, and to those who sign an agreement besides
    (`saas.messages.outbox.PersonalLinks`)."""

    def __init__(
        self,
        address_of: Callable[[str], str],
        ask_at: str,
        signing_address_of: Callable[[str], str],
        participant_address_of: Callable[[str], str],
    ) -> None:
        """
        Args:
            address_of: the whole address of a family's key.
            ask_at: where a family asks for a new one.
            signing_address_of: the whole address of a key to one agreement.
            participant_address_of: the whole address of a key to one meeting.
        """
        self.address_of = address_of
        self.ask_at = ask_at
        self.signing_address_of = signing_address_of
        self.participant_address_of = participant_address_of

    def make(
        self, tenant: uuid.UUID, message: uuid.UUID, recipient: str, address: str, at: dt.datetime
    ) -> PersonalLinkMade | None:
        kind, _, party = recipient.partition(":")
        if kind == THE_SIGNER:
            return self._for_signer(tenant, message, at)
        if kind == A_GUEST:
            return self._for_guest(tenant, message, uuid.UUID(party), address, at)
        if kind != "party":
            return None
        with scoped(Scope.worker(tenant)) as session:
            held = session.execute(
                sa.select(CaseParty.case_id).where(
                    CaseParty.tenant_id == tenant,
                    CaseParty.id == uuid.UUID(party),
                    CaseParty.side == Side.FAMILY.value,
                )
            ).one_or_none()
            if held is None or not leads_to(session, uuid.UUID(party), address):
                return None
            made = insert_link(
                session,
                FamilyLink,
                by=BY_SERVICE,
                at=at,
                lasts=EMAILED_LINK_LASTS,
                case_id=held.case_id,
                party_id=uuid.UUID(party),
                message_id=message,
            )
        about = (
            f"{_for_you_alone(made.expires_at)} You can get a new one at any time: {self.ask_at}"
        )
        return PersonalLinkMade(made.id, self.address_of(made.token), about)

    def _for_signer(
        self, tenant: uuid.UUID, message: uuid.UUID, at: dt.datetime
    ) -> PersonalLinkMade | None:
        made = make_signing_link_of(tenant, message, by=BY_SERVICE, at=at, lasts=EMAILED_LINK_LASTS)
        if made is None:
            return None
        return PersonalLinkMade(
            made.id, self.signing_address_of(made.token), _for_you_alone(made.expires_at)
        )

    def _for_guest(
        self,
        tenant: uuid.UUID,
        message: uuid.UUID,
        party: uuid.UUID,
        address: str,
        at: dt.datetime,
    ) -> PersonalLinkMade | None:
        made = make_participant_link_of(
            tenant, message, party, address, by=BY_SERVICE, at=at, lasts=EMAILED_LINK_LASTS
        )
        if made is None:
            return None
        return PersonalLinkMade(
            made.id, self.participant_address_of(made.token), _for_you_alone(made.expires_at)
        )

    def end(self, tenant: uuid.UUID, link: uuid.UUID, at: dt.datetime) -> None:
        end_emailed(tenant, FamilyLink, FamilyLink.id == link, by=BY_SERVICE, at=at)
        end_emailed(tenant, SigningLink, SigningLink.id == link, by=BY_SERVICE, at=at)
        end_emailed(tenant, ParticipantLink, ParticipantLink.id == link, by=BY_SERVICE, at=at)


def _for_you_alone(expires_at: dt.datetime) -> str:
    until = expires_at.astimezone(LONDON)
    return (
        f"The link is for you alone: do not pass it on. It works until {until:%A} {until.day}"
        f" {until:%B %Y}."
    )


def end_links_of_message(tenant: uuid.UUID, message: uuid.UUID, *, at: dt.datetime) -> None:
    """End what was e-mailed to an address at which nobody is."""
    end_emailed(tenant, FamilyLink, FamilyLink.message_id == message, by=BY_SERVICE, at=at)
    end_emailed(tenant, SigningLink, SigningLink.message_id == message, by=BY_SERVICE, at=at)
    of_guest = ParticipantLink.message_id == message
    end_emailed(tenant, ParticipantLink, of_guest, by=BY_SERVICE, at=at)


def link_of_letter(session: ScopedSession, message: Message, by: Actor) -> tuple[str, str]:
    """A link for a letter that is printed now, and what is said of it; an earlier one ends.

    The session is the provider's. Post takes days, so it works as long as one that is handed over.
    """
    session.execute(
        sa.update(FamilyLink)
        .where(
            FamilyLink.tenant_id == session.tenant,
            FamilyLink.message_id == message.id,
            FamilyLink.revoked_at.is_(None),
        )
        .values(revoked_at=by.at, revoked_by_name=by.name)
    )
    made = insert_link(
        session,
        FamilyLink,
        by=by.name,
        at=by.at,
        lasts=LINK_LASTS,
        case_id=message.subject_id,
        party_id=uuid.UUID(message.recipient.partition(":")[2]),
        message_id=message.id,
    )
    settings: Settings = current_app.extensions["settings"]
    base = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
    path = url_for("family_case.case", token=made.token)
    return base + path, _for_you_alone(made.expires_at)


def emailed_links(app: Flask) -> EmailedLinks:
    settings: Settings = app.extensions["settings"]
    base = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
    urls = app.url_map.bind("")
    return EmailedLinks(
        lambda token: base + urls.build("family_case.case", {"token": token}),
        base + urls.build("family_link.ask", {}),
        lambda token: base + urls.build("agreement_signer.agreement", {"key": token}),
        lambda token: base + urls.build("participant.meeting", {"participant_key": token}),
    )
