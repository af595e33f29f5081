"""The one place where the parts are put together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping
from typing import Any

import sentry_sdk
import sqlalchemy as sa
from flask import Flask
from sqlalchemy.orm import aliased
from werkzeug.middleware.proxy_fix import ProxyFix

import saas.tables  # noqa: F401  (every table is mapped before the first query)
from billing.stripe.doors import init_hooks
from saas import health, listeners
from saas.audit.actions import is_noted, record_across, record_apart, record_look
from saas.config import Settings, load_settings
from saas.database import connections
from saas.database.base import db
from saas.database.replica import init_replica
from saas.database.scope import Scope, scoped
from saas.identity import sessions
from saas.identity.connections import IdentityConnection
from saas.identity.last_writes import LastWrite, lately
from saas.identity.models import Membership, Person
from saas.identity.queries import Opened, found, people_statement, values_of
from saas.identity.sessions import WebSession
from saas.identity.signed_in import SignedIn, Standing, Tenancy, Way
from saas.navigation import build_frame
from saas.operations import metrics
from saas.queue import waker
from saas.reference.today import LONDON
from saas.sentry import SENTRY_OPTIONS
from saas.sign_in import account_security, kept, links, second_step, work_account
from saas.sign_in import public as sign_in
from saas.views import VIEWS
from saas.web.access import declared_access, init_access
from saas.web.frame import STATIC_FOLDER, TEMPLATE_FOLDER, init_frame
from saas.web.own_writes import init_own_writes
from saas.web.probes import answer_probes
from saas.web.today import now
from saas.web.unstorable import refuse_unstorable
from tenants.access_links.check_pages import second_check
from tenants.access_links.family_links import find_personal_link
from tenants.access_links.spoken import TRANSLATED_PAGES
from tenants.agreements.signing_links import find_signing_link
from tenants.casework.kept.authority_tasks import DaysBefore
from tenants.casework.kept.keeping_tasks import due_before_meetings
from tenants.front_door.mailing.public import init_mailing
from tenants.front_door.spoken import TRANSLATED_PUBLIC_PAGES
from tenants.law.spoken import counted_here
from tenants.restrictions.refused import init_restrictions
from tenants.subscribers.models import Subscriber
from tenants.subscribers.queries import find_tenancy, tenancy_of_id
from tenants.subscribers.standing import AuthorityLeaving, AuthoritySuspension, join_standing
from tenants.tenure.reading_only import init_reading_only


def build_service(settings: Settings | None = None, **overrides: object) -> Flask:
    """The service with every page, and no commands yet (`saas.app`).

    Args:
        overrides: Flask configuration, for tests.

    Raises:
        SettingsError: when the environment does not describe a service that can run.
        UndeclaredViewError: when a view does not say who may see it.
    """
    settings = settings or load_settings()
    dsn = settings.sentry_dsn.get_secret_value()
    if dsn:
        sentry_sdk.init(
            dsn=dsn,
            environment=settings.environment,
            release=settings.release,
            **{**SENTRY_OPTIONS, "traces_sample_rate": settings.sentry_traces_sample_rate},
        )
    app = Flask(__name__, template_folder=str(TEMPLATE_FOLDER), static_folder=str(STATIC_FOLDER))
    app.extensions["settings"] = settings
    # For who tries a database out that is not this process's own.
    app.extensions["build_service"] = build_service
    _configure(app, settings, overrides)
    answer_probes(app, settings.trusted_hosts)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=n, x_proto=n, x_host=n
        )
    # First, so that nothing looks at what it refuses.
    refuse_unstorable(app)
    db.init_app(app)
    init_replica(app, settings)
    init_own_writes(app)
    metrics.init_metrics(app)
    app.extensions["find_signed_in"] = find_signed_in
    app.extensions["tenancy_of_id"] = find_tenancy_of_id
    app.extensions["case_seen"] = note_case_seen
    app.extensions["page_refused"] = note_page_refused
    app.extensions["file_taken"] = note_file_taken
    app.extensions["wake_worker"] = waker(settings)
    sign_in.init_sign_in(app)
    init_frame(app, build_frame, settings=settings)
    for blueprint in (
        sign_in.pages,
        second_step.pages,
        work_account.pages,
        links.pages,
        account_security.pages,
        kept.pages,
        health.pages,
        metrics.pages,
        *VIEWS,
    ):
        app.register_blueprint(blueprint)
    init_access(app, find_tenancy, find_personal_link, find_signing_link)
    app.extensions["second_check"] = second_check
    init_hooks(app)
    init_mailing(app)
    init_restrictions(app)
    init_reading_only(app)
    listeners.register()
    due_before_meetings(
        DaysBefore(settings.representative_working_days, settings.summary_working_days)
    )
    app.extensions["access"] = declared_access(app)
    app.extensions["translated_pages"] = TRANSLATED_PAGES | TRANSLATED_PUBLIC_PAGES
    app.jinja_env.filters["counted_here"] = counted_here
    return app


def _configure(app: Flask, settings: Settings, overrides: Mapping[str, object]) -> None:
    app.config.update(
        SECRET_KEY=settings.session_secret,
        SQLALCHEMY_BINDS=connections.binds(settings),
        TRUSTED_HOSTS=settings.trusted_hosts or None,
        MAX_CONTENT_LENGTH=25 * 1024 * 1024,
        MAX_FORM_MEMORY_SIZE=1024 * 1024,
        WTF_CSRF_TIME_LIMIT=None,
        WTF_CSRF_SSL_STRICT=True,
        TEMPLATES_AUTO_RELOAD=settings.environment == "development",
    )
    app.config.update(overrides)


def note_case_seen(scope: Scope, case_id: uuid.UUID) -> None:
    """Write into the trail that somebody of the staff looked at a case."""
    if scope.tenant is not None and scope.acting is not None:
        record_look(scope, "case seen", case_id, at=now())


def note_file_taken(scope: Scope, page: str, case_id: uuid.UUID | None) -> None:
    """Write into the trail that a file was taken away, where its page does not say so itself."""
    if is_noted():
        return
    if scope.tenant is None:
        record_across("file taken away", person_id=scope.acting, at=now(), page=page)
        return
    record_apart(
        scope,
        "file taken away",
        subject_kind="case" if case_id else "authority",
        subject_id=case_id or scope.tenant,
        at=now(),
        page=page,
    )


def note_page_refused(person: SignedIn, page: str) -> None:
    """Write into the trail that somebody asked for a page that is not for them: where they work in
    an authority into its own."""
    if person.tenancy is None:
        record_across("page refused", person_id=person.id, at=now(), page=page)
        return
    record_apart(
        Scope.authority(person.tenancy.id, person.id),
        "page refused",
        subject_kind="page",
        subject_id=person.id,
        at=now(),
        page=page,
    )


def find_tenancy_of_id(tenant_id: uuid.UUID) -> Tenancy | None:
    """The authority with this id."""
    with scoped(Scope.identity()) as session:
        return tenancy_of_id(session, tenant_id)


# These run before every page, and are built once.
def _with_place(people: sa.Select[*tuple[Any, ...]]) -> sa.Select[*tuple[Any, ...]]:
    placed = people.outerjoin(Subscriber, Subscriber.id == Membership.tenant_id)
    return join_standing(placed, Membership.tenant_id).add_columns(
        Subscriber.slug.label("place_slug"),
        Subscriber.name.label("place_name"),
        AuthoritySuspension.first_day.label("suspended_from"),
        AuthoritySuspension.reason.label("suspended_because"),
        AuthorityLeaving.last_day.label("last_day"),
        AuthorityLeaving.reads_until.label("reads_until"),
    )


_PEOPLE = {opened: _with_place(people_statement(opened)) for opened in Opened}
_AT = sa.bindparam("at", type_=sa.DateTime(timezone=True))
# Most sessions were begun by a password: the session and what a password opens, in one.
_AT_WORK = (
    _with_place(people_statement(Opened.BY_PASSWORD, place=WebSession.works_in))
    .join(WebSession, WebSession.person_id == Person.id)
    .outerjoin(IdentityConnection, IdentityConnection.id == WebSession.connection_id)
    .outerjoin(LastWrite, sa.and_(LastWrite.id == Person.id, lately(_AT)))
    .add_columns(
        WebSession.id.label("session_id"),
        WebSession.works_in,
        WebSession.seen_at,
        WebSession.proven_at,
        WebSession.connection_id,
        WebSession.second_elsewhere,
        IdentityConnection.authority_id,
        IdentityConnection.is_on,
        LastWrite.place.label("wrote_until"),
    )
    .where(
        WebSession.key_sha256 == sa.bindparam("key"),
        sessions.is_on(_AT),
    )
)
# The same where the address names an authority.
_NAMED = aliased(Subscriber)
_AT_WORK_IN = _AT_WORK.outerjoin(_NAMED, _NAMED.slug == sa.bindparam("named")).add_columns(
    _NAMED.id.label("named_id"), _NAMED.slug.label("named_slug"), _NAMED.name.label("named_name")
)


def find_signed_in(
    person_id: uuid.UUID,
    session_key: str | None = None,
    *,
    named: str = "",
    at: dt.datetime | None = None,
) -> SignedIn | None:
    """The person with this id, with the authority they work for, if they may still sign in.

    Args:
        session_key: of the browser's session, which must go on; None asks for the person alone.
        named: the authority that the address of the page names, looked up on the way.
    """
    at = at or now()
    with scoped(Scope.identity()) as session:
        known, way, row = None, None, None
        if session_key is not None:
            values = {"key": sessions.key_of(session_key), "at": at, "person": person_id}
            if named:
                known = row = session.execute(_AT_WORK_IN, {**values, "named": named}).one_or_none()
            else:
                known = row = session.execute(_AT_WORK, values).one_or_none()
            # A session begun by a connection ends with it.
            if known is None or (known.connection_id is not None and not known.is_on):
                return None
            sessions.note_seen(session, known.session_id, known.seen_at, at=at)
            way = Way(known.connection_id, known.authority_id)
        opened = Opened.by(way)
        if known is None or opened is not Opened.BY_PASSWORD:
            place = known.works_in if known else None
            row = session.execute(_PEOPLE[opened], values_of(person_id, place, way)).one_or_none()
    if row is None:
        return None
    person = found(row)
    tenancy = None
    standing = Standing(
        row.suspended_from, row.suspended_because or "", row.last_day, row.reads_until
    )
    day = at.astimezone(LONDON).date()
    # The worker closes its people's places as well: a moment later than the day turns.
    if person.tenant_id is not None and not standing.is_closed(day):
        tenancy = Tenancy(person.tenant_id, row.place_slug, row.place_name, standing)
    return SignedIn(
        id=person.id,
        name=person.name,
        email=person.email,
        epoch=person.epoch,
        tenancy=tenancy,
        authority_role=person.authority_role if tenancy else None,
        provider_roles=person.provider_roles,
        has_second_factor=person.has_second_factor,
        session_id=known.session_id if known else None,
        session_key=session_key or "",
        proven_at=known.proven_at if known else None,
        way=way or Way(),
        second_elsewhere=bool(known and known.second_elsewhere),
        wrote_until=known.wrote_until if known else None,
        reads_only=tenancy is not None and standing.reads_only(day),
        named=(
            Tenancy(known.named_id, known.named_slug, known.named_name)
            if named and known and known.named_id
            else None
        ),
    )
