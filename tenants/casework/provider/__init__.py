"""What the provider's coordinators, advisers and mediators see and do in a case."""

from __future__ import annotations

from tenants.casework.provider import (
    case,
    certificates,
    first_contact,
    links,
    referral,
    tray,
    turns,
)
from tenants.casework.provider.pages import pages

__all__ = [
    "case",
    "certificates",
    "first_contact",
    "links",
    "pages",
    "referral",
    "tray",
    "turns",
]
