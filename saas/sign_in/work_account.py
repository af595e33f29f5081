"""Signing in by the account that people have at work, with their own organisation's sign-in."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import flask
from flask import abort, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity.connections import IdentityConnection, connection_for
from saas.identity.opened import works_elsewhere
from saas.identity.permissions import Permission
from saas.identity.second_factor import has_second_factor
from saas.identity.vouched import Vouched, VouchRefused, is_theirs, let_in, way_by
from saas.sign_in import openid
from saas.sign_in.addresses import first_page, public_address, safe_next
from saas.sign_in.going_in import HalfWay, ask_second, go_in, note, proved_again
from saas.sign_in.openid import CLOCKS_DIFFER, Answered, ProviderSilent, TokenRefused
from saas.web.access import DoorPages, open_session, signed_in, the_person
from saas.web.today import now

pages = DoorPages("work_account", __name__, door=None)
# Whom a person typed who they are, until they went to their organisation's sign-in.
OFFERED = "work_account"
# What Authlib keeps in the browser's session until it comes back.
KEPT_BY_THE_LIBRARY = "_state_"
# So long somebody may take there.
AWAY_FOR = dt.timedelta(minutes=15)


def offer(session: ScopedSession, email: str, target: str) -> ResponseReturnValue | None:
    """Lead to the sign-in of the organisation that the address is of; None where there is none.
    Whether anybody has the address makes no difference."""
    connection = connection_for(session, email)
    if connection is None:
        return None
    flask.session[OFFERED] = [str(connection.id), email.strip()[:254], target]
    return redirect(url_for("work_account.offered"))


def return_address(connection_id: uuid.UUID) -> str:
    """Where an organisation's sign-in sends people back to: each connection has its own, so that
    none can answer for another (RFC 9700 section 4.4.2)."""
    path = url_for("work_account.back", connection_id=connection_id)
    return f"{public_address(current_app.extensions['settings'])}{path}"


@pages.page("/sign-in/work-account", permission=Permission.ANYONE)
def offered() -> ResponseReturnValue:
    """What happens next, and the link that leads there: a form must not lead to another address
    (Content-Security-Policy, form-action)."""
    connection, email, _ = _offered()
    if connection is None:
        return redirect(url_for("identity.sign_in"))
    return render_template("saas/sign_in/work_account.html", email=email, whose=_whose(connection))


@pages.page("/sign-in/work-account/go", permission=Permission.ANYONE)
def go() -> ResponseReturnValue:
    connection, email, target = _offered()
    if connection is None:
        return redirect(url_for("identity.sign_in"))
    return _away(connection, {"login_hint": email}, target=target, person_id=None)


@pages.page("/confirm-it-is-you/work-account", permission=Permission.SIGNED_IN)
def prove() -> ResponseReturnValue:
    """Have the person prove to their organisation once more who they are."""
    person, target = the_person(), safe_next(request.args.get("next")) or ""
    connection = _connection(person.way.connection_id)
    if connection is None:
        return redirect(url_for("second_step.prove", next=target or None))
    anew = {"login_hint": person.email, "prompt": "login", "max_age": "0"}
    return _away(connection, anew, target=target, person_id=person.id)


@pages.page("/sign-in/work-account/back/<uuid:connection_id>", permission=Permission.ANYONE)
def back(connection_id: uuid.UUID) -> ResponseReturnValue:
    """Whoever comes back from their organisation's sign-in, with what it gave them for us."""
    connection = _connection(connection_id)
    if connection is None:
        abort(404)
    if not connection.is_on:
        return _refused("switched off", "This sign-in is switched off. Sign in by your password")
    answered = Answered(*(request.args.get(name, "") for name in ("state", "code", "error", "iss")))
    try:
        client = openid.client_of(connection, current_app.extensions["settings"], at=now())
        sent = client.framework.get_state_data(flask.session, answered.state)
        if sent is None or now() - dt.datetime.fromisoformat(sent["since"]) > AWAY_FOR:
            return _refused(
                "begun elsewhere",
                "This sign-in was begun in another window, or too long ago. Begin again",
                connection,
                status=400,
            )
        vouched = openid.vouched_by(client, connection, answered)
    except ProviderSilent as silent:
        return _silent(connection, silent)
    except TokenRefused as refused:
        client.framework.clear_state_data(flask.session, answered.state)
        words = (
            "You did not sign in there, or were not allowed to. Begin again, or ask those who look "
            "after it"
            if refused.why == "cancelled"
            else "Your organisation's sign-in answered with something that we cannot accept. Begin "
            "again. If it happens again, tell those who look after it"
        )
        return _refused(refused.why, words, connection)
    session = open_session(Scope.identity())
    if sent["person"] is not None:
        return _proved(session, connection, vouched, sent)
    return _entered(session, connection, vouched, sent["target"])


