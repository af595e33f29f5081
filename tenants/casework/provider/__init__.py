"""What the provider's coordinators, advisers and mediators see and do in a case."""

from __future__ import annotations

from tenants.casework.provider import (
    agreement,
    case,
    certificates,
    documents,
    first_contact,
    links,
    messages,
    referral,
    signing_links,
    steps,
    tray,
    turns,
)
from tenants.casework.provider.pages import pages

__all__ = [
    "agreement",
    "case",
    "certificates",
    "documents",
    "first_contact",
    "links",
    "messages",
    "pages",
    "referral",
    "signing_links",
    "steps",
    "tray",
    "turns",
]
