"""Every page says through which door it is reached and what one must be allowed for it.

A door decides the scope of the transaction, and with it the login role of the database: a view
gets a session that is already bound, and cannot open another place.
"""

from __future__ import annotations

import logging
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any, NoReturn, cast
from urllib.parse import urlsplit

import flask
from flask import Blueprint, Flask, Response, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.exceptions import HTTPException

from saas.database import replica
from saas.database.base import db
from saas.database.scope import READERS, Scope, ScopedSession
from saas.identity.permissions import Permission
from saas.identity.personal_link import PersonalLink, SigningLink
from saas.identity.sessions import PROVEN_FOR
from saas.identity.signed_in import ACTS_ALONE, SignedIn, Tenancy
from saas.web.checking import wants_change
from saas.web.frame import Door
from saas.web.headers import PERSONAL_PATHS
from saas.web.own_writes import last_written
from saas.web.today import now, today

View = Callable[..., ResponseReturnValue]
log = logging.getLogger(__name__)

# The part of an address that names an authority: the page then works inside that tenant.
AUTHORITY_ARGUMENT = "authority"
# The part of an address that is a family's key to its case.
LINK_ARGUMENT = "token"
# The part of an address that is a key to one agreement.
SIGNING_ARGUMENT = "key"
# A link opens its own door alone, by its own part of the address.
BY_LINK = {
    Permission.BY_PERSONAL_LINK: (Door.FAMILY, LINK_ARGUMENT),
    Permission.BY_UNPROVEN_LINK: (Door.FAMILY, LINK_ARGUMENT),
    Permission.BY_SIGNING_LINK: (Door.SIGNER, SIGNING_ARGUMENT),
}
# The part of an address that names a case: whoever looks at it is in the trail.
CASE_ARGUMENT = "case_id"
# What asks again for the password, when it was given long ago.
PROVEN_ALWAYS = frozenset(
    {Permission.EXPORT_CASES, Permission.ANSWER_PERSONS, Permission.EXPORT_MAILING_LIST}
)
PROVEN_TO_ACT = frozenset(
    {
        Permission.ISSUE_INVOICES,
        Permission.MANAGE_API_TOKENS,
        Permission.MANAGE_OWN_TEAM,
        Permission.MANAGE_PEOPLE,
        Permission.PROTECT_DATA,
        Permission.SUSPEND_AUTHORITIES,
        Permission.END_SUBSCRIPTIONS,
    }
)
# What changes how one signs in.
PROVEN_PAGES = frozenset({"account_security"})
# The pages that are open before the second proof is set up.
BEFORE_SECOND_FACTOR = frozenset(
    {"account_security", "identity", "kept_entry", "second_step", "work_account"}
)
# What a browser shows or works with; anything else is a file that is taken away.
SHOWN_ALONE = frozenset({"text/html", "application/json", "image/png", "image/svg+xml"})
NO_SIGN_IN = frozenset({Permission.ANYONE, *BY_LINK})


@dataclass(frozen=True)
class Access:
    """What a view declares about itself."""

    door: Door | None
    permission: Permission
    # Whether what is sent there changes nothing of the authority's, or only takes access away: it
    # is done for an authority that reads only, too.
    when_reading: bool = False


def signed_in() -> SignedIn | None:
    return cast(SignedIn, current_user) if current_user.is_authenticated else None


def the_person() -> SignedIn:
    """The person signed in, on a page that only people signed in reach."""
    person = signed_in()
    if person is None:
        raise RuntimeError("this view is open to people who are not signed in")
    return person


def the_tenancy() -> Tenancy:
    """The authority that this page works inside."""
    tenancy: Tenancy | None = g.get("tenancy")
    if tenancy is None:
        raise RuntimeError("this view is not inside an authority")
    return tenancy


def the_link() -> PersonalLink:
    """The personal link by which a family reached this page."""
    link: PersonalLink | None = g.get("personal_link")
    if link is None:
        raise RuntimeError("this view is not reached by a personal link")
    return link


def the_signing_link() -> SigningLink:
    """The link by which somebody reached the agreement that they are to sign."""
    link: SigningLink | None = g.get("signing_link")
    if link is None:
        raise RuntimeError("this view is not reached by a signing link")
    return link


def open_session(scope: Scope) -> ScopedSession:
    """The request's session, bound to this scope."""
    session = cast(ScopedSession, db.session())
    session.open(scope)
    return session


