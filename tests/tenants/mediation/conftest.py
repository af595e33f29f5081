"""A case whose family has chosen to mediate."""

from __future__ import annotations

import datetime as dt

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.identity.permissions import AuthorityRole, ProviderRole
from tenants.casework import actions as casework
from tenants.casework.kinds import Choice, FactKind
from tests.factories import (
    TODAY,
    actor,
    client_of,
    make_case,
    make_person,
    make_tenant,
)
from tests.tenants.mediation.arranged_case import Case
from tests.tenants.panel.panel_members import make_member


@pytest.fixture
def case(app: Flask) -> Case:
    """A family has chosen to mediate; nothing is arranged."""
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        for kind, value in ((FactKind.MIAS_HELD, None), (FactKind.CHOICE_MADE, Choice.MEDIATE)):
            casework.add_fact(
                session,
                case_id,
                kind,
                dt.date(2026, 5, 20),
                value=value,
                by=actor(),
                today=TODAY,
            )
    return Case(
        tenant,
        case_id,
        client_of(app, make_person(app, role=ProviderRole.COORDINATOR, name="Coral Coordinator")),
        client_of(app, make_person(app, tenant=tenant, role=AuthorityRole.OFFICER, name="Olu")),
        make_member(app, f"Mo Mediator {case_id.hex[-5:]}"),
    )
