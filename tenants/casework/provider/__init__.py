"""What the provider's coordinators, advisers and mediators see and do in a case."""

from __future__ import annotations

from tenants.casework.provider import case, referral, tray
from tenants.casework.provider.pages import pages

__all__ = ["case", "pages", "referral", "tray"]