class DoorPages(Blueprint):
    """The pages that one feature shows behind one door."""

    def __init__(self, name: str, import_name: str, *, door: Door | None, url_prefix: str = ""):
        super().__init__(name, import_name, url_prefix=url_prefix or None)
        self.door = door

    def page(
        self,
        rule: str,
        *,
        permission: Permission,
        methods: tuple[str, ...] = ("GET",),
        may_lag: bool = False,
        when_reading: bool = False,
    ) -> Callable[[View], View]:
        """Declare a page. Behind a staff door its view gets the bound `session` first.

        A view that writes answers a form with mistakes by status 422: what answers below 400
        to a POST is committed, everything else is rolled back.

        Args:
            may_lag: whether the page only reads, and may be what a replica says, as those of the
                roles that read every authority are without saying so. Its view is asked twice
                when the replica is lost in the middle.
            when_reading: whether an authority that reads only may send here all the same.
        """

        def declare(view: View) -> View:
            access = Access(self.door, permission, when_reading)
            door, argument = BY_LINK.get(permission, (self.door, ""))
            if argument and (self.door is not door or f"<{argument}>" not in rule):
                raise ValueError(f"{rule}: this link opens {door}, by its <{argument}>")

            @wraps(view)
            def guarded(**arguments: Any) -> ResponseReturnValue:
                if permission not in NO_SIGN_IN:
                    person = signed_in()
                    if person is None:
                        return cast(ResponseReturnValue, current_app.extensions["ask_to_sign_in"]())
                    if _must_set_up(person):
                        return redirect(url_for("account_security.security", needed=1))
                    if not person.holds(permission):
                        _refuse(person)
                    if _must_prove(person, permission):
                        return cast(ResponseReturnValue, current_app.extensions["ask_to_prove"]())
                scope = _scope_of(access, arguments)
                if scope is None:
                    return view(**arguments)
                if _reads_only(access, methods):
                    return cast(ResponseReturnValue, current_app.extensions["reads_only"]())
                if permission is Permission.BY_PERSONAL_LINK:
                    first = current_app.extensions["second_check"](the_link())
                    if first is not None:
                        return cast(ResponseReturnValue, first)
                session = open_session(scope)

                def answer() -> Response:
                    return flask.make_response(view(session, **arguments))

                lags = may_lag or scope.role in READERS
                if lags and request.method in ("GET", "HEAD"):
                    response = replica.ask(session, answer, written=last_written())
                else:
                    response = answer()
                if wants_change() and response.status_code < 400:
                    # The form was to be shown again, and not to be sent.
                    session.rollback()
                    flask.session.pop("_flashes", None)
                    opens = "GET" in ((request.url_rule and request.url_rule.methods) or ())
                    shown = response.status_code < 300
                    return response if shown else redirect(request.path if opens else "/")
                if request.method != "GET" and response.status_code < 400:
                    session.commit()
                else:
                    session.rollback()
                if permission not in NO_SIGN_IN and _gives_file(response):
                    taken: Callable[..., None] = current_app.extensions["file_taken"]
                    taken(scope, request.endpoint, arguments.get(CASE_ARGUMENT))
                if CASE_ARGUMENT in arguments and _shows(response):
                    looked: Callable[..., None] = current_app.extensions["case_seen"]
                    looked(scope, arguments[CASE_ARGUMENT])
                return response

            guarded.access = access  # type: ignore[attr-defined]
            self.add_url_rule(rule, view_func=guarded, methods=list(methods))
            return view

        return declare


def _reads_only(access: Access, methods: tuple[str, ...]) -> bool:
    """Whether the page changes something, and this authority's people read only: then nobody fills
    in its form either."""
    if access.door is not Door.AUTHORITY or access.when_reading or "POST" not in methods:
        return False
    acts = request.method not in ("GET", "HEAD") or access.permission in ACTS_ALONE
    return acts and the_tenancy().standing.reads_only(today())


def can_send(address: str) -> bool:
    """Whether what the person at the page sends to this address of ours is taken: a form, or a
    button that leads to one, is shown where it is."""
    person = signed_in() if flask.has_request_context() else None
    if person is None or not person.reads_only:
        return True
    path = urlsplit(address or request.path).path
    try:
        endpoint, _ = current_app.url_map.bind("").match(path, method="POST")
    except HTTPException:
        # Nothing is sent there: it is a page alone.
        return True
    access: Access | None = current_app.extensions["access"].get(endpoint)
    return access is None or access.door is not Door.AUTHORITY or access.when_reading


def _gives_file(response: Response) -> bool:
    """Whether a page gave out a file, to be kept elsewhere."""
    return _shows(response) and response.mimetype not in SHOWN_ALONE


def _refuse(person: SignedIn) -> NoReturn:
    """Tell the person that this page is not for them; that they asked is in the trail."""
    # The path holds ids alone, never a name.
    log.warning("refused %s to person %s", request.path, person.id)
    noted: Callable[..., None] = current_app.extensions["page_refused"]
    noted(person, request.endpoint)
    abort(403)


def _shows(response: Response) -> bool:
    """Whether a page was shown, and neither refused nor left for another."""
    return request.method == "GET" and response.status_code == 200


def _must_set_up(person: SignedIn) -> bool:
    """Whether the person has to set up their second proof before anything else."""
    settings = current_app.extensions["settings"]
    free = request.blueprint in BEFORE_SECOND_FACTOR
    has_one = person.has_second_factor or person.second_elsewhere
    return settings.asks_for_second_factor and not has_one and not free


