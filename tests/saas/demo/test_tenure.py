"""The demonstration shows an authority that is suspended, and one that leaves with an export."""

from __future__ import annotations

import pytest
from flask import Flask

from saas.database.scope import Scope, scoped
from saas.demo.tenure import LEAVES, SUSPENDED, WHY, seed_tenure
from saas.identity.permissions import AuthorityRole
from saas.identity.signed_in import Tenancy
from tenants.subscribers.leaving import standing_leaving
from tenants.tenure.export.asking import exports_of
from tests.factories import TODAY, client_of, make_person, make_tenant


@pytest.mark.usefixtures("standing_clock")
def test_one_is_suspended_and_one_leaves_and_telling_it_again_changes_nothing(app: Flask) -> None:
    one, other = make_tenant(app), make_tenant(app)
    told = [Tenancy(one.id, SUSPENDED, one.name), Tenancy(other.id, LEAVES, other.name)]
    seed_tenure(told, TODAY)
    seed_tenure(told, TODAY)
    manager = client_of(app, make_person(app, tenant=one, role=AuthorityRole.MANAGER))
    assert WHY in manager.get("/authority/standing").text
    leaves = client_of(app, make_person(app, tenant=other, role=AuthorityRole.MANAGER))
    assert "leaves this service after" in leaves.get("/authority/").text
    with scoped(Scope.provider(other.id, None)) as session:
        assert standing_leaving(session) is not None
        assert len(exports_of(session, most=5)) == 1
