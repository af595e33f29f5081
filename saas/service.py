"""The one place where the parts are put together."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Mapping

import sentry_sdk
from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

import saas.tables  # noqa: F401  (every table is mapped before the first query)
from billing.stripe.doors import init_hooks
from saas import health, listeners
from saas.audit.actions import record_look
from saas.config import Settings, load_settings
from saas.database import connections
from saas.database.base import db
from saas.database.scope import Scope, scoped
from saas.identity import sessions
from saas.identity.queries import find_active_person
from saas.identity.signed_in import SignedIn, Tenancy
from saas.jobs import waker
from saas.navigation import build_frame
from saas.sentry import SENTRY_OPTIONS
from saas.sign_in import account_security, kept, links, second_step
from saas.sign_in import public as sign_in
from saas.views import VIEWS
from saas.web.access import declared_access, init_access
from saas.web.frame import STATIC_FOLDER, TEMPLATE_FOLDER, init_frame
from saas.web.today import now
from saas.web.unstorable import refuse_unstorable
from tenants.access_links.family_links import find_personal_link
from tenants.agreements.signing_links import find_signing_link
from tenants.casework.kept.authority_tasks import DaysBefore
from tenants.casework.kept.keeping_tasks import due_before_meetings
from tenants.restrictions.refused import init_restrictions
from tenants.subscribers.queries import find_tenancy, tenancy_of_id


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
            dsn=dsn, environment=settings.environment, release=settings.release, **SENTRY_OPTIONS
        )
    app = Flask(__name__, template_folder=str(TEMPLATE_FOLDER), static_folder=str(STATIC_FOLDER))
    app.extensions["settings"] = settings
    _configure(app, settings, overrides)
    if settings.trusted_proxies:
        n = settings.trusted_proxies
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=n, x_proto=n, x_host=n
        )
    # First, so that nothing looks at what it refuses.
    refuse_unstorable(app)
    db.init_app(app)
    app.extensions["find_signed_in"] = find_signed_in
    app.extensions["tenancy_of_id"] = find_tenancy_of_id
    app.extensions["case_seen"] = note_case_seen
    app.extensions["wake_worker"] = waker(settings)
    sign_in.init_sign_in(app)
    init_frame(app, build_frame, settings=settings)
    for blueprint in (
        sign_in.pages,
        second_step.pages,
        links.pages,
        account_security.pages,
        kept.pages,
        health.pages,
        *VIEWS,
    ):
        app.register_blueprint(blueprint)
    init_access(app, find_tenancy, find_personal_link, find_signing_link)
    init_hooks(app)
    init_restrictions(app)
    listeners.register()
    due_before_meetings(
        DaysBefore(settings.representative_working_days, settings.summary_working_days)
    )
    app.extensions["access"] = declared_access(app)
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


def find_tenancy_of_id(tenant_id: uuid.UUID) -> Tenancy | None:
    """The authority with this id."""
    with scoped(Scope.identity()) as session:
        return tenancy_of_id(session, tenant_id)


def find_signed_in(
    person_id: uuid.UUID, session_key: str | None = None, *, at: dt.datetime | None = None
) -> SignedIn | None:
    """The person with this id, with the authority they work for, if they may still sign in.

    Args:
        session_key: of the browser's session, which must go on; None asks for the person alone.
    """
    with scoped(Scope.identity()) as session:
        known = None
        if session_key is not None:
            known = sessions.find(session, session_key, at=at or now())
            if known is None or known.person_id != person_id:
                return None
        found = find_active_person(session, person_id, tenant_id=known.works_in if known else None)
        if found is None:
            return None
        session_id, proven_at = (known.id, known.proven_at) if known else (None, None)
        tenancy = tenancy_of_id(session, found.tenant_id) if found.tenant_id else None
    return SignedIn(
        id=found.id,
        name=found.name,
        email=found.email,
        epoch=found.epoch,
        tenancy=tenancy,
        authority_role=found.authority_role,
        provider_roles=found.provider_roles,
        has_second_factor=found.has_second_factor,
        session_id=session_id,
        session_key=session_key or "",
        proven_at=proven_at,
    )
