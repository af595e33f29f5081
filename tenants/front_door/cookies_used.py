"""The cookies of the service, told from the code that sets them."""

from __future__ import annotations

from dataclasses import dataclass

from flask import Flask

from saas.identity.kept_entries import KEPT_FOR
from saas.sign_in.kept import DEVICE_FOR, cookie_names
from saas.web.own_writes import WRITTEN_FOR_SECONDS, written_cookie


@dataclass(frozen=True)
class Cookie:
    """One cookie: its name, what it is for, and how long it lasts, in words."""

    name: str
    purpose: str
    lasts: str


def cookies_used(app: Flask) -> list[Cookie]:
    """Every cookie that a page sets, that of everybody first."""
    last, device = cookie_names()
    hours = app.extensions["settings"].session_hours
    written = Cookie(
        written_cookie(),
        "For people who sign in: what you have just entered is on the next page you open.",
        f"{WRITTEN_FOR_SECONDS // 60} minutes.",
    )
    remembered = hours + int(KEPT_FOR.total_seconds()) // 3600
    return [
        Cookie(
            app.config["SESSION_COOKIE_NAME"],
            "Makes sure that a form you send came from our page. It also keeps the language you"
            " chose, and keeps people who work with us signed in.",
            f"Until you close your browser. If you sign in, {hours} hours at most.",
        ),
        Cookie(
            last,
            "For people who sign in: what you typed comes back if your time runs out.",
            f"{remembered} hours, or until you sign out.",
        ),
        Cookie(
            device,
            "For people who sign in: if a stranger tries out passwords, you are not kept waiting.",
            f"{DEVICE_FOR.days} days.",
        ),
        *([written] if "replica" in app.extensions else []),
    ]
