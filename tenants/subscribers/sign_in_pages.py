"""How an organisation's people sign in by their work account: set up, tried, switched, removed.

Which domains an organisation speaks for the provider alone says: whoever could name another's
domain could sign in as its people. The rest its own manager enters, so that no secret passes
through other hands; the provider's administrator may do it for them.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import abort, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from saas.audit.actions import record as audit
from saas.audit.actions import record_across
from saas.database.scope import Scope, ScopedSession, scoped
from saas.identity import connections
from saas.identity.connections import (
    ConnectionRefused,
    IdentityConnection,
    Kind,
    NewConnection,
)
from saas.identity.permissions import Permission
from saas.sign_in import openid
from saas.sign_in.work_account import return_address
from saas.web.access import DoorPages, the_person, the_tenancy
from saas.web.checking import Check, check_page, is_checked
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from saas.web.today import now
from tenants.subscribers.queries import all_tenancies
from tenants.subscribers.sign_in_forms import KIND_WORDS, ConnectionForm, DomainsForm
from tenants.subscribers.team import show

GET_AND_POST = ("GET", "POST")


@dataclass(frozen=True)
class Whose:
    """Whose connection a page is about.

    Args:
        authority_id: None is the provider itself.
        arguments: what its addresses name it by.
    """

    authority_id: uuid.UUID | None
    name: str
    arguments: dict[str, Any]


def _this_authority() -> Whose:
    return Whose(the_tenancy().id, the_tenancy().name, {})


def _named_authority() -> Whose:
    return Whose(the_tenancy().id, the_tenancy().name, {"authority": the_tenancy().slug})


def _the_provider() -> Whose:
    return Whose(None, current_app.extensions["settings"].provider_name, {})


def _note(session: ScopedSession, whose: Whose, action: str, id_: uuid.UUID, **detail: Any) -> None:
    if whose.authority_id is None:
        told = {"connection": str(id_), **detail}
        record_across(action, person_id=the_person().id, at=now(), **told)
    else:
        audit(session, action, subject_kind="connection", subject_id=id_, at=now(), **detail)


def _connection(identities: ScopedSession, whose: Whose) -> IdentityConnection:
    found = connections.connection_of(identities, whose.authority_id)
    if found is None:
        abort(404)
    return found


def _pages(
    name: str,
    door: Door,
    url_prefix: str,
    whose_is_it: Callable[[], Whose],
    *,
    see: Permission,
    act: Permission,
    binds: bool,
) -> DoorPages:
    """The pages of one connection, at one door.

    Args:
        binds: whether domains are bound here.
    """
    pages = DoorPages(name, __name__, door=door, url_prefix=url_prefix)

    def link(view: str, whose: Whose) -> str:
        return url_for(f"{name}.{view}", **whose.arguments)

    def shown(
        whose: Whose, faults: list[str] | None = None, *, status: int = 200
    ) -> ResponseReturnValue:
        with scoped(Scope.identity()) as identities:
            connection = connections.connection_of(identities, whose.authority_id)
            domains = connections.domains_of(identities, whose.authority_id)
            identities.expunge_all()
        views = ("change", "attempt", "switch_on", "switch_off", "remove")
        links = {view: link(view, whose) for view in views}
        links["domains"] = link("domains", whose) if binds else ""
        page = render_template(
            "tenants/subscribers/sign_in.html",
            connection=connection,
            domains=domains,
            whose=whose,
            kind_words=KIND_WORDS,
            return_address=return_address(connection.id) if connection else "",
            faults=faults,
            links=links,
            may_manage=the_person().may(act),
            back=url_for("authority_team.members" if door is Door.AUTHORITY else "sign_ins.every"),
            back_words="Who has access" if door is Door.AUTHORITY else "Every organisation",
        )
        return (page, status) if status != 200 else page

    @pages.page("", permission=see)
    def overview(session: ScopedSession) -> ResponseReturnValue:
        return shown(whose_is_it())

    @pages.page("/change", permission=act, methods=GET_AND_POST)
    def change(session: ScopedSession) -> ResponseReturnValue:
        whose = whose_is_it()
        settings = current_app.extensions["settings"]
        with scoped(Scope.identity()) as identities:
            known = connections.connection_of(identities, whose.authority_id)
            identities.expunge_all()
        form = ConnectionForm(obj=known)
        if form.validate_on_submit():
            entered = NewConnection(
                kind=Kind(form.kind.data),
                issuer=form.issuer.data or "",
                client_id=form.client_id.data or "",
                client_secret=(form.client_secret.data or "").strip(),
                must_use=bool(form.must_use.data),
                asks_second=bool(form.asks_second.data),
            )
            fault = openid.issuer_fault(entered.issuer, entered.kind, settings)
            try:
                if fault:
                    raise ConnectionRefused("issuer", fault)
                with scoped(Scope.identity()) as identities:
                    kept = connections.save_connection(
                        identities, whose.authority_id, entered, at=now(),
                        secret=settings.session_secret,
                    )  # fmt: skip
                    connection_id = kept.id
            except ConnectionRefused as refused:
                show(form, refused)
            else:
                openid.forget(entered.issuer)
                _note(
                    session, whose, "sign-in connection changed", connection_id,
                    issuer=entered.issuer, must_use=entered.must_use,
                    asks_second=entered.asks_second, new_secret=bool(entered.client_secret),
                )  # fmt: skip
                flash("It is saved. Try the connection before you switch it on.")
                return redirect(link("overview", whose))
        page = render_template(
            "tenants/subscribers/sign_in_change.html",
            form=form, whose=whose, back=link("overview", whose),
        )  # fmt: skip
        return (page, 422) if form.errors else page

    @pages.page("/try", permission=act, methods=("POST",))
    def attempt(session: ScopedSession) -> ResponseReturnValue:
        """Ask their service now, and say what is wrong."""
        whose = whose_is_it()
        with scoped(Scope.identity()) as identities:
            connection = _connection(identities, whose)
            identities.expunge_all()
        settings = current_app.extensions["settings"]
        return shown(whose, openid.tried(connection, settings, at=now()))

    @pages.page("/switch-on", permission=act, methods=("POST",))
    def switch_on(session: ScopedSession) -> ResponseReturnValue:
        return switch(session, on=True)

    @pages.page("/switch-off", permission=act, methods=("POST",))
    def switch_off(session: ScopedSession) -> ResponseReturnValue:
        return switch(session, on=False)

    def switch(session: ScopedSession, *, on: bool) -> ResponseReturnValue:
        whose = whose_is_it()
        with scoped(Scope.identity()) as identities:
            connection = _connection(identities, whose)
            identities.expunge_all()
        if on:
            faults = openid.tried(connection, current_app.extensions["settings"], at=now())
            if faults:
                return shown(whose, faults, status=422)
        try:
            with scoped(Scope.identity()) as identities:
                connections.switch(identities, _connection(identities, whose), on=on, at=now())
        except ConnectionRefused as refused:
            flash(refused.message, "problem")
            return redirect(link("overview", whose))
        word = "on" if on else "off"
        _note(session, whose, f"sign-in connection switched {word}", connection.id)
        flash(
            "It is on. Who enters an address of these domains is offered it."
            if on
            else "It is off. Who signed in by it is signed out; everybody signs in by a password."
        )
        return redirect(link("overview", whose))

    @pages.page("/remove", permission=act, methods=GET_AND_POST)
    def remove(session: ScopedSession) -> ResponseReturnValue:
        whose = whose_is_it()
        if request.method == "POST" and not is_checked():
            return redirect(link("overview", whose))
        with scoped(Scope.identity()) as identities:
            connection = connections.connection_of(identities, whose.authority_id)
            if connection is None:
                # It was removed in another window.
                return redirect(link("overview", whose))
            if request.method == "GET":
                return check_page(_removal(whose))
            connection_id = connection.id
            connections.remove_connection(identities, connection, at=now())
        _note(session, whose, "sign-in connection removed", connection_id)
        flash("The connection is removed.")
        return redirect(link("overview", whose))

    if binds:

        @pages.page("/domains", permission=act, methods=GET_AND_POST)
        def domains(session: ScopedSession) -> ResponseReturnValue:
            whose = whose_is_it()
            with scoped(Scope.identity()) as identities:
                known = connections.domains_of(identities, whose.authority_id)
            form = DomainsForm(domains="\n".join(known))
            if form.validate_on_submit():
                try:
                    with scoped(Scope.identity()) as identities:
                        connections.bind_domains(
                            identities, whose.authority_id, form.named, at=now()
                        )
                except ConnectionRefused as refused:
                    show(form, refused)
                else:
                    subject = whose.authority_id or uuid.UUID(int=0)
                    _note(session, whose, "e-mail domains bound", subject, domains=form.named)
                    flash("These domains are bound.")
                    return redirect(link("overview", whose))
            page = render_template(
                "tenants/subscribers/sign_in_domains.html",
                form=form, whose=whose, back=link("overview", whose),
            )  # fmt: skip
            return (page, 422) if form.errors else page

    return pages


def _removal(whose: Whose) -> Check:
    return Check(
        f"Remove the sign-in of {whose.name}",
        [
            "Who signed in by it is signed out, and signs in by a password from now on",
            "Its secret is forgotten: to set it up again you need a new one, and its people are "
            "learnt anew",
            "The e-mail domains stay bound",
        ],
        "Remove",
    )


authority = _pages(
    "authority_sign_in",
    Door.AUTHORITY,
    "/authority/team/sign-in",
    _this_authority,
    see=Permission.SEE_OWN_TEAM,
    act=Permission.MANAGE_OWN_TEAM,
    binds=False,
)
of_authority = _pages(
    "manager_sign_in",
    Door.MANAGER,
    "/manager/sign-in/<authority>",
    _named_authority,
    see=Permission.SEE_PEOPLE,
    act=Permission.MANAGE_PEOPLE,
    binds=True,
)
of_provider = _pages(
    "provider_sign_in",
    Door.MANAGER,
    "/manager/sign-in/provider",
    _the_provider,
    see=Permission.SEE_PEOPLE,
    act=Permission.MANAGE_PEOPLE,
    binds=True,
)
every_place = DoorPages("sign_ins", __name__, door=Door.MANAGER, url_prefix="/manager/sign-in")


@every_place.page("", permission=Permission.SEE_PEOPLE)
def every(session: ScopedSession) -> ResponseReturnValue:
    """How the people of each organisation sign in: the provider first, then the authorities."""
    places: list[tuple[uuid.UUID | None, str, str]] = [
        (None, _the_provider().name, url_for("provider_sign_in.overview")),
        *(
            (one.id, one.name, url_for("manager_sign_in.overview", authority=one.slug))
            for one in all_tenancies(session)
        ),
    ]
    number = requested_page()
    shown = places[(number - 1) * PAGE_SIZE : number * PAGE_SIZE]
    with scoped(Scope.identity()) as identities:
        on, bound = connections.how_places_sign_in(identities, [place for place, *_ in shown])
    rows = [(name, href, on.get(place), bound.get(place, [])) for place, name, href in shown]
    return render_template(
        "tenants/subscribers/sign_ins.html",
        page=paginate(rows, number=number, total=len(places)),
    )
