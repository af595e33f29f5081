"""A case that closed, and its erasure years later."""

from __future__ import annotations

import datetime as dt
import uuid

import sqlalchemy as sa
from flask import current_app

from saas.database.scope import Scope, scoped
from saas.identity.signed_in import Tenancy
from tenants.casework import actions as casework
from tenants.casework.kinds import FactKind
from tenants.papers.rounds import the_store
from tenants.protection import actions
from tenants.protection.erasing import erase_of
from tenants.protection.models import CaseErasure
from tests.factories import TODAY, actor

# More than six years after a case of the factories closed.
LATER = dt.date(2033, 6, 1)
AT = dt.datetime(2033, 6, 1, 9, tzinfo=dt.UTC)


def close(tenant: Tenancy, case_id: uuid.UUID) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        casework.add_fact(session, case_id, FactKind.CLOSED, TODAY, by=actor(), today=TODAY)


def ask(tenant: Tenancy, *case_ids: uuid.UUID) -> None:
    with scoped(Scope.provider(tenant.id, None)) as session:
        actions.ask_erasure(session, case_ids, by=actor(), today=LATER)


def erase(tenant: Tenancy) -> int:
    store = the_store(current_app.extensions["settings"]).storage
    return erase_of(tenant.id, storage=store, at=AT)


def log_of(tenant: Tenancy) -> list[CaseErasure]:
    with scoped(Scope.provider(tenant.id, None)) as session:
        found = session.scalars(
            sa.select(CaseErasure).where(CaseErasure.tenant_id == tenant.id)
        ).all()
        session.expunge_all()
    return list(found)
