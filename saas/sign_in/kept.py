"""What was typed is not lost when a session ends, or a page was open for too long.

Staff: what they sent is kept, sealed, until the same person has signed in again. A cookie of its
own names who last signed in here; it opens nothing. Whoever needs no sign-in gets it back at once.
"""

from __future__ import annotations

import datetime as dt
import uuid
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from itsdangerous import BadData, URLSafeTimedSerializer

from saas.database.scope import Scope
from saas.identity.kept_entries import KEPT_FOR, Entry, find_entry, keep_entry, take_entry
from saas.identity.permissions import Permission
from saas.sign_in.addresses import first_page, safe_next
from saas.web.access import NO_SIGN_IN, Access, DoorPages, open_session, signed_in, the_person
from saas.web.checking import CHANGE, FIELD
from saas.web.today import now

pages = DoorPages("kept_entry", __name__, door=None)
DISCARD = "discard"
# More than anybody types.
MOST = 200_000
NOT_TYPED = frozenset({"csrf_token", "submit", FIELD})


def _cookie() -> str:
    return "__Host-last" if current_app.extensions["settings"].is_production else "last"


def _serializer() -> URLSafeTimedSerializer:
    return URLSafeTimedSerializer(_secret(), salt="who signed in last")


def _secret() -> str:
    return str(current_app.extensions["settings"].session_secret)


def remember_who(response: Response, person_id: uuid.UUID) -> None:
    """Note in the browser who signed in, for when their session ends while they type."""
    settings = current_app.extensions["settings"]
    response.set_cookie(
        _cookie(),
        _serializer().dumps(str(person_id)),
        max_age=dt.timedelta(hours=settings.session_hours) + KEPT_FOR,
        httponly=True,
        secure=settings.is_production,
        samesite="Lax",
    )


def forget_who(response: Response) -> None:
    """Whoever signs out leaves nothing."""
    secure = current_app.extensions["settings"].is_production
    response.delete_cookie(_cookie(), httponly=True, secure=secure, samesite="Lax")


DEVICE_FOR = dt.timedelta(days=90)


def _device_cookie() -> str:
    return "__Host-device" if current_app.extensions["settings"].is_production else "device"


def remember_device(response: Response, person_id: uuid.UUID) -> None:
    """Note in the browser that this person signed in by it: strangers who guess at their password
    elsewhere then do not keep them waiting. It opens nothing."""
    response.set_cookie(
        _device_cookie(),
        _serializer().dumps(["device", str(person_id)]),
        max_age=DEVICE_FOR,
        httponly=True,
        secure=current_app.extensions["settings"].is_production,
        samesite="Lax",
    )


def cookie_names() -> tuple[str, str]:
    """The cookies that name who signed in last, and who ever did by this browser."""
    return _cookie(), _device_cookie()


def known_on_this_device() -> uuid.UUID | None:
    """Who signed in by this browser before."""
    try:
        kind, person_id = _serializer().loads(request.cookies.get(_device_cookie(), ""))
        return uuid.UUID(person_id) if kind == "device" else None
    except (BadData, ValueError, TypeError):
        return None


def _who_was_here() -> uuid.UUID | None:
    try:
        return uuid.UUID(_serializer().loads(request.cookies.get(_cookie(), "")))
    except (BadData, ValueError, AttributeError):
        return None


def _typed() -> list[tuple[str, str]]:
    """The fields of the form that was sent, where it can be shown again; none otherwise."""
    if request.method != "POST":
        return []
    fields = [(k, v) for k, v in request.form.items(multi=True) if k not in NOT_TYPED]
    secret = any("password" in name or "secret" in name for name, _ in fields)
    too_long = sum(len(name) + len(value) for name, value in fields) > MOST
    return [] if secret or too_long else fields


def _go_on_at() -> str | None:
    """Where to go on after signing in: this page, or the one whose button was pressed."""
    rule = request.url_rule
    if request.method == "GET":
        return request.full_path.rstrip("?")
    if rule is not None and "GET" in (rule.methods or ()):
        return request.path
    parts = urlsplit(request.referrer or "")
    return safe_next(parts.path) if parts.netloc == request.host else None


def ask_to_sign_in() -> ResponseReturnValue:
    """Lead to signing in and back; what was typed is kept until then."""
    person_id, fields = _who_was_here(), _typed()
    keeps = False
    if person_id is not None and fields:
        keeps = True
        session = open_session(Scope.identity())
        keep_entry(session, person_id, Entry(request.path, fields), at=now(), secret=_secret())
        session.commit()
    ended = 1 if request.method == "POST" else None
    return redirect(
        url_for("identity.sign_in", next=_go_on_at(), ended=ended, kept=1 if keeps else None)
    )


def ask_to_prove() -> ResponseReturnValue:
    """Have the person prove once more who they are; what was typed is kept until then."""
    fields = _typed()
    if fields:
        session = open_session(Scope.identity())
        entry = Entry(request.path, fields)
        keep_entry(session, the_person().id, entry, at=now(), secret=_secret())
        session.commit()
    return redirect(url_for("second_step.prove", next=_go_on_at(), kept=1 if fields else None))


def stale_form() -> ResponseReturnValue | None:
    """What answers a form whose token is not valid any more; None for the page that says so."""
    view = current_app.view_functions.get(request.endpoint or "")
    access: Access | None = getattr(view, "access", None)
    if access is None:
        return None
    if access.permission not in NO_SIGN_IN and signed_in() is None:
        return ask_to_sign_in()
    fields = _typed()
    return (_kept_page(Entry(request.path, fields), request.path), 400) if fields else None


def _kept_page(entry: Entry, action: str) -> str:
    return render_template(
        "saas/sign_in/kept.html", entry=entry, action=action, field=FIELD, change=CHANGE
    )


@pages.page("/what-you-entered", permission=Permission.SIGNED_IN, methods=("GET", "POST"))
def kept() -> ResponseReturnValue:
    person = the_person()
    session = open_session(Scope.identity())
    if request.method == "POST":
        entry = take_entry(session, person.id, at=now(), secret=_secret())
        session.commit()
        if entry is None or request.form.get(FIELD) != CHANGE:
            return redirect(first_page(person))
        # The browser sends the same fields again, to the page that they were meant for.
        return redirect(entry.path, 307)
    entry = find_entry(session, person.id, at=now(), secret=_secret())
    if entry is None:
        return redirect(first_page(person))
    return _kept_page(entry, url_for("kept_entry.kept"))


def init_kept(app: Flask) -> None:
    """Keep what was typed, wherever a page has to ask to sign in or refuses an old form."""
    app.extensions["ask_to_sign_in"] = ask_to_sign_in
    app.extensions["ask_to_prove"] = ask_to_prove
    app.extensions["stale_form"] = stale_form
