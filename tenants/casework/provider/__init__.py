"""What the provider's coordinators, advisers and mediators see and do in a case."""

from __future__ import annotations

from tenants.casework.provider import (
    case,
    certificates,
    documents,
    first_contact,
    links,
    messages,
    referral,
    tray,
    turns,
)
from tenants.casework.provider.pages import pages

__all__ = [
    "case",
    "certificates",
    "documents",
    "first_contact",
    "links",
    "messages",
    "pages",
    "referral",
    "tray",
    "turns",
]
