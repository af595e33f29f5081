"""From a first proof that was right to a session, by the second proof where there is one."""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import dataclass

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

# So long a first proof that was right waits for the second.
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


@dataclass(frozen=True)
class HalfWay:
    """Whoever gave their first proof in this browser a moment ago, and where they were going.

    Args:
        connection_id: the connection that vouched for them; None where it was a password.
    """

    person_id: uuid.UUID
    target: str
    connection_id: uuid.UUID | None = None


def ask_second(half: HalfWay) -> ResponseReturnValue:
    """The first proof was right: go on to the second."""
    flask.session.clear()
    by = str(half.connection_id) if half.connection_id else None
    flask.session[HALF] = [str(half.person_id), now().isoformat(), half.target, by]
    return redirect(url_for("second_step.second"))


def half_way() -> HalfWay | None:
    kept = flask.session.get(HALF)
    if not kept:
        return None
    person_id, since, target, by = kept
    if now() - dt.datetime.fromisoformat(since) > HALF_FOR:
        return None
    return HalfWay(uuid.UUID(person_id), target, uuid.UUID(by) if by else None)


def go_in(half: HalfWay, *, second_elsewhere: bool = False) -> ResponseReturnValue:
    """Begin the session, and lead to where the person was going.

    Args:
        second_elsewhere: the second proof was asked for where they signed in.
    """
    settings = current_app.extensions["settings"]
    person_id = half.person_id
    session = open_session(Scope.identity())
    key = sessions.begin(
        session,
        person_id,
        device=device(),
        at=now(),
        lasts=dt.timedelta(hours=settings.session_hours),
        connection_id=half.connection_id,
        second_elsewhere=second_elsewhere,
    )
    entry = find_entry(session, person_id, at=now(), secret=settings.session_secret)
    session.commit()
    found: SignedIn | None = current_app.extensions["find_signed_in"](person_id, key)
    # What the browser held before is another's: a session that was planted opens nothing.
    flask.session.clear()
    if found is None:
        # Suspended, or the connection switched off, since the first proof.
        return redirect(url_for("identity.sign_in"))
    login_user(found)
    flask.session.permanent = True
    note("signed in by work account" if half.connection_id else "signed in", person_id)
    where = url_for("kept_entry.kept") if entry else half.target or first_page(found)
    response = current_app.make_response(redirect(where))
    remember_who(response, person_id)
    remember_device(response, person_id)
    return response


def proved_again(person: SignedIn, target: str) -> ResponseReturnValue:
    """The person proved once more who they are: go on to what that was asked for."""
    session = open_session(Scope.identity())
    secret = current_app.extensions["settings"].session_secret
    if person.session_id is not None:
        sessions.proved(session, person.session_id, at=now())
    entry = find_entry(session, person.id, at=now(), secret=secret)
    session.commit()
    return redirect(url_for("kept_entry.kept") if entry else target or first_page(person))
