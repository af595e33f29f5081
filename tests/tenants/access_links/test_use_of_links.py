"""When a link was last used is when somebody opened it."""

from __future__ import annotations

import pytest
import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from tenants.access_links.family_links import family_of, make_link
from tenants.access_links.models import FamilyLink
from tests.factories import NOW, actor, make_case, make_tenant

pytestmark = pytest.mark.usefixtures("standing_clock")


def test_a_head_request_is_no_use_of_a_link(app: Flask) -> None:
    tenant = make_tenant(app)
    case_id, _ = make_case(app, tenant)
    with scoped(Scope.provider(tenant.id, None)) as session:
        ((party_id, _),) = family_of(session, case_id)
        token = make_link(session, case_id, party_id, by=actor()).token

    def last_used() -> object:
        with scoped(Scope.provider(tenant.id, None)) as session:
            return session.scalars(sa.select(FamilyLink.last_used_at)).one()

    client = app.test_client()
    assert client.head(f"/family/{token}/").status_code == 200
    assert last_used() is None
    assert client.get(f"/family/{token}/").status_code == 200
    assert last_used() == NOW
