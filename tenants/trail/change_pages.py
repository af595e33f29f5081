"""What was changed: on a case, in an authority's rows, and in its account."""

from __future__ import annotations

import datetime as dt
import uuid
from contextlib import suppress

import sqlalchemy as sa
from flask import abort, render_template, request
from flask.typing import ResponseReturnValue

from saas.database.scope import ScopedSession
from saas.identity.permissions import Permission
from saas.web.access import DoorPages, the_tenancy
from saas.web.frame import Door
from saas.web.paging import PAGE_SIZE, paginate, requested_page
from tenants.casework.models import SenCase
from tenants.casework.provider.pages import pages as provider_pages
from tenants.subscribers.queries import all_tenancies
from tenants.trail.changes import (
    ACTS,
    changes,
    field_names,
    fields_of,
    parts_of,
    people_in,
    table_words,
    tables_for,
)
from tenants.trail.pages import THROUGH, manager
from tenants.trail.queries import names_of

finance = DoorPages("finance_changes", __name__, door=Door.FINANCE, url_prefix="/finance")
DOORS = THROUGH | {
    "identity": "Signing in and teams",
    "owner": "An update of the service",
}


def _day(name: str) -> dt.date | None:
    try:
        return dt.date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None


def _page(
    session: ScopedSession,
    template: str,
    tenant_id: uuid.UUID | None,
    *,
    reader: str,
    about: list[uuid.UUID] | None = None,
    **words: object,
) -> ResponseReturnValue:
    tables = tables_for(reader)
    asked = {"table": request.args.get("table", ""), "first": _day("from"), "last": _day("to")}
    number = requested_page()
    found = (
        changes(
            session,
            tenant_id,
            table=str(asked["table"]) if asked["table"] in tables else "",
            first=_day("from"),
            last=_day("to"),
            about=about,
            offset=(number - 1) * PAGE_SIZE,
            limit=PAGE_SIZE + 1,
        )
        if tenant_id is not None
        else ()
    )
    return render_template(
        template,
        page=paginate(found, number=number),
        names=dict(names_of(people_in(found))),
        tables=tables,
        table_words=table_words,
        fields_of=fields_of,
        field_names=field_names,
        acts=ACTS,
        doors=DOORS,
        asked=asked,
        **words,
    )


@provider_pages.page("/<authority>/cases/<uuid:case_id>/changes", permission=Permission.SEE_CASES)
def changed(session: ScopedSession, case_id: uuid.UUID) -> ResponseReturnValue:
    """What was changed of a case: field, old and new, who and when."""
    case = session.scalar(
        sa.select(SenCase).where(SenCase.tenant_id == session.tenant, SenCase.id == case_id)
    )
    if case is None:
        abort(404)
    return _page(
        session,
        "tenants/trail/case_changes.html",
        session.tenant,
        reader="provider",
        about=parts_of(session, case),
        reference=case.reference,
        case_id=case_id,
        authority=the_tenancy(),
    )


@manager.page("/changes", permission=Permission.SEE_TRAIL)
def every_change(session: ScopedSession) -> ResponseReturnValue:
    """Which rows of an authority were changed, by whom and when; never what they say."""
    places = {tenancy.id: tenancy for tenancy in all_tenancies(session)}
    chosen: uuid.UUID | None = next(iter(places), None)
    with suppress(ValueError):
        chosen = uuid.UUID(request.args.get("authority", ""))
    return _page(
        session,
        "tenants/trail/manager_changes.html",
        chosen if chosen in places else None,
        reader="manager",
        places=places,
        chosen=chosen,
    )


@finance.page("/<authority>/changes", permission=Permission.SEE_ACCOUNTS)
def account_changes(session: ScopedSession) -> ResponseReturnValue:
    """What was changed of an authority's contracts, invoices and payments."""
    return _page(
        session,
        "tenants/trail/account_changes.html",
        session.tenant,
        reader="finance",
        tenancy=the_tenancy(),
    )
