"""A personal link in an e-mail: made by the worker as the message leaves, and kept nowhere.

The queue holds that a message wants a link, never a link. What the database keeps is the hash, as
of every other; the key is in the e-mail alone.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable

import sqlalchemy as sa
from flask import Flask

from saas.config import Settings
from saas.database.base import new_id
from saas.database.scope import Scope, scoped
from saas.identity.personal_link import new_token, token_hash
from saas.messages.outbox import PersonalLinkMade
from saas.reference.today import LONDON
from tenants.casework.kinds import Side
from tenants.casework.models import CaseParty
from tenants.casework.personal_links.models import FamilyLink

# Mail lies in mailboxes for years: what it holds must not open a case for that long. As long as
# the 30 days in which mediation is arranged; after that the family asks for a new one.
EMAILED_LINK_LASTS = dt.timedelta(days=30)
BY_SERVICE = "The service, by e-mail"


class EmailedLinks:
    """Makes the links of messages to families (`saas.messages.outbox.PersonalLinks`)."""

    def __init__(self, address_of: Callable[[str], str], ask_at: str) -> None:
        """`address_of` is the whole address of a key; `ask_at` is where to ask for a new one."""
        self.address_of = address_of
        self.ask_at = ask_at

    def make(
        self, tenant: uuid.UUID, message: uuid.UUID, recipient: str, address: str, at: dt.datetime
    ) -> PersonalLinkMade | None:
        kind, _, party = recipient.partition(":")
        if kind != "party":
            return None
        token = new_token()
        link_id = new_id()
        expires_at = at + EMAILED_LINK_LASTS
        with scoped(Scope.worker(tenant)) as session:
            held = session.execute(
                sa.select(CaseParty.case_id, CaseParty.email).where(
                    CaseParty.tenant_id == tenant,
                    CaseParty.id == uuid.UUID(party),
                    CaseParty.side == Side.FAMILY.value,
                )
            ).one_or_none()
            if held is None or (held.email or "").lower() != address.lower():
                return None
            session.execute(
                sa.insert(FamilyLink)
                .values(
                    tenant_id=tenant,
                    id=link_id,
                    case_id=held.case_id,
                    party_id=uuid.UUID(party),
                    token_hash=token_hash(token),
                    created_at=at,
                    created_by_name=BY_SERVICE,
                    expires_at=expires_at,
                    message_id=message,
                )
                .inline()
            )
        until = expires_at.astimezone(LONDON)
        about = (
            f"The link is for you alone: do not pass it on. It works until {until:%A} {until.day}"
            f" {until:%B %Y}. You can get a new one at any time: {self.ask_at}"
        )
        return PersonalLinkMade(link_id, self.address_of(token), about)

    def end(self, tenant: uuid.UUID, link: uuid.UUID, at: dt.datetime) -> None:
        with scoped(Scope.worker(tenant)) as session:
            session.execute(
                sa.update(FamilyLink)
                .where(
                    FamilyLink.tenant_id == tenant,
                    FamilyLink.id == link,
                    FamilyLink.revoked_at.is_(None),
                )
                .values(revoked_at=at, revoked_by_name=BY_SERVICE)
            )


def end_links_of_message(tenant: uuid.UUID, message: uuid.UUID, *, at: dt.datetime) -> None:
    """End what was e-mailed to an address at which nobody is."""
    with scoped(Scope.worker(tenant)) as session:
        session.execute(
            sa.update(FamilyLink)
            .where(
                FamilyLink.tenant_id == tenant,
                FamilyLink.message_id == message,
                FamilyLink.revoked_at.is_(None),
            )
            .values(revoked_at=at, revoked_by_name=BY_SERVICE)
        )


def emailed_links(app: Flask) -> EmailedLinks:
    settings: Settings = app.extensions["settings"]
    base = settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
    urls = app.url_map.bind("")
    return EmailedLinks(
        lambda token: base + urls.build("family_case.case", {"token": token}),
        base + urls.build("family_link.ask", {}),
    )
