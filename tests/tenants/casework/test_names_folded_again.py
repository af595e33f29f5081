"""A release that compares names otherwise finds the children who were there before it."""

from __future__ import annotations

import sqlalchemy as sa
from flask import Flask

from saas.database.scope import Scope, scoped
from tenants.casework.kept.deriving_again import derive_all
from tenants.casework.models import Child
from tests.factories import make_case, make_tenant


def test_deriving_again_writes_the_search_keys_anew(app: Flask) -> None:
    tenant = make_tenant(app)
    make_case(app, tenant, given_name="Se\u00e1n", family_name="O\u2019Brien-Smith")
    with scoped(Scope.provider(tenant.id, None)) as session:
        session.execute(
            sa.update(Child)
            .where(Child.tenant_id == tenant.id)
            .values(search_key="o\u2019brien-smith sean")
        )
    derive_all([tenant])
    with scoped(Scope.provider(tenant.id, None)) as session:
        keys = session.scalars(sa.select(Child.search_key)).all()
    assert keys == ["obrien smith sean"]