def _must_prove(person: SignedIn, permission: Permission) -> bool:
    """Whether the person has to prove once more who they are: before what takes data away, what
    lets others in, and what moves money."""
    acts = request.method not in ("GET", "HEAD")
    asks = permission in PROVEN_ALWAYS or (
        acts and (permission in PROVEN_TO_ACT or request.blueprint in PROVEN_PAGES)
    )
    return asks and (person.proven_at is None or now() - person.proven_at > PROVEN_FOR)


def _scope_of(access: Access, arguments: dict[str, Any]) -> Scope | None:
    """The scope of the page, by its door and the authority its address names."""
    if access.permission in (Permission.BY_PERSONAL_LINK, Permission.BY_UNPROVEN_LINK):
        link = _known_link(arguments.pop(LINK_ARGUMENT))
        g.personal_link, g.tenancy = link, link.tenancy
        return Scope.family(link.tenancy.id, link.case_id, link.party_id)
    if access.permission is Permission.BY_SIGNING_LINK:
        known = _known_signing_link(arguments.pop(SIGNING_ARGUMENT))
        g.signing_link, g.tenancy = known, known.tenancy
        return Scope.signer(known.tenancy.id, known.agreement_id, known.id)
    if access.door in (None, Door.PUBLIC, Door.FAMILY, Door.SIGNER):
        return None
    person = the_person()
    if access.door is Door.AUTHORITY:
        if person.tenancy is None:
            _refuse(person)
        g.tenancy = person.tenancy
        return Scope.authority(person.tenancy.id, person.id)
    if AUTHORITY_ARGUMENT in arguments:
        slug = arguments.pop(AUTHORITY_ARGUMENT)
        tenancy = person.named
        if tenancy is None or tenancy.slug != slug:
            tenancy = current_app.extensions["find_tenancy"](slug)
        if tenancy is None:
            abort(404)
        g.tenancy = tenancy
        inside = Scope.finance if access.door is Door.FINANCE else Scope.provider
        return inside(cast(uuid.UUID, tenancy.id), person.id)
    if access.door is Door.FINANCE:
        return Scope.all_accounts(person.id)
    return Scope.all_cases(person.id)


def _is_used() -> bool:
    """Whether somebody opens the page: a mail filter that looks at a link asks by HEAD."""
    return request.method not in ("HEAD", "OPTIONS")


def _known_link(token: str) -> PersonalLink:
    """The link with this token, or a page that says what to do: nobody guesses 256 bits, so
    whoever comes with an unknown token holds one that was revoked or has run out."""
    link: PersonalLink | None = current_app.extensions["find_personal_link"](token, used=_is_used())
    if link is None:
        page = flask.render_template("saas/sign_in/link_over.html")
        abort(flask.make_response(page, 404))
    return link


def signing_link_over() -> ResponseReturnValue:
    """What is told to whoever holds a link that opens no agreement now."""
    return flask.render_template("saas/sign_in/signing_link_over.html"), 404


def _known_signing_link(token: str) -> SigningLink:
    link: SigningLink | None = current_app.extensions["find_signing_link"](token, used=_is_used())
    if link is None:
        abort(flask.make_response(signing_link_over()))
    return link


class UndeclaredViewError(RuntimeError):
    """A view says nothing about who may see it, so the service does not start."""


def declared_access(app: Flask) -> dict[str, Access]:
    """What every endpoint declares.

    Raises:
        UndeclaredViewError: naming the endpoints that declare nothing.
    """
    declared: dict[str, Access] = {}
    silent: list[str] = []
    for endpoint, view in app.view_functions.items():
        access = getattr(view, "access", None)
        if access is not None:
            declared[endpoint] = access
        elif endpoint != "static":
            silent.append(endpoint)
    if silent:
        raise UndeclaredViewError(
            "Declare these views with DoorPages.page(..., permission=...): " + ", ".join(silent)
        )
    return declared


def init_access(
    app: Flask,
    find_tenancy: Callable[[str], Tenancy | None],
    find_personal_link: Callable[..., PersonalLink | None],
    find_signing_link: Callable[..., SigningLink | None],
) -> None:
    """Tell the doors how an authority is found by the name in an address, a family's case by its
    link, and an agreement by the link of who is to sign it.

    The forms behind a personal link are spared the comparison of the Referer, because these pages
    send none (it would hold the key). Who could forge such a request would have to know the link;
    the forms themselves check their token all the same.
    """
    app.jinja_env.globals["can_send"] = can_send
    app.extensions["find_tenancy"] = find_tenancy
    app.extensions["find_personal_link"] = find_personal_link
    app.extensions["find_signing_link"] = find_signing_link
    by_link = {door for door, _ in BY_LINK.values()}
    for blueprint in app.blueprints.values():
        if isinstance(blueprint, DoorPages) and blueprint.door in by_link:
            app.extensions["csrf"].exempt(blueprint)
    for rule in app.url_map.iter_rules():
        # Keys that open a page of no door of their own.
        if rule.rule.startswith(PERSONAL_PATHS):
            app.extensions["csrf"].exempt(app.view_functions[rule.endpoint])
