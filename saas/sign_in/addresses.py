"""Where somebody goes after signing in."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import url_for

from saas.config import Settings
from saas.identity.permissions import Permission
from saas.identity.signed_in import SignedIn

# Where each permission leads: the first that a person has is their first page.
FIRST_PAGES: list[tuple[Permission, str]] = [
    (Permission.SEE_OWN_CASES, "authority_cases.tray"),
    (Permission.SEE_OWN_INVOICES, "authority_billing.invoices"),
    (Permission.SEE_DASHBOARDS, "manager_dashboard.boroughs"),
    (Permission.SEE_ACCOUNTS, "finance_billing.contracts"),
    (Permission.SEE_APPOINTED_CASES, "provider_cases.tray"),
    (Permission.SEE_OWN_TEAM, "authority_team.members"),
]


def first_page(person: SignedIn) -> str:
    for permission, endpoint in FIRST_PAGES:
        if person.may(permission):
            return url_for(endpoint)
    return url_for("identity.account")


def safe_next(target: str | None) -> str | None:
    """The address to go on to, if it is one of ours: a path, and nothing that names a host."""
    if not target or not target.startswith("/") or target.startswith(("//", "/\\")):
        return None
    parts = urlsplit(target)
    return target if not parts.netloc and not parts.scheme else None


def public_address(settings: Settings) -> str:
    """Where the service is, as it is set: never what a request says of its own host."""
    return settings.public_url.rstrip("/") or f"http://127.0.0.1:{settings.port}"