def _connection(connection_id: uuid.UUID | None) -> IdentityConnection | None:
    """A connection, in a transaction of its own: no connection to the database is held while
    another service is waited for, which all other pages need."""
    with scoped(Scope.identity()) as session:
        found = session.get(IdentityConnection, connection_id) if connection_id else None
        session.expunge_all()
    return found


def _offered() -> tuple[IdentityConnection | None, str, str]:
    kept = flask.session.get(OFFERED)
    if not kept:
        return None, "", ""
    connection = _connection(uuid.UUID(kept[0]))
    is_on = connection is not None and connection.is_on
    return connection if is_on else None, kept[1], kept[2]


def _away(
    connection: IdentityConnection,
    asked: dict[str, str],
    *,
    target: str,
    person_id: uuid.UUID | None,
) -> ResponseReturnValue:
    """Send the browser to the organisation's sign-in; what has to come back is kept in it."""
    try:
        client = openid.client_of(connection, current_app.extensions["settings"], at=now())
    except ProviderSilent as silent:
        return _silent(connection, silent)
    for name in [name for name in flask.session if name.startswith(KEPT_BY_THE_LIBRARY)]:
        # One way out at a time: a cookie holds no more than 4 KB.
        flask.session.pop(name)
    there = return_address(connection.id)
    made = client.create_authorization_url(there, **asked)
    client.save_authorize_data(
        redirect_uri=there,
        state=made["state"],
        nonce=made["nonce"],
        code_verifier=made["code_verifier"],
        since=now().isoformat(),
        target=target,
        person=str(person_id) if person_id else None,
    )
    return redirect(made["url"])


def _entered(
    session: ScopedSession, connection: IdentityConnection, vouched: Vouched, target: str
) -> ResponseReturnValue:
    """The first proof is given: on to the second, or in."""
    try:
        person_id = let_in(session, connection, vouched, at=now())
    except VouchRefused as refused:
        session.rollback()
        return _refused(refused.why, refused.words, connection, refused.person_id)
    half = HalfWay(person_id, target, connection.id)
    has_ours = has_second_factor(session, person_id)
    # Whoever works elsewhere, too, has an account that is not this organisation's alone.
    if works_elsewhere(session, person_id, way_by(connection)):
        if not has_ours:
            session.rollback()
            return _refused(
                "works elsewhere",
                "You work for others, too. Sign in by your password once and set up a second "
                "proof; after that you can come this way",
                connection,
                person_id,
            )
        session.commit()
        return ask_second(half)
    asked_there = connection.asks_second or vouched.second_proof
    session.commit()
    if has_ours and not asked_there:
        return ask_second(half)
    return go_in(half, second_elsewhere=asked_there)


def _proved(
    session: ScopedSession, connection: IdentityConnection, vouched: Vouched, sent: dict[str, Any]
) -> ResponseReturnValue:
    """The person proved once more who they are, if it is they and it was now."""
    person = signed_in()
    if person is None or str(person.id) != sent["person"]:
        return redirect(url_for("identity.sign_in"))
    earliest = dt.datetime.fromisoformat(sent["since"]) - dt.timedelta(seconds=CLOCKS_DIFFER)
    refusal = ""
    if person.way.connection_id != connection.id:
        refusal = "You signed in another way"
    elif not is_theirs(session, connection, vouched, person.id):
        refusal = "You signed in there as somebody else"
    elif vouched.at is None or vouched.at < earliest:
        refusal = (
            "Your organisation's sign-in does not tell us that it asked you just now. Use a code "
            "or passkey of ours, or sign out and in again"
        )
    if refusal:
        return _refused("not proved again", refusal, connection, person.id)
    return proved_again(person, sent["target"] or first_page(person))


def _whose(connection: IdentityConnection) -> str:
    """Whose sign-in it is, in words."""
    if connection.authority_id is None:
        return str(current_app.extensions["settings"].provider_name)
    tenancy = current_app.extensions["tenancy_of_id"](connection.authority_id)
    return str(tenancy.name) if tenancy else ""


def _refused(
    why: str,
    words: str,
    connection: IdentityConnection | None = None,
    person_id: uuid.UUID | None = None,
    *,
    status: int = 403,
) -> ResponseReturnValue:
    flask.session.pop(OFFERED, None)
    detail = {"connection": str(connection.id)} if connection else {}
    note("work account refused", person_id, why=why, **detail)
    heading = "You are not signed in" if signed_in() is None else "It is not confirmed"
    page = render_template("saas/sign_in/work_account_refused.html", heading=heading, words=words)
    return page, status


def _silent(connection: IdentityConnection, silent: ProviderSilent) -> ResponseReturnValue:
    current_app.logger.warning("connection %s: the provider is silent: %s", connection.id, silent)
    page = render_template("saas/sign_in/work_account_silent.html", whose=_whose(connection))
    return page, 503
