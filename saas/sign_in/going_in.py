"""From a password that was right to a session, by the second proof where there is one."""

from __future__ import annotations

import datetime as dt
import re
import uuid

import flask
from flask import current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import login_user

from saas.audit.actions import record_across
from saas.database.scope import Scope
from saas.identity import sessions
from saas.identity.kept_entries import find_entry
from saas.identity.signed_in import SignedIn
from saas.sign_in.addresses import first_page
from saas.sign_in.kept import remember_device, remember_who
from saas.web.access import open_session
from saas.web.today import now

# So long a password that was right waits for the second proof.
HALF_FOR = dt.timedelta(minutes=10)
HALF = "half"
_BROWSERS = (
    ("Edg/", "Edge"),
    ("Firefox/", "Firefox"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    ("Windows", "Windows"), ("Android", "Android"), ("iPhone", "iPhone"), ("iPad", "iPad"),
    ("Mac OS X", "Mac"), ("Linux", "Linux"),
)  # fmt: skip


def note(action: str, person_id: uuid.UUID | None, **detail: object) -> None:
    """Write into the trail what concerns signing in; no address, no name."""
    record_across(action, person_id=person_id, at=now(), **detail)


def device() -> str:
    """The browser in a few words: 'Firefox on Windows'."""
    said = request.user_agent.string
    browser = next((name for mark, name in _BROWSERS if mark in said), "A browser")
    system = next((name for mark, name in _SYSTEMS if re.search(mark, said)), "")
    return f"{browser} on {system}" if system else browser


def ask_second(person_id: uuid.UUID, target: str) -> ResponseReturnValue:
    """The password was right: go on to the second proof."""
    flask.session.clear()
    flask.session[HALF] = [str(person_id), now().isoformat(), target]
    return redirect(url_for("second_step.second"))


def half_way() -> tuple[uuid.UUID, str] | None:
    """Whose password was right in this browser a moment ago, and where they were going."""
    kept = flask.session.get(HALF)
    if not kept:
        return None
    person_id, since, target = kept
    if now() - dt.datetime.fromisoformat(since) > HALF_FOR:
        return None
    return uuid.UUID(person_id), target


def go_in(person_id: uuid.UUID, target: str) -> ResponseReturnValue:
    """Begin the session, and lead to where the person was going."""
    settings = current_app.extensions["settings"]
    session = open_session(Scope.identity())
    lasts = dt.timedelta(hours=settings.session_hours)
    key = sessions.begin(session, person_id, device=device(), at=now(), lasts=lasts)
    entry = find_entry(session, person_id, at=now(), secret=settings.session_secret)
    session.commit()
    found: SignedIn = current_app.extensions["find_signed_in"](person_id, key)
    # What the browser held before is another's: a session that was planted opens nothing.
    flask.session.clear()
    login_user(found)
    flask.session.permanent = True
    note("signed in", person_id)
    where = url_for("kept_entry.kept") if entry else target or first_page(found)
    response = current_app.make_response(redirect(where))
    remember_who(response, person_id)
    remember_device(response, person_id)
    return response
