"""What the provider's coordinators, advisers and mediators see and do in a case."""

from __future__ import annotations

from tenants.casework.provider import case, certificates, first_contact, referral, tray, turns
from tenants.casework.provider.pages import pages

__all__ = ["case", "certificates", "first_contact", "pages", "referral", "tray", "turns"]
